#include "scenarios/bounds.h"

#include <algorithm>

#include "core/check.h"
#include "core/kafka/assignors/assignors.h"
#include "scenarios/assignment.h"
#include "scenarios/configs.h"

namespace brokersim::scenario {
namespace {

constexpr Duration broker_lock_life = std::chrono::seconds(60);
constexpr Duration copy_time = std::chrono::milliseconds(100);   // far more than copying from memory to memory takes
constexpr Duration flush_time = std::chrono::milliseconds(500);  // far more than a flush takes
constexpr Duration join_lapse =
    std::chrono::seconds(5);  // a member waits for a join so long beyond its rebalance timeout

// A queue changes hands when its lock does: the owner before keeps it while its handler runs, up to
// unlockDelayTimeMills after the last renewal, and looks again in each round; one that died keeps it until the broker
// takes it for lost.
void add_lock_times(GroupBounds& bounds, const client::ClientConfig& config) {
    const Duration round = config.rebalance_min_interval + config.mqClientApiTimeout;
    bounds.after_leave += config.unlockDelayTimeMills + 2 * round;
    bounds.after_kill += broker_lock_life + 2 * round;
    bounds.after_silence += broker_lock_life + 2 * round;
    bounds.after_broker += broker_lock_life + 2 * round;
    bounds.after_dark_broker += broker_lock_life + 2 * round;
    bounds.order = {.batch = config.consumeMessageBatchMaxSize, .lock_trust = config.lock_max_live_time};
}

GroupBounds self_bounds(const GroupSpec& group) {
    const client::ClientConfig config = client_config(group);
    SelfAssignmentTimes times;
    times.rebalance_interval = config.rebalance_wait_interval;
    times.min_rebalance_interval = config.rebalance_min_interval;
    times.request_timeout = config.mqClientApiTimeout;
    times.heartbeat_interval = config.heartbeatBrokerInterval;
    times.route_interval = config.pollNameServerInterval;
    GroupBounds bounds = self_assignment_bounds(times);
    if (group.order == ConsumeOrder::orderly) add_lock_times(bounds, config);
    return bounds;
}

GroupBounds classic_bounds(const Scenario& scenario, const GroupSpec& group) {
    const kafka::MemberConfig member = member_config(group);
    const kafka::CoordinatorConfig coordinator = coordinator_config(scenario);
    KafkaGroupTimes times;
    times.session_timeout = member.session_timeout;
    times.heartbeat_interval = member.heartbeat_interval;
    times.initial_rebalance_delay = coordinator.group_initial_rebalance_delay;
    times.request_timeout = member.request_timeout;
    times.connect_timeout = member.socket_connection_setup_timeout;
    times.metadata_age = member.metadata_max_age;
    times.rounds = kafka::make_assignor(assignment_of(group).algorithm)->cooperative() ? 2 : 1;
    times.static_members = group.static_members;
    times.join_timeout = std::max<Duration>(member.request_timeout, member.max_poll_interval + join_lapse);
    return kafka_bounds(times);
}

/// A partition that moves waits for its owner's next heartbeat, then for its new owner's.
GroupBounds consumer_protocol_bounds(const Scenario& scenario, const GroupSpec& group) {
    const kafka::CoordinatorConfig coordinator = coordinator_config(scenario);
    KafkaGroupTimes times;
    times.session_timeout = coordinator.group_consumer_session_timeout;
    times.heartbeat_interval = coordinator.group_consumer_heartbeat_interval;
    times.initial_rebalance_delay = Duration::zero();
    times.request_timeout = member_config(group).request_timeout;
    times.connect_timeout = member_config(group).socket_connection_setup_timeout;
    times.metadata_age = std::chrono::seconds(1);  // the coordinator asks that often
    times.rounds = 2;
    return kafka_bounds(times);
}

GroupBounds bounds_of(const Scenario& scenario, const GroupSpec& group) {
    switch (assignment_of(group).protocol) {
        case GroupProtocol::self_assignment:
            return self_bounds(group);
        case GroupProtocol::kafka_classic:
            return classic_bounds(scenario, group);
        case GroupProtocol::kafka_consumer:
            return consumer_protocol_bounds(scenario, group);
        case GroupProtocol::rocketmq_pop:
            return {};  // there is nothing to agree on
    }
    BROKERSIM_CHECK(false, "no bounds for assignment {}", group.assignment);
}

/// What the group's strategy gives each living member; nothing for Kafka's groups, whose result depends on member ids
/// that only the coordinator knows.
std::optional<std::map<NameId, std::uint32_t>> expected_owners(const Stage& stage, std::uint32_t group,
                                                               std::span<const std::uint32_t> living) {
    const GroupSpec& spec = stage.group_spec(group);
    if (assignment_of(spec).protocol != GroupProtocol::self_assignment) return std::nullopt;
    std::vector<std::string> ids;
    for (const std::uint32_t node : living) {
        ids.push_back(stage.client_id(node));
        if (ids.back().empty()) return std::nullopt;
    }
    const auto topic = std::find_if(stage.roster().topics().begin(), stage.roster().topics().end(),
                                    [&](const TopicEntry& entry) { return entry.name == spec.topic; });
    std::map<protocol::MessageQueue, NameId> names;
    std::vector<protocol::MessageQueue> queues;
    for (const NameId name : topic->queues) {
        const QueueEntry& entry = stage.roster().queue(name);
        queues.push_back({spec.topic, stage.roster().brokers()[entry.broker].name, entry.queue_id});
        names.emplace(queues.back(), name);
    }
    client::sort_queues(queues);
    std::vector<std::string> sorted = ids;
    client::sort_client_ids(sorted);
    std::map<NameId, std::uint32_t> owners;
    for (std::size_t i = 0; i < living.size(); ++i) {
        const auto strategy = stage.strategy(group, stage.roster().nodes()[living[i]].name.index);
        const auto share = strategy->allocate(ids[i], queues, sorted);
        if (!share) return std::nullopt;
        for (const auto& queue : *share) owners[names.at(queue)] = living[i];
    }
    return owners;
}

/// A fault of links, or a pause of those who take commits.
bool disorders_commits(const EventSpec& event) {
    return !event.from.empty() || (event.fault == "pause" && event.node.role != NodeName::Role::consumer);
}

}  // namespace

CheckerContext checker_context(const Scenario& scenario, const Stage& stage) {
    CheckerContext context;
    const store::StoreConfig store = store_config(scenario);
    context.sync_flush.assign(static_cast<std::size_t>(scenario.cluster.brokers), store.sync_flush());
    // A thorough round comes that often; a round or two decide on it, and each file of the log takes one.
    context.flush_lag = store.flushCommitLogThoroughInterval + 4 * store.flushIntervalCommitLog + flush_time;
    if (store.transientStorePoolEnable) {
        // A round copies of one file only.
        context.commit_lag = store.commitCommitLogThoroughInterval + 4 * store.commitIntervalCommitLog + copy_time;
        context.flush_lag += context.commit_lag;
    }
    for (std::uint32_t group = 0; group < stage.roster().groups().size(); ++group)
        context.groups.push_back(bounds_of(scenario, stage.group_spec(group)));
    for (const GroupBounds& bounds : context.groups)
        context.liveness = std::max(context.liveness, bounds.after_dark_broker);
    context.commits_in_order = std::ranges::none_of(scenario.events, disorders_commits);
    context.expected = [&stage](std::uint32_t group, std::span<const std::uint32_t> living) {
        return expected_owners(stage, group, living);
    };
    return context;
}

std::int64_t most_cached(const GroupSpec& group, std::size_t owned_queues) {
    const client::ClientConfig config = client_config(group);
    if (shares_queues(group))
        return static_cast<std::int64_t>(owned_queues) * (config.popThresholdForQueue + config.popBatchNums);
    return static_cast<std::int64_t>(owned_queues) * (config.pullThresholdForQueue + config.pullBatchSize);
}

}  // namespace brokersim::scenario
