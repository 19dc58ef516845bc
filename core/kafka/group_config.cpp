#include "core/kafka/group_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/kafka/server_assignors/target_assignor.h"

namespace brokersim::kafka {
namespace {

/// The name of an assignor that may be given as Kafka's class.
std::string assignor_name(std::string text) {
    const auto blank = [](char c) { return c == ' '; };
    text.erase(text.begin(), std::ranges::find_if_not(text, blank));
    while (!text.empty() && blank(text.back())) text.pop_back();
    if (text == "org.apache.kafka.coordinator.group.assignor.UniformAssignor") return "uniform";
    if (text == "org.apache.kafka.coordinator.group.assignor.RangeAssignor") return "range";
    return text;
}

/// What is wrong if PREFIX.NAME does not lie between PREFIX.min.NAME and PREFIX.max.NAME, without which a broker does
/// not start; empty if it does.
std::string outside(std::string_view prefix, std::string_view name, Millis least, Millis value, Millis most) {
    if (value < least)
        return fmt::format("{0}.{1} ({2}) is below {0}.min.{1} ({3})", prefix, name, value.count(), least.count());
    if (value > most)
        return fmt::format("{0}.{1} ({2}) is above {0}.max.{1} ({3})", prefix, name, value.count(), most.count());
    return {};
}

}  // namespace

std::expected<std::vector<std::string>, std::string> server_assignors(const CoordinatorConfig& config) {
    std::vector<std::string> names;
    const std::string& list = config.group_consumer_assignors;
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        std::string name = assignor_name(list.substr(begin, end - begin));
        if (find_target_assignor(name) == nullptr)
            return std::unexpected(fmt::format("group.consumer.assignors: there is no assignor \"{}\", there are {}",
                                               name, fmt::join(target_assignor_names(), " and ")));
        if (std::ranges::find(names, name) != names.end())
            return std::unexpected(fmt::format("group.consumer.assignors names {} twice", name));
        names.push_back(std::move(name));
        begin = end + 1;
    }
    return names;
}

std::string coordinator_config_problem(const CoordinatorConfig& config) {
    if (const auto names = server_assignors(config); !names) return names.error();
    if (config.group_min_session_timeout > config.group_max_session_timeout)
        return fmt::format("group.min.session.timeout.ms ({}) is above group.max.session.timeout.ms ({})",
                           config.group_min_session_timeout.count(), config.group_max_session_timeout.count());
    if (config.group_consumer_heartbeat_interval >= config.group_consumer_session_timeout)
        return fmt::format(
            "group.consumer.heartbeat.interval.ms ({}) is not below group.consumer.session.timeout.ms ({})",
            config.group_consumer_heartbeat_interval.count(), config.group_consumer_session_timeout.count());
    if (std::string problem = outside("group.consumer", "session.timeout.ms", config.group_consumer_min_session_timeout,
                                      config.group_consumer_session_timeout, config.group_consumer_max_session_timeout);
        !problem.empty())
        return problem;
    return outside("group.consumer", "heartbeat.interval.ms", config.group_consumer_min_heartbeat_interval,
                   config.group_consumer_heartbeat_interval, config.group_consumer_max_heartbeat_interval);
}

