#include "core/client/push_consumer.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/client/self_assignment.h"
#include "core/client/subscription.h"

namespace brokersim::client {

PushConsumer::PushConsumer(Host& host, ConsumerOptions options, MessageListener& listener)
    : host_(host),
      options_(std::move(options)),
      group_name_(host.name(options_.group)),
      instance_(host, *this, options_.config, options_.name_servers),
      handlers_(host, listener, options_.config),
      pulls_(host, instance_, handlers_, *this, options_.group, options_.config) {
    BROKERSIM_CHECK(!options_.group.empty(), "a consumer on {} has no group", host.node_name());
    const auto problem = client_config_problem(options_.config);
    BROKERSIM_CHECK(!problem, "{}", *problem);
    const std::int64_t version = epoch_ms(host.wall_ms());
    for (const auto& [topic, expression] : options_.subscriptions)
        subscriptions_.push_back(parse_subscription(topic, expression, version));
    if (!options_.ownership)
        subscriptions_.push_back(
            parse_subscription(std::string(protocol::retry_topic_prefix) + options_.group, "*", version));
    std::sort(subscriptions_.begin(), subscriptions_.end());
}

PushConsumer::~PushConsumer() = default;

// --- life -----------------------------------------------------------------------------------------------------------

void PushConsumer::start() {
    if (options_.ownership) {
        ownership_ = options_.ownership(*this);
    } else {
        const AllocateStrategy* strategy =
            options_.other_strategy != nullptr ? options_.other_strategy : find_strategy(options_.strategy);
        BROKERSIM_CHECK(strategy != nullptr, "no strategy is called \"{}\"", options_.strategy);
        GroupClient& self = *this;
        ownership_ = std::make_unique<SelfAssignment>(self, *strategy, options_.config);
    }
    handlers_.start();
    pulls_.start();
    instance_.start();
    fetch_routes(0);
}

void PushConsumer::fetch_routes(std::size_t index) {
    if (stopping_) return;
    if (index < subscriptions_.size()) {
        instance_.update_route(subscriptions_[index].topic, [this, index](bool) { fetch_routes(index + 1); });
        return;
    }
    instance_.heartbeat([this](bool) {
        if (stopping_) return;
        member_ = true;
        ownership_->start();
    });
}

void PushConsumer::shutdown(Task done) {
    BROKERSIM_CHECK(!stopping_ && ownership_ != nullptr, "{} does not run", host_.node_name());
    stopping_ = true;
    left_ = std::move(done);
    handlers_.stop();
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

void PushConsumer::leave() {
    if (!stopping_ || std::exchange(leaving_, true)) return;
    auto goodbye = [this] {
        instance_.stop();
        instance_.unregister("", options_.group, [this] {
            instance_.remoting().close_all();
            left_();
        });
    };
    if (member_)
        ownership_->shutdown(goodbye);
    else
        goodbye();
}

// --- what the instance asks -----------------------------------------------------------------------------------------

void PushConsumer::describe(protocol::HeartbeatData& heartbeat) const {
    heartbeat.consumers.push_back({.group = options_.group,
                                   .consume_type = protocol::ConsumeType::passively,
                                   .message_model = protocol::MessageModel::clustering,
                                   .consume_from_where = *parse_consume_from_where(options_.config.consumeFromWhere),
                                   .subscriptions = subscriptions_});
}

void PushConsumer::persist_offsets() {
    if (member_ && !stopping_) ownership_->persist_offsets();
}

void PushConsumer::wake() {
    if (member_ && !stopping_) ownership_->wake();
}

// --- what the ownership asks ----------------------------------------------------------------------------------------

std::vector<std::string> PushConsumer::topics() const {
    std::vector<std::string> names;
    for (const auto& subscription : subscriptions_) names.push_back(subscription.topic);
    return names;
}

protocol::SubscriptionData& PushConsumer::subscription(const std::string& topic) {
    const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                    [&](const auto& subscription) { return subscription.topic == topic; });
    BROKERSIM_CHECK(found != subscriptions_.end(), "{} is not subscribed to {}", options_.group, topic);
    return *found;
}

OwnedQueue& PushConsumer::owned_queue(const protocol::MessageQueue& queue) const {
    const auto found = queues_.find(queue);
    BROKERSIM_CHECK(found != queues_.end(), "{} is not owned", protocol::queue_name(queue));
    return *found->second;
}

void PushConsumer::refresh_route(const std::string& topic, Task done) {
    instance_.update_route(topic, [done = std::move(done)](bool) mutable { done(); });
}

std::vector<protocol::MessageQueue> PushConsumer::owned() const {
    std::vector<protocol::MessageQueue> all;
    all.reserve(queues_.size());
    for (const auto& [queue, state] : queues_) all.push_back(queue);
    return all;
}

std::int64_t PushConsumer::cached() const {
    std::int64_t count = 0;
    for (const auto& [queue, state] : queues_) count += state->process.count();
    return count;
}

void PushConsumer::take(const protocol::MessageQueue& queue, QueueOffset from, Duration first_pull_delay) {
    BROKERSIM_CHECK(from.value >= 0, "{} from {}", protocol::queue_name(queue), from.value);
    const NameId name = host_.name(protocol::queue_name(queue));
    const OwnedQueuePtr taken(new OwnedQueue(queue, name, group_name_, instance_.replicas(queue.broker)));
    taken->subscription = &subscription(queue.topic);
    taken->next = from;
    taken->position = from.value;
    taken->last_pull_ms = epoch_ms(host_.wall_ms());
    const bool fresh = queues_.emplace(queue, taken).second;
    BROKERSIM_CHECK(fresh, "{} is owned already", protocol::queue_name(queue));
    host_.note(note::Owned{group_name_, name});
    pulls_.share_thresholds(queues_.size());
    pulls_.begin(taken, first_pull_delay);
}

std::int64_t PushConsumer::drop(const protocol::MessageQueue& queue) {
    OwnedQueue& dropped = owned_queue(queue);
    const OwnedQueuePtr alive(&dropped);
    dropped.dropped = true;
    queues_.erase(queue);
    host_.note(note::Revoked{group_name_, dropped.context.queue_name});
    pulls_.share_thresholds(queues_.size());
    return dropped.position;
}

void PushConsumer::quiesce(std::vector<protocol::MessageQueue> queues, Task done) {
    std::vector<OwnedQueuePtr> quiet;
    for (const auto& queue : queues) {
        quiet.emplace_back(&owned_queue(queue));
        quiet.back()->quiet = true;
    }
    handlers_.when_idle(std::move(quiet), std::move(done));
}

// ProcessQueue.isPullExpired: by the wall clock, whatever that one does.
bool PushConsumer::pull_expired(const protocol::MessageQueue& queue) const {
    return epoch_ms(host_.wall_ms()) - owned_queue(queue).last_pull_ms > options_.config.pull_max_idle_time.count();
}

// RebalancePushImpl.messageQueueChanged. Until the heartbeat has come, brokers answer pulls of the new version with
// SUBSCRIPTION_NOT_LATEST.
void PushConsumer::queues_changed(const std::string& topic, Task done) {
    subscription(topic).sub_version = epoch_ms(host_.wall_ms());
    instance_.heartbeat([done = std::move(done)](bool) mutable { done(); });
}

void PushConsumer::out_of_range(OwnedQueue& queue, QueueOffset corrected) {
    const protocol::MessageQueue which = queue.queue;
    drop(which);
    ownership_->offset_moved(which, corrected);
}

}  // namespace brokersim::client
