#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kafka/assignors/assignors.h"
#include "core/kafka/assignors/sticky.h"

/// What must hold of any plan of the client-side assignors. (That plans equal Kafka's own is tested with the vectors.)
namespace brokersim::kafka {
namespace {

struct World {
    std::vector<TopicMetadata> topics;
    std::vector<Subscriber> members;
};

TopicMetadata random_topic(int number, bool racks) {
    TopicMetadata topic{"t" + std::to_string(number), *rc::gen::inRange(0, 20), {}};
    for (int p = 0; racks && p < topic.partitions; ++p)
        topic.racks.push_back({std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 3)))});
    return topic;
}

Subscriber random_member(int number, bool racks) {
    Subscriber member{
        "m" + std::to_string(number), *rc::gen::arbitrary<bool>() ? "i" + std::to_string(number) : "", {}};
    if (racks && *rc::gen::arbitrary<bool>())
        member.subscription.rack = std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 3)));
    return member;
}

/// Up to six topics, ten members, three racks. Everybody subscribes to something.
World random_world(bool equal, bool racks) {
    World world;
    const int topics = *rc::gen::inRange(1, 7);
    for (int t = 0; t < topics; ++t) world.topics.push_back(random_topic(t, racks));
    const int members = *rc::gen::inRange(1, 11);
    for (int m = 0; m < members; ++m) {
        Subscriber member = random_member(m, racks);
        for (const auto& topic : world.topics)
            if (equal || *rc::gen::inRange(0, 4) != 0) member.subscription.topics.push_back(topic.topic);
        if (member.subscription.topics.empty()) member.subscription.topics.push_back(world.topics.front().topic);
        world.members.push_back(member);
    }
    return world;
}
World any_world() { return random_world(*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()); }

PartitionPlan plan_of(const World& world, Assignor& assignor) {
    auto plan = assignor.assign(world.topics, world.members);
    RC_ASSERT(plan.has_value());
    return *std::move(plan);
}
PartitionPlan plan_of(const World& world, std::string_view name) { return plan_of(world, *make_assignor(name)); }

bool subscribes(const Subscriber& member, const std::string& topic) {
    const auto& topics = member.subscription.topics;
    return std::find(topics.begin(), topics.end(), topic) != topics.end();
}

/// All partitions that somebody wants, and how often they were given out; those that were go to subscribers only.
std::map<TopicPartition, int> owners(const World& world, const PartitionPlan& plan) {
    std::map<TopicPartition, int> owners;
    for (const TopicMetadata& topic : world.topics)
        if (std::any_of(world.members.begin(), world.members.end(),
                        [&](const Subscriber& member) { return subscribes(member, topic.topic); }))
            for (int p = 0; p < topic.partitions; ++p) owners[{topic.topic, p}] = 0;
    for (std::size_t i = 0; i < plan.size(); ++i)
        for (const TopicPartition& partition : plan[i]) {
            RC_ASSERT(subscribes(world.members[i], partition.topic));
            RC_ASSERT(owners.contains(partition));
            ++owners[partition];
        }
    return owners;
}
void check_complete(const World& world, const PartitionPlan& plan) {
    for (const auto& [partition, count] : owners(world, plan)) RC_ASSERT(count == 1);
}
void check_even(const PartitionPlan& plan) {
    const auto [least, most] =
        std::minmax_element(plan.begin(), plan.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    RC_ASSERT(most->size() - least->size() <= 1);
}

/// Gives the sticky assignors what they ask for: all of `plan` is claimed, in one generation.
void claim(World& world, const PartitionPlan& plan, std::int32_t generation = 1) {
    for (std::size_t i = 0; i < plan.size(); ++i) {
        Subscription& said = world.members[i].subscription;
        said.owned_partitions = plan[i];
        std::sort(said.owned_partitions.begin(), said.owned_partitions.end());
        said.generation = generation;
        said.user_data = encode_sticky_user_data({plan[i], generation});
    }
}
/// Every partition belongs to anybody, or to nobody.
PartitionPlan random_owners(const World& world) {
    PartitionPlan plan(world.members.size());
    for (const TopicMetadata& topic : world.topics)
        for (int p = 0; p < topic.partitions; ++p)
            if (const auto owner = *rc::gen::inRange<std::size_t>(0, plan.size() + 1); owner < plan.size())
                plan[owner].push_back({topic.topic, p});
    return plan;
}

std::size_t kept(const PartitionPlan& before, const PartitionPlan& after) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
        for (const TopicPartition& partition : before[i])
            count += static_cast<std::size_t>(std::count(after[i].begin(), after[i].end(), partition));
    return count;
}
std::size_t total(const PartitionPlan& plan) {
    return std::accumulate(plan.begin(), plan.end(), std::size_t{0},
                           [](std::size_t sum, const auto& share) { return sum + share.size(); });
}

