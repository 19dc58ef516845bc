#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kafka/server_assignors/target_assignor.h"

/// What must hold of any target of the server-side assignors. (That targets equal Kafka's own is tested with the
/// vectors.)
namespace brokersim::kafka {
namespace {

struct World {
    std::vector<TargetTopic> topics;
    std::vector<TargetMember> members;
};

World random_world(bool equal) {
    World world;
    const int topics = *rc::gen::inRange(1, 7);
    for (int t = 0; t < topics; ++t)
        world.topics.push_back(
            {"t" + std::to_string(t), {*rc::gen::arbitrary<std::int64_t>(), t}, *rc::gen::inRange(0, 20)});
    const int members = *rc::gen::inRange(1, 14);
    for (int m = 0; m < members; ++m) {
        TargetMember member{
            "m" + std::to_string(m), *rc::gen::arbitrary<bool>() ? "i" + std::to_string(m) : "", {}, {}};
        for (const auto& topic : world.topics)
            if (equal || *rc::gen::inRange(0, 4) != 0) member.topics.push_back(topic.name);
        world.members.push_back(member);
    }
    return world;
}

using Shares = std::vector<std::vector<TopicShare>>;

Shares shares_of(const World& world, std::string_view name) {
    const auto target = find_target_assignor(name)->assign(world.topics, world.members);
    RC_ASSERT(target.has_value());
    Shares shares;
    for (const auto& share : target->shares) shares.push_back(share.value_or(std::vector<TopicShare>{}));
    return shares;
}

bool subscribes(const TargetMember& member, const std::string& topic) {
    return std::find(member.topics.begin(), member.topics.end(), topic) != member.topics.end();
}
std::size_t size(const std::vector<TopicShare>& share) {
    std::size_t sum = 0;
    for (const TopicShare& topic : share) sum += topic.partitions.size();
    return sum;
}

void check_complete(const World& world, const Shares& shares) {
    std::map<std::pair<std::size_t, std::int32_t>, int> owners;
    for (std::size_t i = 0; i < shares.size(); ++i)
        for (const TopicShare& share : shares[i]) {
            RC_ASSERT(subscribes(world.members[i], world.topics[share.topic].name));
            for (const std::int32_t partition : share.partitions) ++owners[{share.topic, partition}];
        }
    for (std::size_t topic = 0; topic < world.topics.size(); ++topic) {
        const bool wanted = std::any_of(world.members.begin(), world.members.end(), [&](const auto& member) {
            return subscribes(member, world.topics[topic].name);
        });
        for (std::int32_t partition = 0; partition < world.topics[topic].partitions; ++partition)
            RC_ASSERT((owners[{topic, partition}]) == (wanted ? 1 : 0));
    }
}
void check_even(const Shares& shares) {
    const auto [least, most] = std::minmax_element(shares.begin(), shares.end(),
                                                   [](const auto& a, const auto& b) { return size(a) < size(b); });
    RC_ASSERT(size(*most) - size(*least) <= 1);
}

/// Makes the shares the targets that the members have.
void remember(World& world, const Shares& shares) {
    for (std::size_t i = 0; i < shares.size(); ++i) {
        world.members[i].previous.clear();
        for (const TopicShare& share : shares[i])
            world.members[i].previous.emplace_back(world.topics[share.topic].id, share.partitions);
    }
}
Shares random_shares(const World& world) {
    Shares shares(world.members.size());
    for (std::size_t topic = 0; topic < world.topics.size(); ++topic)
        for (std::int32_t partition = 0; partition < world.topics[topic].partitions; ++partition) {
            const auto owner = *rc::gen::inRange<std::size_t>(0, shares.size() + 1);
            if (owner == shares.size()) continue;
            auto& share = shares[owner];
            if (share.empty() || share.back().topic != topic) share.push_back({topic, {}});
            share.back().partitions.push_back(partition);
        }
    return shares;
}
std::size_t kept(const Shares& before, const Shares& after) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
        for (const TopicShare& share : before[i])
            for (const TopicShare& now : after[i])
                if (now.topic == share.topic)
                    for (const std::int32_t partition : share.partitions)
                        count += static_cast<std::size_t>(
                            std::count(now.partitions.begin(), now.partitions.end(), partition));
    return count;
}

RC_GTEST_PROP(TargetAssignors, give_every_partition_to_one_subscriber, ()) {
    World world = random_world(*rc::gen::arbitrary<bool>());
    if (*rc::gen::arbitrary<bool>()) remember(world, random_shares(world));
    for (const std::string_view name : target_assignor_names()) check_complete(world, shares_of(world, name));
}

RC_GTEST_PROP(TargetRange, gives_consecutive_partitions_and_balances_each_topic, ()) {
    const World world = random_world(*rc::gen::arbitrary<bool>());
    const Shares shares = shares_of(world, "range");
    for (std::size_t topic = 0; topic < world.topics.size(); ++topic) {
        Shares of_topic;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (!subscribes(world.members[i], world.topics[topic].name)) continue;
            auto& share = of_topic.emplace_back(shares[i]);
            std::erase_if(share, [&](const TopicShare& of) { return of.topic != topic; });
            if (!share.empty())
                RC_ASSERT(share[0].partitions.back() - share[0].partitions.front() + 1 ==
                          std::ssize(share[0].partitions));
        }
        if (!of_topic.empty()) check_even(of_topic);
    }
}

