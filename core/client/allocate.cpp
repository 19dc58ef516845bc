#include "core/client/allocate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace brokersim::client {
namespace {

using Queues = std::vector<protocol::MessageQueue>;
using Allocation = std::expected<Queues, std::string>;

/// What AbstractAllocateMessageQueueStrategy checks first: the own place in the list, none if there is nothing to
/// allocate, or the message of its exception.
std::expected<std::optional<std::size_t>, std::string> checked_index(std::string_view own_id, const Queues& queues,
                                                                     const std::vector<std::string>& client_ids) {
    if (own_id.empty()) return std::unexpected("currentCID is empty");
    if (queues.empty()) return std::unexpected("mqAll is null or mqAll empty");
    if (client_ids.empty()) return std::unexpected("cidAll is null or cidAll empty");
    const auto found = std::find(client_ids.begin(), client_ids.end(), own_id);
    if (found == client_ids.end()) return std::nullopt;
    return static_cast<std::size_t>(found - client_ids.begin());
}

/// AllocateMessageQueueAveragely: consecutive blocks, the first ones larger by one.
class Averagely final : public AllocateStrategy {
public:
    std::string_view real_name() const override { return "AVG"; }
    Allocation allocate(std::string_view own_id, const Queues& queues,
                        const std::vector<std::string>& client_ids) const override {
        const auto place = checked_index(own_id, queues, client_ids);
        if (!place) return std::unexpected(place.error());
        if (!*place) return Queues{};
        const std::size_t index = **place;
        const std::size_t clients = client_ids.size();
        const std::size_t rest = queues.size() % clients;
        const bool gets_one_more = rest > 0 && index < rest;
        const std::size_t block = queues.size() <= clients ? 1 : queues.size() / clients + (gets_one_more ? 1 : 0);
        const std::size_t begin = gets_one_more ? index * block : index * block + rest;
        Queues mine;
        for (std::size_t i = begin; i < std::min(begin + block, queues.size()); ++i) mine.push_back(queues[i]);
        return mine;
    }
};

/// AllocateMessageQueueAveragelyByCircle: dealt out like cards.
class AveragelyByCircle final : public AllocateStrategy {
public:
    std::string_view real_name() const override { return "AVG_BY_CIRCLE"; }
    Allocation allocate(std::string_view own_id, const Queues& queues,
                        const std::vector<std::string>& client_ids) const override {
        const auto place = checked_index(own_id, queues, client_ids);
        if (!place) return std::unexpected(place.error());
        if (!*place) return Queues{};
        Queues mine;
        for (std::size_t i = **place; i < queues.size(); i += client_ids.size()) mine.push_back(queues[i]);
        return mine;
    }
};

const Averagely averagely;
const AveragelyByCircle averagely_by_circle;
const std::array<std::pair<std::string_view, const AllocateStrategy*>, 2> strategies = {{
    {"averagely", &averagely},
    {"averagely-by-circle", &averagely_by_circle},
}};

}  // namespace

const AllocateStrategy* find_strategy(std::string_view name) {
    for (const auto& [known, strategy] : strategies)
        if (known == name) return strategy;
    return nullptr;
}

std::vector<std::string_view> strategy_names() {
    std::vector<std::string_view> names;
    for (const auto& [name, strategy] : strategies) names.push_back(name);
    return names;
}

bool java_string_less(std::string_view a, std::string_view b) {
    const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (at_a == a.end() || at_b == b.end()) return at_a == a.end() && at_b != b.end();
    const auto byte_a = static_cast<unsigned char>(*at_a);
    const auto byte_b = static_cast<unsigned char>(*at_b);
    // A lead byte of four-byte sequences (F0 and up) is a surrogate pair in UTF-16, D800..DFFF; lead bytes EE and EF
    // stand for U+E000..U+FFFF, which come after those. Elsewhere the two orders agree.
    const bool pair_a = byte_a >= 0xF0;
    const bool pair_b = byte_b >= 0xF0;
    if (pair_a != pair_b && (pair_a ? byte_b : byte_a) >= 0xEE) return pair_a;
    return byte_a < byte_b;
}

void sort_queues(std::vector<protocol::MessageQueue>& queues) {
    std::sort(queues.begin(), queues.end(), [](const protocol::MessageQueue& a, const protocol::MessageQueue& b) {
        if (a.topic != b.topic) return java_string_less(a.topic, b.topic);
        if (a.broker != b.broker) return java_string_less(a.broker, b.broker);
        return a.queue_id < b.queue_id;
    });
}

void sort_client_ids(std::vector<std::string>& client_ids) {
    std::sort(client_ids.begin(), client_ids.end(), java_string_less);
}

}  // namespace brokersim::client
