#include "scenarios/assign/algorithms.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/assign/families.h"
#include "scenarios/assign/input.h"
#include "scenarios/spelling.h"

namespace brokersim::scenario::assign {
namespace {

constexpr int deepest = 32;

constexpr std::array all{
    Algorithm{"java.string_hashcode", "String.hashCode", java_string},
    Algorithm{"kafka.client.cooperative_sticky", "balanced, few moves, in two rounds without a stop",
              kafka_cooperative_sticky},
    Algorithm{"kafka.client.range", "each topic in blocks by member id; racks first where they are known", kafka_range},
    Algorithm{"kafka.client.roundrobin", "all partitions dealt in turn", kafka_roundrobin},
    Algorithm{"kafka.client.sticky", "balanced, few moves", kafka_sticky},
    Algorithm{"kafka.group_to_offsets_partition", "the partition of __consumer_offsets of a group",
              kafka_group_partition},
    Algorithm{"kafka.kip848.range", "the new protocol's blocks", kafka_target_range},
    Algorithm{"kafka.kip848.uniform", "the new protocol's balanced, sticky target", kafka_target_uniform},
    Algorithm{"kafka.murmur2", "hash and partition of a record's key", kafka_murmur2},
    Algorithm{"rocketmq.alloc.averagely", "blocks by client id", rocketmq_averagely},
    Algorithm{"rocketmq.alloc.averagely_by_circle", "queues dealt in turn", rocketmq_averagely_by_circle},
    Algorithm{"rocketmq.alloc.config", "the configured queues", rocketmq_config},
    Algorithm{"rocketmq.alloc.consistent_hash", "queues and clients on a ring of MD5", rocketmq_consistent_hash},
    Algorithm{"rocketmq.alloc.machine_room", "blocks of the queues of some machine rooms", rocketmq_machine_room},
    Algorithm{"rocketmq.alloc.machine_room_nearby", "each machine room by itself, deserted ones by all",
              rocketmq_machine_room_nearby},
    Algorithm{"rocketmq.consistenthash.md5", "the place of a key on the ring", rocketmq_ring_hash},
    Algorithm{"rocketmq.consistenthash.route", "the nodes of keys on the ring", rocketmq_ring_route},
    Algorithm{"rocketmq.select_by_hash", "the queue of an argument (SelectMessageQueueByHash)",
              rocketmq_select_by_hash},
};

const Algorithm& find(const Input& line) {
    const Input algo = line.at("algo");
    const std::string name = algo.text();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Algorithm& known) { return known.name == name; });
    if (found != all.end()) return *found;
    std::vector<std::string> words;
    for (const Algorithm& known : all) words.emplace_back(known.name);
    algo.fail(fmt::format("there is no `{}`{}", name, suggestion(name, words, "algorithms")));
}

Json parse(std::string_view line) {
    const auto not_too_deep = [](int depth, nlohmann::detail::parse_event_t /*event*/, Json& /*value*/) {
        if (depth > deepest) throw InputError(fmt::format("nested deeper than {}", deepest));
        return true;
    };
    try {
        return Json::parse(line, not_too_deep);
    } catch (const Json::parse_error& error) {
        // "[json.exception.parse_error.101] parse error at ...: syntax error while ...; last read: '...'"
        std::string_view what = error.what();
        if (const auto syntax = what.find(": syntax error "); syntax != what.npos) what.remove_prefix(syntax + 2);
        throw InputError(
            fmt::format("column {}: this is no JSON: {}", error.byte, what.substr(0, what.find("; last read"))));
    } catch (const Json::out_of_range&) {
        throw InputError("a number is too large");
    }
}

}  // namespace

std::span<const Algorithm> algorithms() { return all; }

std::expected<Json, std::string> answer(std::string_view line) {
    try {
        Json object = parse(line);
        const Input whole(object, "line");
        const Algorithm& algorithm = find(whole);
        whole.at("input").each([](const std::string&, const Input&) {});
        object["output"] = algorithm.answer(object.at("input"));
        return object;
    } catch (const InputError& error) {
        return std::unexpected(error.what());
    }
}

}  // namespace brokersim::scenario::assign
