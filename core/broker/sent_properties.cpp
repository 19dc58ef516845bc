#include "core/broker/sent_properties.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/store/properties.h"

namespace brokersim::broker {

namespace {

constexpr char name_end = '\x01';
constexpr char pair_end = '\x02';
constexpr std::string_view pop_checkpoint = "POP_CK";
constexpr std::string_view cluster = "CLUSTER";
constexpr std::string_view transaction_prepared = "TRAN_MSG";

/// Java's Boolean.parseBoolean.
bool java_true(std::string_view text) {
    constexpr std::string_view wanted = "true";
    return std::equal(text.begin(), text.end(), wanted.begin(), wanted.end(),
                      [](char a, char b) { return (a | 0x20) == b; });
}

/// Whether the pair is kept, its name then at `place`; remembers what it says.
bool look_at(std::string_view name, std::string_view value, std::size_t place, SentProperties& met) {
    switch (name.front()) {
        case 'P':
            return name != pop_checkpoint;
        case 'W':
            return name != store::property::wait || value == "false";
        case 'C':
            return name != cluster;
        case 'U':
            if (name == store::property::uniq_key) {
                met.unique_key_at = place + name.size() + 1;
                met.unique_key_size = value.size();
            }
            return true;
        case 'D':
            if (name == store::property::delay) {
                met.delay_level = 0;
                std::from_chars(value.data(), value.data() + value.size(), met.delay_level);
            }
            return true;
        case 'T':
            if (name == transaction_prepared) met.transactional = java_true(value);
            return true;
        default:
            return true;
    }
}

}  // namespace

SentProperties strip_properties(std::string& properties) {
    SentProperties met;
    if (!properties.empty() && properties.back() != pair_end) properties += pair_end;
    const char* const end = properties.data() + properties.size();
    char* kept = properties.data();
    for (const char* at = properties.data(); at != end;) {
        const auto* stop = static_cast<const char*>(std::memchr(at, pair_end, static_cast<std::size_t>(end - at)));
        const auto size = static_cast<std::size_t>(stop - at);
        const auto* middle = static_cast<const char*>(std::memchr(at, name_end, size));
        const bool pair = middle != nullptr && middle != at && middle + 1 != stop;
        const auto place = static_cast<std::size_t>(kept - properties.data());
        if (pair && look_at({at, middle}, {middle + 1, stop}, place, met)) {
            if (kept != at) std::memmove(kept, at, size + 1);
            kept += size + 1;
        }
        at = stop + 1;
    }
    properties.resize(static_cast<std::size_t>(kept - properties.data()));
    return met;
}

}  // namespace brokersim::broker
