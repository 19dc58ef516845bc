#pragma once

#include "scenarios/assign/algorithms.h"

/// The outputs of all algorithms, each for its input; they throw InputError.
namespace brokersim::scenario::assign {

// rocketmq_lines.cpp
Json rocketmq_averagely(const Json& input);
Json rocketmq_averagely_by_circle(const Json& input);
Json rocketmq_consistent_hash(const Json& input);
Json rocketmq_machine_room(const Json& input);
Json rocketmq_machine_room_nearby(const Json& input);
Json rocketmq_config(const Json& input);

// kafka_client_lines.cpp
Json kafka_range(const Json& input);
Json kafka_roundrobin(const Json& input);
Json kafka_sticky(const Json& input);
Json kafka_cooperative_sticky(const Json& input);

// kafka_target_lines.cpp
Json kafka_target_range(const Json& input);
Json kafka_target_uniform(const Json& input);

// hash_lines.cpp
Json java_string(const Json& input);
Json kafka_murmur2(const Json& input);
Json kafka_group_partition(const Json& input);
Json rocketmq_ring_hash(const Json& input);
Json rocketmq_ring_route(const Json& input);
Json rocketmq_select_by_hash(const Json& input);

}  // namespace brokersim::scenario::assign
