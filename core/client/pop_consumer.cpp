#include "core/client/pop_consumer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/check.h"
#include "core/client/subscription.h"

namespace brokersim::client {
namespace {

using protocol::CallResult;
using protocol::MessageQueue;

constexpr Duration first_pop_delay = std::chrono::milliseconds(500);  // RebalanceImpl.dispatchPopPullRequest
const std::string strategy = "AVG";

}  // namespace

PopConsumer::PopConsumer(Host& host, ConsumerOptions options, MessageListener& listener)
    : host_(host),
      options_(std::move(options)),
      group_name_(host.name(options_.group)),
      instance_(host, *this, options_.config, options_.name_servers),
      acks_(host, instance_, options_.group),
      handlers_(host, listener, acks_, options_.config),
      pops_(host, instance_, handlers_, acks_, options_.group, options_.config),
      runs_(host, options_.config, [this](LaneServer server) { run(std::move(server)); }) {
    BROKERSIM_CHECK(!options_.group.empty(), "a consumer on {} has no group", host.node_name());
    const auto problem = client_config_problem(options_.config);
    BROKERSIM_CHECK(!problem, "{}", *problem);
    for (const auto& [name, expression] : options_.subscriptions)
        subscriptions_.push_back(parse_subscription(name, expression, epoch_ms(host.wall_ms())));
    std::sort(subscriptions_.begin(), subscriptions_.end());
}

// --- life -----------------------------------------------------------------------------------------------------------

void PopConsumer::start() {
    handlers_.start();
    pops_.start();
    instance_.start();
    fetch_routes(0);
}

void PopConsumer::fetch_routes(std::size_t index) {
    if (stopping_) return;
    if (index < subscriptions_.size()) {
        instance_.update_route(subscriptions_[index].topic, [this, index](bool) { fetch_routes(index + 1); });
        return;
    }
    instance_.heartbeat([this](bool) {
        if (stopping_) return;
        runs_.start();
    });
}

void PopConsumer::shutdown(Task done) {
    BROKERSIM_CHECK(!stopping_, "{} does not run", host_.node_name());
    stopping_ = true;
    left_ = std::move(done);
    handlers_.stop();
    runs_.stop();
    running_.release();
    if (handlers_.handling() == 0 || options_.config.awaitTerminationMillisWhenShutdown == Millis::zero()) {
        leave();
        return;
    }
    const TimerId patience = host_.after(options_.config.awaitTerminationMillisWhenShutdown, [this] { leave(); });
    handlers_.when_all_idle([this, patience] {
        host_.cancel(patience);
        leave();
    });
}

void PopConsumer::leave() {
    if (std::exchange(leaving_, true)) return;
    for (const auto& [queue, state] : queues_) state->dropped = true;
    queues_.clear();
    instance_.stop();
    instance_.unregister("", options_.group, [this] {
        instance_.remoting().close_all();
        left_();
    });
}

std::int64_t PopConsumer::cached() const {
    std::int64_t count = 0;
    for (const auto& [queue, state] : queues_) count += state->unacknowledged;
    return count;
}

// --- what the instance asks -----------------------------------------------------------------------------------------

std::vector<std::string> PopConsumer::route_topics() const {
    std::vector<std::string> names;
    for (const auto& subscription : subscriptions_) names.push_back(subscription.topic);
    return names;
}

void PopConsumer::describe(protocol::HeartbeatData& heartbeat) const {
    heartbeat.consumers.push_back({.group = options_.group,
                                   .consume_type = protocol::ConsumeType::passively,
                                   .message_model = protocol::MessageModel::clustering,
                                   .consume_from_where = *parse_consume_from_where(options_.config.consumeFromWhere),
                                   .subscriptions = subscriptions_});
}

// --- what to pop (RebalanceImpl.getRebalanceResultFromBroker) -------------------------------------------------------

void PopConsumer::run(LaneServer server) {
    running_ = std::move(server);
    topic_index_ = 0;
    balanced_ = true;
    next_topic();
}

void PopConsumer::next_topic() {
    if (topic_index_ < subscriptions_.size()) {
        ask(false);
        return;
    }
    running_.release();
    runs_.ran(balanced_);
}

std::optional<Address> PopConsumer::random_broker(const std::string& name) {
    const RoutePtr route = instance_.routes().find(name);
    if (route == nullptr || route->brokers.empty()) return std::nullopt;
    const std::uint64_t drawn = host_.draw(Purpose::pick_broker, life_identity(host_), draws_++);
    const auto& replicas = route->brokers[below(drawn, route->brokers.size())].addresses;
    if (replicas.empty()) return std::nullopt;
    return replicas.begin()->second;  // the master has the smallest id
}

void PopConsumer::ask(bool refreshed) {
    const auto broker = random_broker(topic().topic);
    if (!broker && !refreshed) {
        instance_.update_route(topic().topic, [this](bool) {
            if (!stopping_) ask(true);
        });
        return;
    }
    if (!broker) {
        topic_done(false);
        return;
    }
    protocol::QueryAssignmentRequest request{.topic = topic().topic,
                                             .consumer_group = options_.group,
                                             .client_id = instance_.client_id(),
                                             .strategy_name = strategy};
    instance_.remoting().call(
        *broker, std::move(request), options_.config.mqClientApiTimeout, [this](CallResult answer) {
            if (stopping_) return;
            const auto* found = answer ? get_if<protocol::QueryAssignmentResponse>(&answer->payload) : nullptr;
            if (found == nullptr || found->assignments == nullptr)
                topic_done(false);
            else
                assigned(*found->assignments);
        });
}

/// updateMessageQueueAssignment.
void PopConsumer::assigned(const std::vector<protocol::QueueAssignment>& assignments) {
    std::set<MessageQueue> wanted;
    for (const auto& [queue, mode] : assignments)
        if (mode == protocol::RequestMode::pop) wanted.insert(queue);
    bool changed = false;
    const std::int64_t now = epoch_ms(host_.wall_ms());
    std::erase_if(queues_, [&](const auto& entry) {
        const auto& [queue, state] = entry;
        const bool expired = now - state->last_pop_ms > options_.config.pull_max_idle_time.count();
        if (queue.topic != topic().topic || (wanted.contains(queue) && !expired)) return false;
        state->dropped = true;
        changed = true;
        return true;
    });
    for (const MessageQueue& queue : wanted) {
        if (queues_.contains(queue)) continue;
        const NameId name = host_.name(protocol::queue_name(queue));
        const PopQueuePtr taken(new PopQueue(queue, name, group_name_, instance_.replicas(queue.broker)));
        taken->subscription = &topic();
        taken->last_pop_ms = now;
        queues_.emplace(queue, taken);
        pops_.begin(taken, first_pop_delay);
        changed = true;
    }
    if (!changed) {
        topic_done(true);
        return;
    }
    topic().sub_version = now;
    instance_.heartbeat([this](bool) {
        if (!stopping_) topic_done(true);
    });
}

void PopConsumer::topic_done(bool balanced) {
    balanced_ = balanced_ && balanced;
    ++topic_index_;
    next_topic();
}

}  // namespace brokersim::client
