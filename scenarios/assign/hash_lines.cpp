#include <string>

#include "core/client/consistent_hash.h"
#include "core/client/select_queue.h"
#include "core/java_hash.h"
#include "core/kafka/group_coordinator.h"
#include "core/kafka/murmur2.h"
#include "scenarios/assign/families.h"
#include "scenarios/assign/input.h"

namespace brokersim::scenario::assign {
namespace {

/// {"50": PARTITION, ...} for each number in num_partitions.
template <class PartitionOf>
Json partitions(const Input& input, PartitionOf partition_of) {
    Json json = Json::object();
    for (const Input& count : input.at("num_partitions").list()) {
        const auto partitions = static_cast<std::int32_t>(count.integer(1, INT32_MAX));
        json[std::to_string(partitions)] = partition_of(partitions);
    }
    return json;
}

}  // namespace

Json java_string(const Json& json) {
    const Input input(json, "input");
    input.only({"s"});
    return {{"hash", java_hash(input.at("s").text())}};
}

Json kafka_murmur2(const Json& json) {
    const Input input(json, "input");
    input.only({"key_hex", "key_utf8", "num_partitions"});
    const std::string key = input.has("key_hex") ? input.at("key_hex").hex_bytes() : input.at("key_utf8").text();
    const std::int32_t hash = kafka::murmur2(key);
    const std::int32_t positive = kafka::to_positive(hash);
    return {{"murmur2", hash},
            {"to_positive", positive},
            {"partition", partitions(input, [&](std::int32_t count) { return positive % count; })}};
}

Json kafka_group_partition(const Json& json) {
    const Input input(json, "input");
    input.only({"group", "num_partitions"});
    const std::string group = input.at("group").text();
    return {{"partition", partitions(input, [&](std::int32_t count) { return kafka::group_partition(group, count); })}};
}

Json rocketmq_ring_hash(const Json& json) {
    const Input input(json, "input");
    input.only({"key"});
    return {{"hash", client::ring_hash(input.at("key").text())}};
}

Json rocketmq_ring_route(const Json& json) {
    const Input input(json, "input");
    input.only({"nodes", "virtual_nodes", "keys"});
    const auto nodes = input.at("nodes").texts();
    const client::HashRing ring(nodes, virtual_nodes(input, nodes.size()));
    Json owners = Json::array();
    for (const std::string& key : input.at("keys").texts()) {
        const auto node = ring.route(key);
        owners.push_back(node ? Json(nodes[*node]) : Json());
    }
    return {{"node", std::move(owners)}};
}

Json rocketmq_select_by_hash(const Json& json) {
    const Input input(json, "input");
    input.only({"arg", "queues"});
    const auto queues = static_cast<std::int32_t>(input.at("queues").integer(1, INT32_MAX));
    return {{"index", client::select_by_hash(input.at("arg").text(), queues)}};
}

}  // namespace brokersim::scenario::assign