RC_GTEST_PROP(Assignors, give_every_partition_to_one_subscriber, ()) {
    const World world = any_world();
    for (const std::string_view name : assignor_names()) check_complete(world, plan_of(world, name));
}

RC_GTEST_PROP(Assignors, do_not_care_for_the_order_of_a_new_group, ()) {
    const World world = any_world();
    World mixed = world;
    mixed.topics = {world.topics.rbegin(), world.topics.rend()};
    std::rotate(mixed.members.begin(),
                mixed.members.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(mixed.members)),
                mixed.members.end());
    for (const std::string_view name : assignor_names()) {
        const auto by_id = [&](const World& of) {
            std::map<std::string, std::set<TopicPartition>> shares;
            const auto plan = plan_of(of, name);
            for (std::size_t i = 0; i < plan.size(); ++i)
                shares[of.members[i].member_id] = {plan[i].begin(), plan[i].end()};
            return shares;
        };
        RC_ASSERT(by_id(world) == by_id(mixed));
    }
}

RC_GTEST_PROP(RangeAssignor, balances_each_topic, ()) {
    const World world = any_world();
    const PartitionPlan plan = plan_of(world, "range");
    for (const TopicMetadata& topic : world.topics) {
        PartitionPlan of_topic;
        for (std::size_t i = 0; i < plan.size(); ++i) {
            if (!subscribes(world.members[i], topic.topic)) continue;
            auto& share = of_topic.emplace_back(plan[i]);
            std::erase_if(share, [&](const TopicPartition& partition) { return partition.topic != topic.topic; });
        }
        if (!of_topic.empty()) check_even(of_topic);
    }
}

RC_GTEST_PROP(RoundRobinAssignor, balances_where_all_subscribe_to_the_same, ()) {
    check_even(plan_of(random_world(true, false), "roundrobin"));
}

RC_GTEST_PROP(StickyAssignor, balances_where_all_subscribe_to_the_same, ()) {
    World world = random_world(true, *rc::gen::arbitrary<bool>());
    claim(world, random_owners(world));
    check_even(plan_of(world, "sticky"));
}

RC_GTEST_PROP(StickyAssignor, moves_no_more_than_balance_demands, ()) {
    World world = random_world(true, false);
    const PartitionPlan before = random_owners(world);
    claim(world, before);
    const PartitionPlan after = plan_of(world, "sticky");
    const std::size_t least = total(after) / after.size();
    const std::size_t more = total(after) % after.size();
    std::size_t best = 0;
    std::size_t rich = 0;
    for (const auto& share : before) {
        best += std::min(share.size(), least);
        if (share.size() > least) ++rich;
    }
    RC_ASSERT(kept(before, after) == best + std::min(rich, more));
}

RC_GTEST_PROP(StickyAssignor, moves_only_what_a_leaving_member_had, ()) {
    World world = random_world(true, false);
    RC_PRE(world.members.size() > 1);
    PartitionPlan before = plan_of(world, "sticky");
    claim(world, before);
    const auto leaver = *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(before));
    world.members.erase(world.members.begin() + leaver);
    before.erase(before.begin() + leaver);
    RC_ASSERT(kept(before, plan_of(world, "sticky")) == total(before));
}

RC_GTEST_PROP(StickyAssignor, leaves_no_partition_where_a_subscriber_has_two_less, ()) {
    const World world = random_world(false, false);
    const PartitionPlan plan = plan_of(world, "sticky");
    for (std::size_t owner = 0; owner < plan.size(); ++owner)
        for (const TopicPartition& partition : plan[owner])
            for (std::size_t other = 0; other < plan.size(); ++other)
                if (subscribes(world.members[other], partition.topic))
                    RC_ASSERT(plan[owner].size() <= plan[other].size() + 1);
}

RC_GTEST_PROP(StickyAssignor, leaves_a_group_alone_that_did_not_change, ()) {
    World world = random_world(*rc::gen::arbitrary<bool>(), false);  // (a partition in a wrong rack moves each time)
    const PartitionPlan before = plan_of(world, "sticky");
    claim(world, before);
    RC_ASSERT(kept(before, plan_of(world, "sticky")) == total(before));
}

