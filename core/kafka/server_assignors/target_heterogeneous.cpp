#include <algorithm>
#include <numeric>
#include <optional>

#include "core/kafka/server_assignors/target_group.h"

namespace brokersim::kafka::target {
namespace {

constexpr std::int32_t nobody = -1;
constexpr int max_sweeps = 16;

using Sizes = std::vector<std::int32_t>;  // by member, in hash order

/// Hands out the least loaded members of a topic in turn, and the most loaded ones, while their loads change.
class Balancer {
public:
    Balancer(std::vector<std::int32_t> members, const Sizes& sizes) : members_(std::move(members)), sizes_(sizes) {
        std::sort(members_.begin(), members_.end(),
                  [&](std::int32_t a, std::int32_t b) { return size(a) != size(b) ? size(a) < size(b) : a < b; });
        low_level_ = size(members_.front()) - 1;
        high_level_ = size(members_.back()) + 1;
        high_begin_ = high_end_ = end();
        high_next_ = end() - 1;
    }

    std::int32_t imbalance() const { return size(members_.back()) - size(members_.front()); }
    bool done() const { return high_level_ - low_level_ <= 1; }

    std::int32_t next_least() {
        if (low_next_ >= low_end_) {
            ++low_level_;
            while (low_end_ < end() && size(at(low_end_)) == low_level_) ++low_end_;
            low_next_ = 0;
        }
        return at(low_next_++);
    }

    /// None: all are excluded.
    std::optional<std::int32_t> next_most() {
        if (high_next_ < high_begin_) {
            if (high_end_ <= high_begin_ && high_begin_ > 0)
                high_level_ = size(at(high_begin_ - 1));
            else
                --high_level_;
            while (high_begin_ > 0 && size(at(high_begin_ - 1)) == high_level_) --high_begin_;
            high_next_ = high_end_ - 1;
        }
        if (high_next_ < 0) return std::nullopt;
        return at(high_next_--);
    }
    /// Leaves out the member that next_most has just given.
    void exclude() {
        std::swap(members_[static_cast<std::size_t>(high_next_ + 1)],
                  members_[static_cast<std::size_t>(high_end_ - 1)]);
        --high_end_;
    }

private:
    std::int32_t end() const { return static_cast<std::int32_t>(members_.size()); }
    std::int32_t at(std::int32_t place) const { return members_[static_cast<std::size_t>(place)]; }
    std::int32_t size(std::int32_t member) const { return sizes_[static_cast<std::size_t>(member)]; }

    std::vector<std::int32_t> members_;
    const Sizes& sizes_;
    std::int32_t low_level_;
    std::int32_t low_end_ = 0;  // the low ones are [0, low_end_)
    std::int32_t low_next_ = 0;
    std::int32_t high_level_;
    std::int32_t high_begin_;
    std::int32_t high_end_;
    std::int32_t high_next_;
};

class Heterogeneous {
public:
    explicit Heterogeneous(const Group& group)
        : group_(group), sizes_(group.members.size()), owners_(group.topics.size()), subscribers_(group.topics.size()) {
        for (std::size_t topic = 0; topic < group.topics.size(); ++topic)
            owners_[topic].assign(static_cast<std::size_t>(group.topics[topic].partitions), nobody);
        for (std::size_t place = 0; place < group.members.size(); ++place) {
            const std::size_t member = group.hash_order[place];
            for (const std::uint32_t topic : group.topics_of[member])
                subscribers_[topic].push_back(static_cast<std::int32_t>(place));
            for (const TopicShare& share : group.previous[member])
                if (group.subscribes(member, share.topic))
                    for (const std::int32_t partition : share.partitions)
                        give(owners_[share.topic][static_cast<std::size_t>(partition)],
                             static_cast<std::int32_t>(place));
        }
    }

