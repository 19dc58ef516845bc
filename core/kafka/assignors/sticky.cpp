#include "core/kafka/assignors/sticky.h"

#include <algorithm>

#include "core/kafka/assignors/sticky_equal.h"
#include "core/kafka/assignors/sticky_general.h"

namespace brokersim::kafka {
namespace {

std::expected<sticky::Plan, std::string> plan_of(const sticky::Group& group) {
    return group.equal_subscriptions ? sticky::assign_equal(group) : sticky::assign_general(group);
}

PartitionPlan named(const sticky::Group& group, const std::vector<std::vector<sticky::Partition>>& shares) {
    PartitionPlan plan(shares.size());
    for (std::size_t member = 0; member < shares.size(); ++member) {
        plan[member].reserve(shares[member].size());
        for (const sticky::Partition partition : shares[member]) plan[member].push_back(group.named(partition));
    }
    return plan;
}

/// Partitions that one member has to give up for another: claimed by a member that does not get them, and given to one
/// that did not claim them.
std::vector<std::pair<sticky::Partition, sticky::Member>> transfers(const sticky::Group& group,
                                                                    const sticky::Plan& plan) {
    std::vector<bool> given_up(group.partitions());
    std::vector<std::pair<sticky::Partition, sticky::Member>> gained;
    for (sticky::Member member = 0; member < group.members; ++member) {
        auto before = group.claimed[member];
        auto after = plan.shares[member];
        std::sort(before.begin(), before.end());
        std::sort(after.begin(), after.end());
        for (const sticky::Partition partition : before)
            if (!std::binary_search(after.begin(), after.end(), partition)) given_up[partition] = true;
        for (const sticky::Partition partition : after)
            if (!std::binary_search(before.begin(), before.end(), partition)) gained.emplace_back(partition, member);
    }
    std::erase_if(gained, [&](const auto& gain) { return !given_up[gain.first]; });
    std::sort(gained.begin(), gained.end());
    return gained;
}

}  // namespace

std::string StickyAssignor::subscription_user_data() { return user_data_.value_or(""); }

std::string StickyAssignor::renamed(std::string user_data, const PartitionNaming& other_name) const {
    const StickyUserData data = decode_sticky_user_data(user_data);
    StickyUserData renamed{.previous_assignment = {}, .generation = data.generation};
    for (const TopicPartition& partition : data.previous_assignment)
        if (auto other = other_name(partition)) renamed.previous_assignment.push_back(*std::move(other));
    return encode_sticky_user_data(renamed);
}

std::expected<PartitionPlan, std::string> StickyAssignor::assign(const std::vector<TopicMetadata>& topics,
                                                                 const std::vector<Subscriber>& members) {
    std::vector<StickyUserData> data;
    data.reserve(members.size());
    std::vector<sticky::Claim> claims;
    for (const Subscriber& member : members) {
        const auto& bytes = member.subscription.user_data;
        data.push_back(bytes && !bytes->empty() ? decode_sticky_user_data(*bytes) : StickyUserData{});
        claims.push_back({data.back().previous_assignment, data.back().generation});
    }
    const auto group = sticky::read_group(topics, members, claims, max_generation_);
    max_generation_ = group.max_generation;
    const auto plan = plan_of(group);
    if (!plan) return std::unexpected(plan.error());
    return named(group, plan->shares);
}

void StickyAssignor::on_assignment(const Assignment& assignment, std::int32_t generation) {
    user_data_ = encode_sticky_user_data({assignment.partitions, generation});
}

std::string CooperativeStickyAssignor::subscription_user_data() { return encode_cooperative_user_data(generation_); }

std::expected<PartitionPlan, std::string> CooperativeStickyAssignor::assign(const std::vector<TopicMetadata>& topics,
                                                                            const std::vector<Subscriber>& members) {
    std::vector<sticky::Claim> claims;
    for (const Subscriber& member : members) {
        const Subscription& said = member.subscription;
        std::int32_t generation = said.generation;
        if (generation < 0) generation = said.user_data ? decode_cooperative_user_data(*said.user_data) : -1;
        claims.push_back({said.owned_partitions, generation});
    }
    const auto group = sticky::read_group(topics, members, claims, max_generation_);
    max_generation_ = group.max_generation;
    auto plan = plan_of(group);
    withheld_.reset();
    if (!plan) return std::unexpected(plan.error());
    if (plan->transfers) withheld_.emplace();
    for (const auto& [partition, member] : plan->transfers ? *plan->transfers : transfers(group, *plan)) {
        if (withheld_) withheld_->emplace_back(group.named(partition), member);
        auto& share = plan->shares[member];
        share.erase(std::find(share.begin(), share.end(), partition));
    }
    return named(group, plan->shares);
}

void CooperativeStickyAssignor::on_assignment(const Assignment& /*assignment*/, std::int32_t generation) {
    generation_ = generation;
}

}  // namespace brokersim::kafka
