#include "core/kafka/assignors/sticky_general.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/kafka/assignors/partition_moves.h"

namespace brokersim::kafka::sticky {
namespace {

constexpr Member nobody = UINT32_MAX;

using Shares = std::vector<std::vector<Partition>>;

/// Sum of |difference of sizes| over all pairs of the members that take part.
std::int64_t unevenness(const Shares& shares, const std::vector<bool>& fixed) {
    std::vector<std::int64_t> sizes;
    for (std::size_t member = 0; member < shares.size(); ++member)
        if (!fixed[member]) sizes.push_back(static_cast<std::int64_t>(shares[member].size()));
    std::sort(sizes.begin(), sizes.end());
    std::int64_t sum = 0;
    std::int64_t before = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        sum += sizes[i] * static_cast<std::int64_t>(i) - before;
        before += sizes[i];
    }
    return sum;
}

class GeneralAssignment {
public:
    explicit GeneralAssignment(const Group& group)
        : group_(group),
          owner_(group.partitions(), nobody),
          stale_claimer_(group.partitions(), nobody),
          most_(group.members),
          subscribers_(group.topics.size()),
          fixed_(group.members),
          moves_(group) {
        for (Member member = 0; member < group.members; ++member)
            for (const std::uint32_t topic : group.topics_of(member)) {
                most_[member] += static_cast<std::size_t>(group.topics[topic].partitions);
                subscribers_[topic].push_back(member);
            }
    }

    std::expected<Plan, std::string> run() {
        find_stale_claims();
        keep_owned();
        sort_partitions();
        for (Member member = 0; member < group_.members; ++member) ranked_.insert(rank(member));
        const bool fresh = share(ranked_.rbegin()->second).empty();
        place_unassigned();
        drop_unshared(all_);
        drop_unshared(unassigned_);
        fix_members();
        const Shares shares_before = shares_;
        const std::vector<Member> owner_before = owner_;
        if (!revocation_required_) improve(unassigned_);
        const bool moved = improve(all_);
        if (failed_) {
            return std::unexpected(
                std::string("NullPointerException: Cannot invoke \"java.util.List.size()\" because the return value of "
                            "\"java.util.Map.get(Object)\" is null"));
        }
        if (!fresh && moved && unevenness(shares_, fixed_) >= unevenness(shares_before, fixed_))
            shares_ = shares_before;
        return Plan{std::move(shares_), std::nullopt};
    }

private:
    /// Order of the members: the least loaded first, by id where loads are equal.
    std::pair<std::size_t, std::uint32_t> rank(Member member) const {
        return {shares_[member].size(), group_.id_rank[member]};
    }
    const std::vector<Partition>& share(std::uint32_t id_rank) const { return shares_[group_.by_id[id_rank]]; }
    std::size_t size(Member member) const { return shares_[member].size(); }
    const std::vector<Member>& subscribers(Partition partition) const {
        return subscribers_[group_.topic_of[partition]];
    }
    bool subscribes(Member member, Partition partition) const {
        const auto& topics = group_.topics_of(member);
        return std::binary_search(topics.begin(), topics.end(), group_.topic_of[partition]);
    }

    /// Partitions that members of an older generation claim: they go back there if balance asks for a move.
    void find_stale_claims() {
        for (const Member member : group_.hash_order) {
            if (group_.generation[member] >= group_.max_generation) continue;
            for (const Partition partition : group_.claimed[member]) {
                Member& claimer = stale_claimer_[partition];
                if (claimer == nobody || group_.generation[member] > group_.generation[claimer]) claimer = member;
            }
        }
    }

    void keep_owned() {
        shares_ = group_.owned;
        for (Member member = 0; member < group_.members; ++member) {
            const auto dropped = std::erase_if(shares_[member], [&](Partition partition) {
                return !subscribes(member, partition) || group_.racks.mismatch(member, partition);
            });
            if (dropped > 0) revocation_required_ = true;
            for (const Partition partition : shares_[member]) owner_[partition] = member;
        }
    }

    /// Topics with few subscribers come first.
    void sort_partitions() {
        std::vector<std::size_t> topics(group_.topics.size());
        std::iota(topics.begin(), topics.end(), std::size_t{0});
        std::sort(topics.begin(), topics.end(), [this](std::size_t a, std::size_t b) {
            const std::size_t of_a = subscribers_[a].size();
            const std::size_t of_b = subscribers_[b].size();
            return of_a != of_b ? of_a < of_b : a < b;
        });
        for (const std::size_t topic : topics)
            for (std::int32_t index = 0; index < group_.topics[topic].partitions; ++index) {
                all_.push_back(group_.topics[topic].first + static_cast<Partition>(index));
                if (owner_[all_.back()] == nobody) unassigned_.push_back(all_.back());
            }
    }

    void place_unassigned() {
        std::vector<Partition> rest;
        for (const Partition partition : unassigned_)
            if (!group_.racks.active || !place(partition, true)) rest.push_back(partition);
        for (const Partition partition : rest) place(partition, false);
    }

