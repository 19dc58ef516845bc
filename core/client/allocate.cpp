#include "core/client/allocate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/client/consistent_hash.h"
#include "core/draw.h"
#include "core/hash_table.h"

namespace brokersim::client {
namespace {

using SharesOr = std::expected<std::unique_ptr<const Shares>, std::string>;

/// AllocateMessageQueueAveragely: consecutive blocks, the first ones larger by one.
class Averagely final : public AllocateStrategy {
public:
    std::string real_name() const override { return "AVG"; }
    SharesOr share_out(const Queues& queues, const ClientIds& client_ids) const override {
        return std::make_unique<Blocks>(queues, client_ids.size());
    }

private:
    class Blocks final : public Shares {
    public:
        Blocks(const Queues& queues, std::size_t clients) : queues_(queues), clients_(clients) {}
        QueueRefs of(std::size_t place) const override {
            const std::size_t rest = queues_.size() % clients_;
            const bool gets_one_more = place < rest;
            const std::size_t block =
                queues_.size() <= clients_ ? 1 : queues_.size() / clients_ + (gets_one_more ? 1 : 0);
            const std::size_t begin = gets_one_more ? place * block : place * block + rest;
            const std::size_t end = std::min(begin + block, queues_.size());
            QueueRefs mine;
            if (begin < end) mine.reserve(end - begin);
            for (std::size_t i = begin; i < end; ++i) mine.push_back(&queues_[i]);
            return mine;
        }

    private:
        const Queues& queues_;
        std::size_t clients_;
    };
};

/// AllocateMessageQueueAveragelyByCircle: dealt out like cards.
class AveragelyByCircle final : public AllocateStrategy {
public:
    std::string real_name() const override { return "AVG_BY_CIRCLE"; }
    SharesOr share_out(const Queues& queues, const ClientIds& client_ids) const override {
        return std::make_unique<Cards>(queues, client_ids.size());
    }

private:
    class Cards final : public Shares {
    public:
        Cards(const Queues& queues, std::size_t clients) : queues_(queues), clients_(clients) {}
        QueueRefs of(std::size_t place) const override {
            QueueRefs mine;
            mine.reserve(queues_.size() / clients_ + 1);
            for (std::size_t i = place; i < queues_.size(); i += clients_) mine.push_back(&queues_[i]);
            return mine;
        }

    private:
        const Queues& queues_;
        std::size_t clients_;
    };
};

const Averagely averagely;
const AveragelyByCircle averagely_by_circle;
const ConsistentHash consistent_hash;
const std::array<std::pair<std::string_view, const AllocateStrategy*>, 3> strategies = {{
    {"averagely", &averagely},
    {"averagely-by-circle", &averagely_by_circle},
    {"consistent-hash", &consistent_hash},
}};

}  // namespace

std::expected<Queues, std::string> AllocateStrategy::allocate(std::string_view own_id, const Queues& queues,
                                                              const ClientIds& client_ids) const {
    auto refs = GroupAllocation(*this, queues, client_ids).of(own_id);
    if (!refs) return std::unexpected(std::move(refs.error()));
    Queues mine;
    mine.reserve(refs->size());
    for (const protocol::MessageQueue* queue : *refs) mine.push_back(*queue);
    return mine;
}

GroupAllocation::GroupAllocation(const AllocateStrategy& strategy, const Queues& queues, const ClientIds& client_ids)
    : ignores_view_(strategy.ignores_view()), queues_(queues), client_ids_(client_ids), shares_(nullptr) {
    if (ignores_view_ || (!queues.empty() && !client_ids.empty())) shares_ = strategy.share_out(queues, client_ids);
}

std::string_view GroupAllocation::complaint(std::string_view own_id) const {
    if (ignores_view_) return {};
    if (own_id.empty()) return "currentCID is empty";
    if (queues_.empty()) return "mqAll is null or mqAll empty";
    if (client_ids_.empty()) return "cidAll is null or cidAll empty";
    return {};
}

std::expected<QueueRefs, std::string> GroupAllocation::of(std::string_view own_id) const {
    if (const auto message = complaint(own_id); !message.empty()) return std::unexpected(std::string(message));
    if (ignores_view_) return of_place(0);
    const auto found = std::lower_bound(client_ids_.begin(), client_ids_.end(), own_id, java_string_less);
    if (found == client_ids_.end() || *found != own_id) return QueueRefs{};
    return of_place(static_cast<std::size_t>(found - client_ids_.begin()));
}

std::expected<QueueRefs, std::string> GroupAllocation::of_place(std::size_t place) const {
    if (!ignores_view_) {
        const std::string_view own_id = client_ids_.at(place);
        if (const auto message = complaint(own_id); !message.empty()) return std::unexpected(std::string(message));
        while (place > 0 && client_ids_[place - 1] == own_id) --place;
    }
    if (!shares_) return std::unexpected(shares_.error());
    return (*shares_)->of(place);
}

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
    const std::size_t common = std::min(a.size(), b.size());
    std::size_t i = 0;
    for (std::uint64_t word_a = 0, word_b = 0; i + sizeof(word_a) <= common; i += sizeof(word_a)) {
        std::memcpy(&word_a, a.data() + i, sizeof(word_a));
        std::memcpy(&word_b, b.data() + i, sizeof(word_b));
        if (word_a != word_b) break;
    }
    while (i < common && a[i] == b[i]) ++i;
    if (i == common) return a.size() < b.size();
    const auto byte_a = static_cast<unsigned char>(a[i]);
    const auto byte_b = static_cast<unsigned char>(b[i]);
    // A lead byte of four-byte sequences (F0 and up) is a surrogate pair in UTF-16, D800..DFFF; lead bytes EE and EF
    // stand for U+E000..U+FFFF, which come after those. Elsewhere the two orders agree.
    const bool pair_a = byte_a >= 0xF0;
    const bool pair_b = byte_b >= 0xF0;
    if (pair_a != pair_b && (pair_a ? byte_b : byte_a) >= 0xEE) return pair_a;
    return byte_a < byte_b;
}

