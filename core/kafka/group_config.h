#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/types.h"

namespace brokersim::kafka {

/// Kafka's broker keys that concern groups, with their defaults.
struct CoordinatorConfig {
    Millis group_initial_rebalance_delay{3000};
    Millis group_min_session_timeout{6000};
    Millis group_max_session_timeout{1'800'000};
    std::int64_t group_max_size = INT32_MAX;
    Millis append_linger{10};
    Millis offsets_commit_timeout{5000};
    // of the consumer protocol
    Millis group_consumer_session_timeout{45'000};
    Millis group_consumer_heartbeat_interval{5000};
    Millis group_consumer_min_session_timeout{45'000};
    Millis group_consumer_max_session_timeout{60'000};
    Millis group_consumer_min_heartbeat_interval{5000};
    Millis group_consumer_max_heartbeat_interval{15'000};
    std::int64_t group_consumer_max_size = INT32_MAX;
    std::string group_consumer_assignors = "uniform,range";
};

/// The assignors of `group_consumer_assignors`, a list of names ("uniform") or of Kafka's class names; the first is the
/// default. An error names the one that is not known.
std::expected<std::vector<std::string>, std::string> server_assignors(const CoordinatorConfig& config);
/// What is wrong with the values of the keys together; empty if nothing is.
std::string coordinator_config_problem(const CoordinatorConfig& config);

/// The keys of CoordinatorConfig under their real names ("group.initial.rebalance.delay.ms"), and real keys that have
/// no effect here.
std::span<const ConfigKey<CoordinatorConfig>> coordinator_config_keys();

/// Kafka's consumer keys that concern groups, with their defaults. `partition.assignment.strategy`,
/// `enable.auto.commit`, `auto.commit.interval.ms` and `auto.offset.reset` are decided by the consumer (its list of
/// assignors, its persist interval, its ConsumeFromWhere) and are not keys here.
struct MemberConfig {
    std::string group_instance_id;  // empty: dynamic member
    std::string client_rack;        // empty: none
    Millis session_timeout{45'000};
    Millis heartbeat_interval{3000};
    Millis max_poll_interval{300'000};
    Millis metadata_max_age{300'000};
    Millis request_timeout{30'000};
    Millis retry_backoff{100};
    Millis retry_backoff_max{1000};
    Millis socket_connection_setup_timeout{10'000};
};

/// The keys of MemberConfig under their real names ("session.timeout.ms"), and real keys that have no effect here.
std::span<const ConfigKey<MemberConfig>> member_config_keys();

}  // namespace brokersim::kafka