std::span<const ConfigKey<CoordinatorConfig>> coordinator_config_keys() {
    using C = CoordinatorConfig;
    static constexpr std::int64_t int_max = INT32_MAX;
    static const ConfigKey<C> keys[] = {
        {"group.initial.rebalance.delay.ms", &C::group_initial_rebalance_delay, 0, int_max,
         "how long the first rebalance of an empty group waits for more members"},
        {"group.min.session.timeout.ms", &C::group_min_session_timeout, 0, int_max,
         "shortest session timeout that a member may ask for"},
        {"group.max.session.timeout.ms", &C::group_max_session_timeout, 0, int_max,
         "longest session timeout that a member may ask for"},
        {"group.max.size", &C::group_max_size, 1, int_max, "most members of one group"},
        {"group.coordinator.append.linger.ms", &C::append_linger, 0, int_max,
         "how long the coordinator's records wait to be appended as one batch"},
        {"offsets.commit.timeout.ms", &C::offsets_commit_timeout, 1, int_max,
         "how long a commit waits until it is stored"},
        {.name = "group.coordinator.new.enable"},
        {.name = "group.coordinator.rebalance.protocols"},
        {.name = "group.coordinator.threads"},
        {"group.consumer.session.timeout.ms", &C::group_consumer_session_timeout, 1, int_max,
         "silence after which a member of a group of the consumer protocol is taken for dead"},
        {"group.consumer.heartbeat.interval.ms", &C::group_consumer_heartbeat_interval, 1, int_max,
         "time between two heartbeats of such a member"},
        {"group.consumer.min.session.timeout.ms", &C::group_consumer_min_session_timeout, 1, int_max,
         "least value of group.consumer.session.timeout.ms"},
        {"group.consumer.max.session.timeout.ms", &C::group_consumer_max_session_timeout, 1, int_max,
         "greatest value of group.consumer.session.timeout.ms"},
        {"group.consumer.min.heartbeat.interval.ms", &C::group_consumer_min_heartbeat_interval, 1, int_max,
         "least value of group.consumer.heartbeat.interval.ms"},
        {"group.consumer.max.heartbeat.interval.ms", &C::group_consumer_max_heartbeat_interval, 1, int_max,
         "greatest value of group.consumer.heartbeat.interval.ms"},
        {"group.consumer.max.size", &C::group_consumer_max_size, 1, int_max, "most members of such a group"},
        {.name = "group.consumer.assignors",
         .field = &C::group_consumer_assignors,
         .about = "assignors that its members may ask for, the default first"},
        {.name = "group.consumer.migration.policy"},
        {.name = "offset.metadata.max.bytes"},
        {.name = "offsets.load.buffer.size"},
        {.name = "offsets.retention.minutes"},
        {.name = "offsets.retention.check.interval.ms"},
        {.name = "offsets.topic.num.partitions"},
        {.name = "offsets.topic.replication.factor"},
        {.name = "offsets.topic.segment.bytes"},
    };
    return keys;
}

std::span<const ConfigKey<MemberConfig>> member_config_keys() {
    using C = MemberConfig;
    static constexpr std::int64_t int_max = INT32_MAX;
    static const ConfigKey<C> keys[] = {
        {.name = "group.instance.id", .field = &C::group_instance_id, .about = "makes the member a static one"},
        {.name = "client.rack", .field = &C::client_rack, .about = "rack of the consumer"},
        {"session.timeout.ms", &C::session_timeout, 1, int_max,
         "silence after which the coordinator takes the member for dead"},
        {"heartbeat.interval.ms", &C::heartbeat_interval, 1, int_max, "time between two heartbeats"},
        {"max.poll.interval.ms", &C::max_poll_interval, 1, int_max,
         "longest time between two polls, and the rebalance timeout"},
        {"metadata.max.age.ms", &C::metadata_max_age, 1, INT64_MAX / 1'000'000,
         "how old the leader's knowledge of partition counts may become"},
        {"request.timeout.ms", &C::request_timeout, 1, int_max, "how long a request waits for its answer"},
        {"retry.backoff.ms", &C::retry_backoff, 0, int_max, "first wait before a retry"},
        {"retry.backoff.max.ms", &C::retry_backoff_max, 0, int_max, "longest wait before a retry"},
        {"socket.connection.setup.timeout.ms", &C::socket_connection_setup_timeout, 1, int_max,
         "how long connecting may take"},
        {.name = "auto.commit.interval.ms"},
        {.name = "auto.offset.reset"},
        {.name = "connections.max.idle.ms"},
        {.name = "default.api.timeout.ms"},
        {.name = "enable.auto.commit"},
        {.name = "fetch.max.bytes"},
        {.name = "fetch.max.wait.ms"},
        {.name = "fetch.min.bytes"},
        {.name = "group.protocol"},
        {.name = "group.remote.assignor"},
        {.name = "isolation.level"},
        {.name = "max.partition.fetch.bytes"},
        {.name = "max.poll.records"},
        {.name = "partition.assignment.strategy"},
        {.name = "reconnect.backoff.max.ms"},
        {.name = "reconnect.backoff.ms"},
    };
    return keys;
}

}  // namespace brokersim::kafka
