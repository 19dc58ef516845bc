#include <map>
#include <set>

#include <fmt/format.h>

#include "core/kafka/assignors/assignors.h"
#include "core/kafka/assignors/sticky.h"
#include "core/kafka/java_order.h"
#include "scenarios/assign/families.h"
#include "scenarios/assign/input.h"

namespace brokersim::scenario::assign {
namespace {

constexpr std::int64_t most_partitions = 10'000'000;  // of all topics together

std::map<std::int64_t, std::string> read_brokers(const Input& input) {
    std::map<std::int64_t, std::string> racks;
    if (!input.has("brokers")) return racks;
    for (const Input& broker : input.at("brokers").list()) {
        broker.only({"id", "rack"});
        const std::int64_t id = broker.at("id").integer(INT32_MIN, INT32_MAX);
        if (broker.has("rack")) racks[id] = broker.at("rack").text();
    }
    return racks;
}

std::vector<kafka::TopicMetadata> read_topics(const Input& input) {
    const auto racks = read_brokers(input);
    std::vector<kafka::TopicMetadata> topics;
    std::set<std::string> names;
    std::int64_t left = most_partitions;
    for (const Input& given : input.at("topics").list()) {
        given.only({"name", "partitions", "replicas", "id"});
        kafka::TopicMetadata topic;
        topic.topic = given.at("name").text();
        if (!names.insert(topic.topic).second) given.at("name").fail("a topic of this name was already given");
        topic.partitions = static_cast<std::int32_t>(given.at("partitions").integer(0, left));
        left -= topic.partitions;
        if (given.has("replicas"))
            for (const Input& replicas : given.at("replicas").list()) {
                auto& of_partition = topic.racks.emplace_back();
                for (const Input& broker : replicas.list())
                    if (const auto rack = racks.find(broker.int32()); rack != racks.end())
                        of_partition.push_back(rack->second);
            }
        topics.push_back(std::move(topic));
    }
    return topics;
}

std::vector<kafka::Subscriber> read_members(const Input& input) {
    std::vector<kafka::Subscriber> members;
    std::set<std::string> ids;
    for (const Input& given : input.at("members").list()) {
        given.only({"id", "instance", "rack", "topics", "owned", "generation", "user_data", "user_data_decoded"});
        kafka::Subscriber member;
        member.member_id = given.at("id").text();
        if (!ids.insert(member.member_id).second) given.at("id").fail("a member of this id was already given");
        if (given.has("instance")) member.instance_id = given.at("instance").text();
        kafka::Subscription& said = member.subscription;
        said.topics = given.at("topics").texts();
        if (given.has("rack")) said.rack = given.at("rack").text();
        if (given.has("generation")) said.generation = std::max(given.at("generation").int32(), -1);
        if (given.has("user_data")) said.user_data = given.at("user_data").hex_bytes();
        if (given.has("owned")) {
            for (const Input& owned : given.at("owned").list()) {
                const auto pair = owned.list(2);
                const std::string topic = pair[0].text();
                for (const Input& partition : pair[1].list())
                    said.owned_partitions.push_back({topic, partition.int32()});
            }
            std::sort(said.owned_partitions.begin(), said.owned_partitions.end(), kafka::JavaLess());
        }
        members.push_back(std::move(member));
    }
    return members;
}

Json share_json(const std::vector<kafka::TopicPartition>& share) {
    Json json = Json::array();
    const std::string* topic = nullptr;
    for (const kafka::TopicPartition& partition : share) {
        if (topic == nullptr || *topic != partition.topic)
            json.push_back(Json::array({partition.topic, Json::array()}));
        topic = &partition.topic;
        json.back()[1].push_back(partition.partition);
    }
    return json;
}

/// `assignor` must be new: some remember.
Json outcome(const Json& json, kafka::Assignor& assignor, const std::vector<kafka::Subscriber>& members) {
    const auto plan = assignor.assign(read_topics(Input(json, "input")), members);
    if (!plan) return {{"error", plan.error()}};
    Json assignment = Json::object();
    for (std::size_t i = 0; i < members.size(); ++i) add(assignment, members[i].member_id, share_json((*plan)[i]));
    return {{"assignment", std::move(assignment)}};
}

Json outcome(const Json& json, kafka::Assignor& assignor) {
    const Input input(json, "input");
    input.only({"topics", "brokers", "members"});
    return outcome(json, assignor, read_members(input));
}

}  // namespace

Json kafka_range(const Json& json) { return outcome(json, *kafka::make_assignor("range")); }
Json kafka_roundrobin(const Json& json) { return outcome(json, *kafka::make_assignor("roundrobin")); }
Json kafka_sticky(const Json& json) { return outcome(json, *kafka::make_assignor("sticky")); }

Json kafka_cooperative_sticky(const Json& json) {
    const Input input(json, "input");
    input.only({"topics", "brokers", "members"});
    const auto members = read_members(input);
    kafka::CooperativeStickyAssignor assignor;
    Json output = outcome(json, assignor, members);
    if (assignor.withheld()) {
        Json transferring = Json::object();
        for (const auto& [partition, member] : *assignor.withheld())
            add(transferring, fmt::format("{}-{}", partition.topic, partition.partition), members[member].member_id);
        output["transferring"] = std::move(transferring);
    }
    return output;
}

}  // namespace brokersim::scenario::assign