RC_GTEST_PROP(StickyAssignor, shares_out_everything_whoever_claims_what, ()) {
    World world = any_world();
    const PartitionPlan first = random_owners(world);
    const PartitionPlan second = random_owners(world);
    claim(world, first, 2);
    for (std::size_t i = 0; i < second.size(); i += 2) {
        Subscription& said = world.members[i].subscription;
        said.owned_partitions = second[i];
        said.generation = *rc::gen::inRange(-1, 4);
        said.user_data = encode_sticky_user_data({second[i], said.generation});
    }
    const auto plan = make_assignor("sticky")->assign(world.topics, world.members);
    if (!plan) {
        RC_ASSERT(plan.error().starts_with("NullPointerException"));
        return;
    }
    // A member may get back what it claims although it has given up the topic: Kafka does not check.
    std::map<TopicPartition, int> counts;
    for (const auto& share : *plan)
        for (const TopicPartition& partition : share) ++counts[partition];
    for (const auto& [partition, count] : counts) RC_ASSERT(count == 1);
    RC_ASSERT(counts.size() == owners(world, PartitionPlan(world.members.size())).size());
}

/// Any world in which all members claim something, none of them what it does not subscribe to any more.
PartitionPlan claim_anything(World& world) {
    PartitionPlan held = random_owners(world);
    for (std::size_t i = 0; i < held.size(); ++i)
        std::erase_if(held[i], [&](const auto& partition) { return !subscribes(world.members[i], partition.topic); });
    claim(world, held);
    return held;
}

RC_GTEST_PROP(CooperativeStickyAssignor, gives_nothing_away_that_another_still_has, ()) {
    World world = any_world();
    const PartitionPlan held = claim_anything(world);
    const PartitionPlan plan = plan_of(world, "cooperative-sticky");
    for (const auto& [partition, count] : owners(world, plan)) {
        std::optional<std::size_t> holder;
        for (std::size_t i = 0; i < held.size(); ++i)
            if (std::count(held[i].begin(), held[i].end(), partition) > 0) holder = i;
        const bool stays = holder && std::count(plan[*holder].begin(), plan[*holder].end(), partition) > 0;
        RC_ASSERT(count == (!holder || stays ? 1 : 0));
    }
}

RC_GTEST_PROP(CooperativeStickyAssignor, is_done_in_two_rounds_where_all_subscribe_to_the_same, ()) {
    World world = random_world(true, false);
    claim_anything(world);
    CooperativeStickyAssignor assignor;
    const PartitionPlan first = plan_of(world, assignor);
    RC_ASSERT(assignor.withheld().has_value());
    RC_ASSERT(total(first) + assignor.withheld()->size() == owners(world, first).size());
    claim(world, first, 2);
    const PartitionPlan second = plan_of(world, assignor);
    check_complete(world, second);
    check_even(second);
    RC_ASSERT(kept(first, second) == total(first));
    RC_ASSERT(assignor.withheld()->empty());
}

TEST(Assignors, are_found_by_name) {
    for (const std::string_view name : assignor_names()) {
        ASSERT_NE(make_assignor(name), nullptr) << name;
        EXPECT_EQ(make_assignor(name)->name(), name);
    }
    EXPECT_EQ(make_assignor("averagely"), nullptr);
}

TEST(Assignors, have_nothing_to_say_to_nobody) {
    for (const std::string_view name : assignor_names()) {
        const auto plan = make_assignor(name)->assign({{"t", 3, {}}}, {});
        ASSERT_TRUE(plan.has_value()) << name;
        EXPECT_TRUE(plan->empty());
    }
}

TEST(StickyAssignor, remembers_what_it_was_given) {
    StickyAssignor assignor;
    EXPECT_EQ(assignor.subscription_user_data(), "");
    assignor.on_assignment({{{"t", 1}, {"t", 4}}, {}}, 7);
    const StickyUserData data = decode_sticky_user_data(assignor.subscription_user_data());
    EXPECT_EQ(data.previous_assignment, (std::vector<TopicPartition>{{"t", 1}, {"t", 4}}));
    EXPECT_EQ(data.generation, 7);
}

TEST(CooperativeStickyAssignor, tells_its_generation) {
    CooperativeStickyAssignor assignor;
    EXPECT_EQ(decode_cooperative_user_data(assignor.subscription_user_data()), -1);
    assignor.on_assignment({}, 7);
    EXPECT_EQ(decode_cooperative_user_data(assignor.subscription_user_data()), 7);
}

}  // namespace
}  // namespace brokersim::kafka