RC_GTEST_PROP(TargetUniform, balances_and_keeps_what_quotas_allow_where_all_subscribe_to_the_same, ()) {
    World world = random_world(true);
    const Shares before = random_shares(world);
    remember(world, before);
    const Shares after = shares_of(world, "uniform");
    check_even(after);
    std::size_t total = 0;
    for (const auto& share : after) total += size(share);
    std::size_t least = 0;
    for (const auto& share : before) least += std::min(size(share), total / after.size());
    RC_ASSERT(kept(before, after) >= least);
}

RC_GTEST_PROP(TargetUniform, leaves_a_group_alone_that_did_not_change, ()) {
    World world = random_world(*rc::gen::arbitrary<bool>());
    const Shares before = shares_of(world, "uniform");
    remember(world, before);
    RC_ASSERT(shares_of(world, "uniform") == before);
}

RC_GTEST_PROP(TargetUniform, moves_little_more_than_what_a_leaving_member_had, ()) {
    World world = random_world(true);
    RC_PRE(world.members.size() > 1);
    Shares before = shares_of(world, "uniform");
    remember(world, before);
    const auto leaver = *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(before));
    world.members.erase(world.members.begin() + leaver);
    before.erase(before.begin() + leaver);
    std::size_t had = 0;
    for (const auto& share : before) had += size(share);
    // Which members have one more than the others is fixed by the order of their ids: each may lose one to that.
    RC_ASSERT(kept(before, shares_of(world, "uniform")) + before.size() >= had);
}

RC_GTEST_PROP(TargetUniform, levels_each_topic_where_its_subscribers_have_nothing_else, ()) {
    World world;
    const int groups = *rc::gen::inRange(2, 5);
    for (int g = 0; g < groups; ++g) {
        world.topics.push_back({"t" + std::to_string(g), {g, 0}, *rc::gen::inRange(0, 30)});
        const int members = *rc::gen::inRange(1, 5);
        for (int m = 0; m < members; ++m)
            world.members.push_back({std::to_string(g) + "m" + std::to_string(m), "", {"t" + std::to_string(g)}, {}});
    }
    remember(world, random_shares(world));
    const Shares shares = shares_of(world, "uniform");
    for (const TargetTopic& topic : world.topics) {
        Shares of_topic;
        for (std::size_t i = 0; i < shares.size(); ++i)
            if (subscribes(world.members[i], topic.name)) of_topic.push_back(shares[i]);
        check_even(of_topic);
    }
}

TEST(TargetAssignors, are_found_by_name) {
    for (const auto name : target_assignor_names()) EXPECT_EQ(find_target_assignor(name)->name(), name);
    EXPECT_EQ(find_target_assignor("sticky"), nullptr);
}

TEST(TargetUniform, says_nothing_where_nobody_subscribes_to_anything_that_exists) {
    const auto target = find_target_assignor("uniform")->assign({}, {{"a", "", {"t"}, {}}, {"b", "", {}, {}}});
    ASSERT_TRUE(target.has_value());
    EXPECT_FALSE(target->homogeneous);
    EXPECT_EQ(target->shares, (std::vector<std::optional<std::vector<TopicShare>>>(2)));
}

TEST(TargetUniform, refuses_targets_that_overlap) {
    const std::vector<TargetTopic> topics = {{"t", {1, 2}, 4}};
    const std::vector<std::pair<TopicId, std::vector<std::int32_t>>> both = {{{1, 2}, {0, 1}}};
    const auto target =
        find_target_assignor("uniform")->assign(topics, {{"a", "", {"t"}, both}, {"b", "", {"t"}, both}});
    EXPECT_FALSE(target.has_value());
}

}  // namespace
}  // namespace brokersim::kafka