// There are few names: they are found by hash, sorted once, and the queues then follow by number.
void sort_queues(Queues& queues) {
    struct Name {
        std::string_view topic, broker;
        std::uint32_t rank = 0;
    };
    struct Key {
        std::uint32_t name;  // later its rank
        std::int32_t queue_id;
        std::uint32_t place;

        auto operator<=>(const Key&) const = default;
    };
    const auto less = [](const Name& a, const Name& b) {
        return a.topic != b.topic ? java_string_less(a.topic, b.topic) : java_string_less(a.broker, b.broker);
    };
    std::vector<Name> names;
    HashTable<std::uint64_t, std::vector<std::uint32_t>> known;  // by hash of both names
    std::vector<Key> keys;
    keys.reserve(queues.size());
    for (const protocol::MessageQueue& queue : queues) {
        auto& alike = known[mix64(text_identity(queue.topic)) ^ text_identity(queue.broker)];
        auto same = std::find_if(alike.begin(), alike.end(), [&](std::uint32_t name) {
            return names[name].broker == queue.broker && names[name].topic == queue.topic;
        });
        if (same == alike.end()) {
            same = alike.insert(same, static_cast<std::uint32_t>(names.size()));
            names.push_back({queue.topic, queue.broker});
        }
        keys.push_back({*same, queue.queue_id, static_cast<std::uint32_t>(keys.size())});
    }
    std::vector<std::uint32_t> by_name(names.size());
    std::iota(by_name.begin(), by_name.end(), 0U);
    std::sort(by_name.begin(), by_name.end(), [&](auto a, auto b) { return less(names[a], names[b]); });
    for (std::uint32_t rank = 0; rank < by_name.size(); ++rank) names[by_name[rank]].rank = rank;
    for (Key& key : keys) key.name = names[key.name].rank;
    if (std::is_sorted(keys.begin(), keys.end())) return;
    std::sort(keys.begin(), keys.end());
    Queues sorted;
    sorted.reserve(queues.size());
    for (const Key& key : keys) sorted.push_back(std::move(queues[key.place]));
    queues = std::move(sorted);
}

void sort_client_ids(ClientIds& client_ids) { std::sort(client_ids.begin(), client_ids.end(), java_string_less); }

const protocol::SortedClientIds& sorted_client_ids(const protocol::MemberList& members) {
    return members.sorted.get([&members] {
        protocol::SortedClientIds sorted{members.client_ids, 0};
        sort_client_ids(sorted.ids);
        for (const std::string& id : sorted.ids) sorted.digest = mix64(sorted.digest ^ text_identity(id));
        return sorted;
    });
}

}  // namespace brokersim::client
