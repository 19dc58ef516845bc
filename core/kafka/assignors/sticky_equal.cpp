#include "core/kafka/assignors/sticky_equal.h"

#include <algorithm>
#include <list>

namespace brokersim::kafka::sticky {
namespace {

constexpr Member nobody = UINT32_MAX;

class EqualAssignment {
public:
    explicit EqualAssignment(const Group& group)
        : group_(group),
          shares_(group.members),
          kept_(group.partitions()),
          revoked_from_(group.partitions(), nobody),
          min_(group.partitions() / group.members),
          max_((group.partitions() + group.members - 1) / group.members),
          expected_above_min_(group.partitions() % group.members) {}

    std::expected<Plan, std::string> run() {
        for (const Member member : group_.hash_order) keep(member);
        for (Partition partition = 0; partition < group_.partitions(); ++partition)
            if (!kept_[partition]) unassigned_.push_back(partition);
        below_min_ = by_id(std::move(found_below_min_));
        at_min_ = by_id(std::move(found_at_min_));
        if (group_.racks.any)
            std::sort(unassigned_.begin(), unassigned_.end(), [this](Partition a, Partition b) {
                const auto left = group_.racks.weight(a);
                const auto right = group_.racks.weight(b);
                return left != right ? left < right : a < b;
            });
        if (group_.racks.active) place_by_rack();
        if (!place_rest())
            return std::unexpected(std::string("IllegalStateException: no member is left for a partition"));
        std::sort(transfers_.begin(), transfers_.end());
        return Plan{std::move(shares_), std::move(transfers_)};
    }

private:
    /// What a member may go on with.
    void keep(Member member) {
        std::vector<Partition> own;
        for (const Partition partition : group_.owned[member]) {
            if (group_.racks.mismatch(member, partition))
                revoked_from_[partition] = member;
            else if (!group_.disputed[partition])
                own.push_back(partition);
        }
        std::sort(own.begin(), own.end(), [this](Partition a, Partition b) {
            const auto left = group_.index_of(a);
            const auto right = group_.index_of(b);
            return left != right ? left < right : a < b;
        });
        std::size_t stay = own.size();
        if (own.size() < min_) {
            found_below_min_.push_back(member);
        } else if (own.size() >= max_ && above_min_ < expected_above_min_) {
            if (++above_min_ == expected_above_min_) found_at_min_.clear();
            stay = max_;
        } else {
            stay = min_;
            if (above_min_ < expected_above_min_) found_at_min_.push_back(member);
        }
        for (std::size_t i = 0; i < own.size(); ++i) {
            if (i < stay)
                kept_[own[i]] = true;
            else
                revoked_from_[own[i]] = member;
        }
        own.resize(stay);
        shares_[member] = std::move(own);
    }

    std::list<Member> by_id(std::vector<Member> members) const {
        std::sort(members.begin(), members.end(),
                  [this](Member a, Member b) { return group_.id_rank[a] < group_.id_rank[b]; });
        return {members.begin(), members.end()};
    }

    void give(Partition partition, Member member) {
        shares_[member].push_back(partition);
        const Member before = revoked_from_[partition];
        if ((before != nobody && before != member) || group_.disputed[partition])
            transfers_.emplace_back(partition, member);
    }

    /// Members that share a rack with a replica come first, in turn; what fits nobody is left for later.
    void place_by_rack() {
        auto cursor = below_min_.begin();
        std::erase_if(unassigned_, [&](Partition partition) {
            const auto fits = [&](Member member) { return group_.racks.fits(member, partition); };
            auto found = std::find_if(cursor, below_min_.end(), fits);
            if (found == below_min_.end()) {
                found = std::find_if(below_min_.begin(), cursor, fits);
                if (found == cursor) found = below_min_.end();
            }
            if (found != below_min_.end()) {
                const Member member = *found;
                const std::size_t count = shares_[member].size() + 1;
                if (count >= min_) {
                    found = below_min_.erase(found);
                    if (count < max_ && above_min_ < expected_above_min_) at_min_.push_back(member);
                } else {
                    ++found;
                }
                cursor = found == below_min_.end() ? below_min_.begin() : found;
                give(partition, member);
                return true;
            }
            const auto spare = std::find_if(at_min_.begin(), at_min_.end(), fits);
            if (spare == at_min_.end()) return false;
            const Member member = *spare;
            if (shares_[member].size() + 1 == max_) {
                at_min_.erase(spare);
                if (++above_min_ == expected_above_min_) at_min_.clear();
            }
            give(partition, member);
            return true;
        });
    }

    /// Deals the rest to the members below the minimum, in turn, then one each to those at it. False: nobody is left.
    bool place_rest() {
        auto next = below_min_.begin();
        for (const Partition partition : unassigned_) {
            if (next == below_min_.end()) next = below_min_.begin();
            if (next == below_min_.end()) {
                if (at_min_.empty()) return false;
                const Member member = at_min_.front();
                at_min_.pop_front();
                give(partition, member);
                continue;
            }
            const Member member = *next;
            give(partition, member);
            if (shares_[member].size() == min_) {
                next = below_min_.erase(next);
                at_min_.push_back(member);
            } else {
                ++next;
            }
        }
        return true;
    }

    const Group& group_;
    std::vector<std::vector<Partition>> shares_;
    std::vector<bool> kept_;
    std::vector<Member> revoked_from_;  // by partition: who owned it and may have to give it up
    std::vector<Partition> unassigned_;
    std::vector<std::pair<Partition, Member>> transfers_;
    std::vector<Member> found_below_min_;  // in hash order
    std::vector<Member> found_at_min_;
    std::list<Member> below_min_;
    std::list<Member> at_min_;  // could take one more
    std::size_t min_;
    std::size_t max_;
    std::size_t expected_above_min_;
    std::size_t above_min_ = 0;
};

}  // namespace

std::expected<Plan, std::string> assign_equal(const Group& group) {
    if (group.members == 0) return Plan{{}, std::vector<std::pair<Partition, Member>>{}};
    return EqualAssignment(group).run();
}

}  // namespace brokersim::kafka::sticky