    Target run() {
        const std::vector<std::size_t> order = topic_order();
        for (const std::size_t topic : order) place_unassigned(topic);
        balance(order);
        Target result{group_.homogeneous, {}};
        std::vector<std::vector<TopicShare>> shares(group_.members.size());
        for (std::size_t topic = 0; topic < owners_.size(); ++topic) {
            for (std::size_t partition = 0; partition < owners_[topic].size(); ++partition) {
                if (owners_[topic][partition] == nobody) continue;
                auto& mine = shares[group_.hash_order[static_cast<std::size_t>(owners_[topic][partition])]];
                if (mine.empty() || mine.back().topic != topic) mine.push_back({topic, {}});
                mine.back().partitions.push_back(static_cast<std::int32_t>(partition));
            }
        }
        for (auto& share : shares) result.shares.emplace_back(std::move(share));
        return result;
    }

private:
    void give(std::int32_t& owner, std::int32_t member) {
        if (owner != nobody) --sizes_[static_cast<std::size_t>(owner)];
        owner = member;
        ++sizes_[static_cast<std::size_t>(member)];
    }

    /// Topics with many partitions for each subscriber first; then those with few subscribers, then by id.
    std::vector<std::size_t> topic_order() const {
        std::vector<std::size_t> order;
        for (std::size_t topic = 0; topic < group_.topics.size(); ++topic)
            if (!subscribers_[topic].empty()) order.push_back(topic);
        std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
            const auto of_a = static_cast<std::int64_t>(subscribers_[a].size());
            const auto of_b = static_cast<std::int64_t>(subscribers_[b].size());
            const std::int64_t left = group_.topics[a].partitions * of_b;
            const std::int64_t right = group_.topics[b].partitions * of_a;
            if (left != right) return left > right;
            if (of_a != of_b) return of_a < of_b;
            return group_.topics[a].id < group_.topics[b].id;
        });
        return order;
    }

    void place_unassigned(std::size_t topic) {
        auto& owners = owners_[topic];
        if (std::find(owners.begin(), owners.end(), nobody) == owners.end()) return;
        Balancer balancer(subscribers_[topic], sizes_);
        for (std::int32_t& owner : owners)
            if (owner == nobody) give(owner, balancer.next_least());
    }

    /// Sweeps over the topics until one sweep changes nothing.
    void balance(const std::vector<std::size_t>& order) {
        std::optional<std::size_t> last_changed;
        for (int sweep = 0; sweep < max_sweeps; ++sweep) {
            for (const std::size_t topic : order) {
                if (subscribers_[topic].size() < 2) continue;
                if (last_changed == topic) return;
                if (balance(topic) || !last_changed) last_changed = topic;
            }
        }
    }

    bool balance(std::size_t topic) {
        Balancer balancer(subscribers_[topic], sizes_);
        if (balancer.imbalance() <= 1) return false;
        auto& owners = owners_[topic];
        std::vector<std::vector<std::int32_t>> runs(group_.members.size());  // partitions by owner
        for (std::size_t partition = 0; partition < owners.size(); ++partition)
            runs[static_cast<std::size_t>(owners[partition])].push_back(static_cast<std::int32_t>(partition));
        bool changed = false;
        while (!balancer.done()) {
            auto most = balancer.next_most();
            while (most && runs[static_cast<std::size_t>(*most)].empty()) {
                balancer.exclude();
                most = balancer.next_most();
            }
            if (!most) break;
            auto& run = runs[static_cast<std::size_t>(*most)];
            const std::int32_t partition = run.back();
            run.pop_back();
            const std::int32_t least = balancer.next_least();
            if (balancer.done()) break;
            give(owners[static_cast<std::size_t>(partition)], least);
            changed = true;
        }
        return changed;
    }

    const Group& group_;
    Sizes sizes_;
    std::vector<std::vector<std::int32_t>> owners_;       // by topic and partition: places in the hash order
    std::vector<std::vector<std::int32_t>> subscribers_;  // by topic: places in the hash order
};

}  // namespace

Target assign_heterogeneous(const Group& group) { return Heterogeneous(group).run(); }

}  // namespace brokersim::kafka::target
