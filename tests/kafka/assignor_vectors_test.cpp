#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "core/kafka/assignors/assignors.h"
#include "tests/support/tar.h"

/// Client-side assignors against what Kafka's own classes printed (tests/vectors/assignment/README.md), and against
/// what must hold of any plan.
namespace brokersim::kafka {
namespace {

using nlohmann::json;
using Plan = PartitionPlan;

std::vector<TopicMetadata> read_topics(const json& input) {
    std::map<int, std::string> racks;
    for (const auto& broker : input.value("brokers", json::array()))
        if (!broker.at("rack").is_null()) racks[broker.at("id")] = broker.at("rack");
    std::vector<TopicMetadata> topics;
    for (const auto& given : input.at("topics")) {
        TopicMetadata topic{given.at("name"), given.at("partitions"), {}};
        for (const auto& replicas : given.value("replicas", json::array())) {
            auto& of_partition = topic.racks.emplace_back();
            for (const int broker : replicas)
                if (racks.contains(broker)) of_partition.push_back(racks[broker]);
        }
        topics.push_back(std::move(topic));
    }
    return topics;
}

std::vector<Subscriber> read_members(const json& input) {
    std::vector<Subscriber> members;
    for (const auto& given : input.at("members")) {
        Subscriber member{given.at("id"), given.value("instance", ""), {}};
        member.subscription.topics = given.at("topics").get<std::vector<std::string>>();
        if (given.contains("rack") && !given.at("rack").is_null()) member.subscription.rack = given.at("rack");
        members.push_back(std::move(member));
    }
    return members;
}

std::vector<TopicPartition> read_partitions(const json& given) {
    std::vector<TopicPartition> partitions;
    for (const auto& topic : given)
        for (const int partition : topic.at(1)) partitions.push_back({topic.at(0), partition});
    return partitions;
}

/// Checks every vector of a file; returns how many there were.
int check_vectors(const std::string& name) {
    std::istringstream lines(
        brokersim::testing::read_gz(BROKERSIM_VECTORS "/assignment/kafka_client_" + name + ".jsonl.gz"));
    int checked = 0;
    for (std::string line; std::getline(lines, line); ++checked) {
        const json vector = json::parse(line);
        const auto members = read_members(vector.at("input"));
        Plan plan = make_assignor(name)->assign(read_topics(vector.at("input")), members);
        for (std::size_t i = 0; i < members.size(); ++i) {
            auto expected = read_partitions(vector.at("output").at("assignment").at(members[i].member_id));
            if (vector.at("list_order_sensitive")) {
                std::sort(expected.begin(), expected.end());
                std::sort(plan[i].begin(), plan[i].end());
            }
            EXPECT_EQ(plan[i], expected) << vector.at("case") << " " << members[i].member_id;
        }
    }
    return checked;
}

TEST(RangeAssignor, plans_as_kafka_does) { EXPECT_EQ(check_vectors("range"), 332); }
TEST(RoundRobinAssignor, plans_as_kafka_does) { EXPECT_EQ(check_vectors("roundrobin"), 201); }

/// Up to six topics, ten members, three racks.
struct World {
    std::vector<TopicMetadata> topics;
    std::vector<Subscriber> members;
};
World random_world() {
    World world;
    const int topics = *rc::gen::inRange(1, 7);
    for (int t = 0; t < topics; ++t) {
        TopicMetadata topic{"t" + std::to_string(t), *rc::gen::inRange(0, 20), {}};
        for (int p = 0; p < topic.partitions; ++p)
            topic.racks.push_back({std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 3)))});
        world.topics.push_back(topic);
    }
    const int members = *rc::gen::inRange(1, 11);
    for (int m = 0; m < members; ++m) {
        Subscriber member{"m" + std::to_string(m), *rc::gen::arbitrary<bool>() ? "i" + std::to_string(m) : "", {}};
        for (const auto& topic : world.topics)
            if (*rc::gen::inRange(0, 4) != 0) member.subscription.topics.push_back(topic.topic);
        if (*rc::gen::arbitrary<bool>())
            member.subscription.rack = std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 3)));
        world.members.push_back(member);
    }
    return world;
}

bool subscribes(const Subscriber& member, const std::string& topic) {
    const auto& topics = member.subscription.topics;
    return std::find(topics.begin(), topics.end(), topic) != topics.end();
}

/// Every partition of a topic that somebody subscribes to goes to exactly one of its subscribers.
void check_complete(const World& world, const Plan& plan) {
    std::map<TopicPartition, int> owners;
    for (std::size_t i = 0; i < plan.size(); ++i)
        for (const TopicPartition& partition : plan[i]) {
            RC_ASSERT(subscribes(world.members[i], partition.topic));
            ++owners[partition];
        }
    for (const TopicMetadata& topic : world.topics) {
        const bool wanted = std::any_of(world.members.begin(), world.members.end(),
                                        [&](const Subscriber& member) { return subscribes(member, topic.topic); });
        for (int p = 0; p < topic.partitions; ++p)
            RC_ASSERT((owners[TopicPartition{topic.topic, p}]) == (wanted ? 1 : 0));
    }
}

RC_GTEST_PROP(RangeAssignor, gives_every_partition_to_one_subscriber_and_balances_each_topic, ()) {
    const World world = random_world();
    const Plan plan = make_assignor("range")->assign(world.topics, world.members);
    check_complete(world, plan);
    for (const TopicMetadata& topic : world.topics) {
        std::int64_t least = INT64_MAX;
        std::int64_t most = 0;
        for (std::size_t i = 0; i < plan.size(); ++i) {
            if (!subscribes(world.members[i], topic.topic)) continue;
            const auto share = std::count_if(plan[i].begin(), plan[i].end(), [&](const TopicPartition& partition) {
                return partition.topic == topic.topic;
            });
            least = std::min<std::int64_t>(least, share);
            most = std::max<std::int64_t>(most, share);
        }
        if (least != INT64_MAX) RC_ASSERT(most - least <= 1);
    }
}

RC_GTEST_PROP(RoundRobinAssignor, gives_every_partition_to_one_subscriber, ()) {
    const World world = random_world();
    check_complete(world, make_assignor("roundrobin")->assign(world.topics, world.members));
}

TEST(Assignors, are_found_by_name) {
    for (const std::string_view name : assignor_names()) {
        ASSERT_NE(make_assignor(name), nullptr) << name;
        EXPECT_EQ(make_assignor(name)->name(), name);
    }
    EXPECT_EQ(make_assignor("averagely"), nullptr);
}

}  // namespace
}  // namespace brokersim::kafka
