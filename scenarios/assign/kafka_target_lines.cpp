#include <algorithm>
#include <numeric>
#include <set>

#include "core/kafka/java_order.h"
#include "core/kafka/server_assignors/target_assignor.h"
#include "scenarios/assign/families.h"
#include "scenarios/assign/input.h"

namespace brokersim::scenario::assign {
namespace {

constexpr std::int64_t most_partitions = 10'000'000;  // of all topics together

/// Kafka's text of a Uuid: 16 bytes in base64 for URLs, without padding.
kafka::TopicId read_id(const Input& input) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr std::size_t length = 22;
    const std::string text = input.text();
    unsigned __int128 bits = 0;
    for (std::size_t i = 0; i < text.size() && text.size() == length; ++i) {
        const auto digit = digits.find(text[i]);
        const bool last = i + 1 == length;  // of which only two bits count
        if (digit == digits.npos || (last && digit % 16 != 0)) break;
        bits = last ? bits << 2 | digit >> 4 : bits << 6 | digit;
        if (last) return {static_cast<std::int64_t>(bits >> 64), static_cast<std::int64_t>(bits)};
    }
    input.fail("must be a topic id: 16 bytes as 22 digits of base64 for URLs");
}

std::vector<kafka::TargetTopic> read_topics(const Input& input) {
    std::vector<kafka::TargetTopic> topics;
    std::set<std::string> names;
    std::set<kafka::TopicId> ids;
    std::int64_t left = most_partitions;
    for (const Input& given : input.at("topics").list()) {
        given.only({"name", "id", "partitions"});
        kafka::TargetTopic topic{given.at("name").text(), read_id(given.at("id")),
                                 static_cast<std::int32_t>(given.at("partitions").integer(0, left))};
        left -= topic.partitions;
        if (!names.insert(topic.name).second) given.at("name").fail("a topic of this name was already given");
        if (!ids.insert(topic.id).second) given.at("id").fail("a topic of this id was already given");
        topics.push_back(std::move(topic));
    }
    return topics;
}

std::vector<kafka::TargetMember> read_members(const Input& input) {
    std::vector<kafka::TargetMember> members;
    std::set<std::string> ids;
    for (const Input& given : input.at("members").list()) {
        given.only({"id", "instance", "topics", "prev"});
        kafka::TargetMember member;
        member.id = given.at("id").text();
        if (!ids.insert(member.id).second) given.at("id").fail("a member of this id was already given");
        if (given.has("instance")) member.instance_id = given.at("instance").text();
        member.topics = given.at("topics").texts();
        if (given.has("prev")) {
            std::set<kafka::TopicId> before;
            for (const Input& share : given.at("prev").list()) {
                const auto pair = share.list(2);
                auto& [topic, partitions] = member.previous.emplace_back(read_id(pair[0]), std::vector<std::int32_t>{});
                if (!before.insert(topic).second) pair[0].fail("the topic of this id was already given");
                for (const Input& partition : pair[1].list())
                    partitions.push_back(static_cast<std::int32_t>(partition.integer(0, INT32_MAX)));
            }
        }
        members.push_back(std::move(member));
    }
    return members;
}

Json outcome(const Json& json, const kafka::TargetAssignor& assignor) {
    const Input input(json, "input");
    input.only({"topics", "members"});
    const auto topics = read_topics(input);
    const auto members = read_members(input);
    const auto target = assignor.assign(topics, members);
    if (!target) return {{"error", target.error()}};
    std::vector<std::size_t> order(topics.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return kafka::java_compare(topics[a].name, topics[b].name) < 0; });
    std::vector<std::size_t> place(topics.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;

    Json assignment = Json::object();
    for (std::size_t i = 0; i < members.size(); ++i) {
        Json share;
        if (target->shares[i]) {
            share = Json::array();
            auto by_name = *target->shares[i];
            std::sort(by_name.begin(), by_name.end(),
                      [&](const auto& a, const auto& b) { return place[a.topic] < place[b.topic]; });
            for (const auto& [topic, partitions] : by_name)
                share.push_back(Json::array({topics[topic].name, partitions}));
        }
        add(assignment, members[i].id, std::move(share));
    }
    return {{"subscription_type", target->homogeneous ? "Homogeneous" : "Heterogeneous"},
            {"assignment", std::move(assignment)}};
}

}  // namespace

Json kafka_target_range(const Json& json) { return outcome(json, *kafka::find_target_assignor("range")); }
Json kafka_target_uniform(const Json& json) { return outcome(json, *kafka::find_target_assignor("uniform")); }

}  // namespace brokersim::scenario::assign