    /// The first subscriber in rank order (if asked for, of those whose rack is no mismatch) that takes part; or
    /// nobody. Looks through the shorter of the two lists.
    Member first_ranked(Partition partition, bool by_rack) const {
        const auto& candidates = subscribers(partition);
        constexpr std::size_t walk_is_short = 2;
        if (candidates.size() * walk_is_short >= ranked_.size()) {
            for (const auto& [load, id_rank] : ranked_) {
                const Member member = group_.by_id[id_rank];
                if (subscribes(member, partition) && !(by_rack && group_.racks.mismatch(member, partition)))
                    return member;
            }
            return nobody;
        }
        Member first = nobody;
        for (const Member member : candidates) {
            if (fixed_[member] || (by_rack && group_.racks.mismatch(member, partition))) continue;
            if (first == nobody || rank(member) < rank(first)) first = member;
        }
        return first;
    }

    bool place(Partition partition, bool by_rack) {
        const Member member = first_ranked(partition, by_rack);
        if (member == nobody) return false;
        ranked_.erase(rank(member));
        shares_[member].push_back(partition);
        owner_[partition] = member;
        ranked_.insert(rank(member));
        return true;
    }

    void drop_unshared(std::vector<Partition>& partitions) {
        std::erase_if(partitions, [this](Partition partition) { return subscribers(partition).size() < 2; });
    }

    /// Members that have all that they can have, none of which others could have, take no part from here on.
    void fix_members() {
        for (Member member = 0; member < group_.members; ++member) {
            const auto& mine = shares_[member];
            if (mine.size() < most_[member] || std::any_of(mine.begin(), mine.end(), [this](Partition partition) {
                    return subscribers(partition).size() >= 2;
                }))
                continue;
            ranked_.erase(rank(member));
            fixed_[member] = true;
        }
    }

    /// Whether no member lacks a partition of its topics whose owner has at least two more than it has.
    bool balanced() {
        if (ranked_.begin()->first + 1 >= ranked_.rbegin()->first) return true;
        for (std::size_t i = 0; i < group_.topics.size(); ++i) {
            if (!topic_balanced(suspect_)) return false;
            suspect_ = (suspect_ + 1) % group_.topics.size();
        }
        return true;
    }
    bool topic_balanced(std::size_t number) const {
        if (subscribers_[number].size() < 2) return true;
        std::size_t least = SIZE_MAX;
        for (const Member member : subscribers_[number])
            if (!fixed_[member] && size(member) != most_[member]) least = std::min(least, size(member));
        if (least == SIZE_MAX) return true;
        const Topic& topic = group_.topics[number];
        for (Partition p = topic.first; p < topic.first + static_cast<Partition>(topic.partitions); ++p)
            if (size(owner_[p]) > least + 1) return false;
        return true;
    }

    /// Moves partitions of the list until a whole pass finds nothing to move, or all is balanced. Returns whether
    /// anything moved.
    bool improve(const std::vector<Partition>& partitions) {
        bool ever = false;
        for (bool moved = true; moved && !failed_; ever = ever || moved) {
            moved = false;
            bool is_balanced = false;
            bool check = true;
            for (const Partition partition : partitions) {
                if (check) is_balanced = balanced();
                if (is_balanced) break;
                check = improve(partition);
                moved = moved || check;
                if (failed_) return false;
            }
        }
        return ever;
    }

    bool improve(Partition partition) {
        const Member owner = owner_[partition];
        if (const Member claimer = stale_claimer_[partition]; claimer != nobody) {
            if (fixed_[claimer]) {
                failed_ = true;
                return false;
            }
            if (size(owner) > size(claimer) + 1) {
                move(partition, claimer);
                return true;
            }
        }
        const auto& others = subscribers(partition);
        const auto lighter = [&](Member member) { return size(owner) > size(member) + 1; };
        const bool near = group_.racks.active && group_.racks.fits(owner, partition) &&
                          std::any_of(others.begin(), others.end(), [&](Member member) {
                              return group_.racks.fits(member, partition) && lighter(member);
                          });
        if (!near && std::none_of(others.begin(), others.end(), lighter)) return false;
        move(partition, first_ranked(partition, false));
        return true;
    }

    void move(Partition wanted, Member to) {
        const Partition partition = moves_.instead_of(wanted, owner_[wanted], to);
        const Member from = owner_[partition];
        ranked_.erase(rank(from));
        ranked_.erase(rank(to));
        moves_.moved(partition, from, to);
        auto& source = shares_[from];
        source.erase(std::find(source.begin(), source.end(), partition));
        shares_[to].push_back(partition);
        owner_[partition] = to;
        ranked_.insert(rank(from));
        ranked_.insert(rank(to));
    }

    const Group& group_;
    Shares shares_;
    std::vector<Member> owner_;                     // by partition
    std::vector<Member> stale_claimer_;             // by partition
    std::vector<std::size_t> most_;                 // by member: partitions of its topics
    std::vector<std::vector<Member>> subscribers_;  // by topic
    std::vector<bool> fixed_;
    std::vector<Partition> all_;
    std::vector<Partition> unassigned_;
    std::set<std::pair<std::size_t, std::uint32_t>> ranked_;
    PartitionMoves moves_;
    std::size_t suspect_ = 0;  // the topic that was out of balance last
    bool revocation_required_ = false;
    bool failed_ = false;
};

}  // namespace

std::expected<Plan, std::string> assign_general(const Group& group) {
    if (group.members == 0) return Plan{};
    return GeneralAssignment(group).run();
}

}  // namespace brokersim::kafka::sticky
