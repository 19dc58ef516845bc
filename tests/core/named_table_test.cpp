#include "core/named_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/hex.h"

namespace brokersim {
namespace {

using Entries = std::vector<std::pair<std::string, int>>;

Entries entries(const NamedTable<int>& table) { return {table.begin(), table.end()}; }

RC_GTEST_PROP(NamedTable, answers_as_a_sorted_map_does, (const std::vector<std::pair<bool, std::uint8_t>>& steps)) {
    NamedTable<int> table;
    std::map<std::string, int> model;
    std::map<std::string, const int*> places;
    int number = 0;
    for (const auto& [adds, key] : steps) {
        const std::string name = "name-" + std::to_string(key % 16) + std::string(key % 16, 'x');
        if (adds) {
            const int& value = table.get_or_make(name, ++number);
            const bool fresh = model.try_emplace(name, number).second;
            RC_ASSERT(value == model.at(name));
            if (fresh) places[name] = &value;
        } else if (const auto at = table.locate(name); at != table.end()) {
            const auto next = model.erase(model.find(name));
            const auto behind = table.erase(at);
            RC_ASSERT((behind == table.end()) == (next == model.end()));
            if (next != model.end()) RC_ASSERT(behind->first == next->first);
        } else {
            RC_ASSERT(!model.contains(name));
        }
        RC_ASSERT(entries(table) == Entries(model.begin(), model.end()));
        RC_ASSERT((table.find(name) != nullptr) == model.contains(name));
        for (const auto& [known, value] : model) RC_ASSERT(table.find(known) == places.at(known));
    }
}

RC_GTEST_PROP(Hex, writes_the_low_bytes_with_all_their_digits, (std::uint64_t value)) {
    std::string eight(16, '?');
    RC_ASSERT(put_hex<8>(eight.data(), value) == eight.data() + 16);
    RC_ASSERT(std::stoull(eight, nullptr, 16) == value);
    RC_ASSERT(eight.find_first_not_of("0123456789ABCDEF") == std::string::npos);
    std::string two(4, '?');
    put_hex<2>(two.data(), value);
    RC_ASSERT(two == eight.substr(12));
}

}  // namespace
}  // namespace brokersim
