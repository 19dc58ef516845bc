#include "core/client/push_consumer.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/client/broadcast.h"
#include "core/client/consume_service.h"
#include "core/client/orderly_service.h"
#include "core/client/self_assignment.h"
#include "core/client/subscription.h"

namespace brokersim::client {
namespace {

constexpr Duration patience_for_handler = std::chrono::milliseconds(500);  // as in a rebalance

}  // namespace

PushConsumer::PushConsumer(Host& host, ConsumerOptions options, MessageListener& listener)
    : host_(host),
      options_(std::move(options)),
      group_name_(host.name(options_.group)),
      instance_(host, *this, options_.config, options_.name_servers, options_.broadcasting),
      locks_(host, instance_, queues_, options_.group),
      handlers_(make_service(listener)),
      pulls_(host, instance_, *handlers_, *this, options_.group, options_.config),
      start_(*this, options_.config) {
    BROKERSIM_CHECK(!options_.orderly || !options_.ownership, "only RocketMQ's own rebalance locks queues");
    BROKERSIM_CHECK(!options_.broadcasting || (!options_.orderly && !options_.ownership),
                    "a broadcasting consumer takes all queues, and locks none");
    BROKERSIM_CHECK(!options_.group.empty(), "a consumer on {} has no group", host.node_name());
    const auto problem = client_config_problem(options_.config);
    BROKERSIM_CHECK(!problem, "{}", *problem);
    const std::int64_t version = epoch_ms(host.wall_ms());
    for (const auto& [topic, expression] : options_.subscriptions)
        subscriptions_.push_back(parse_subscription(topic, expression, version));
    if (!options_.ownership && !options_.broadcasting)
        subscriptions_.push_back(
            parse_subscription(std::string(protocol::retry_topic_prefix) + options_.group, "*", version));
    std::sort(subscriptions_.begin(), subscriptions_.end());
}

PushConsumer::~PushConsumer() = default;

std::unique_ptr<MessageService> PushConsumer::make_service(MessageListener& listener) {
    if (options_.orderly) return std::make_unique<OrderlyService>(host_, listener, options_.config, locks_);
    const auto failed = options_.broadcasting ? ConsumeService::Failed::dropped : ConsumeService::Failed::later;
    return std::make_unique<ConsumeService>(host_, listener, options_.config, failed);
}

// --- life -----------------------------------------------------------------------------------------------------------

void PushConsumer::start() {
    if (options_.broadcasting) {
        GroupClient& self = *this;
        ownership_ = std::make_unique<Broadcast>(self, options_.config);
    } else if (options_.ownership) {
        ownership_ = options_.ownership(*this);
    } else {
        const AllocateStrategy& strategy = options_.strategy ? *options_.strategy : *find_strategy("averagely");
        GroupClient& self = *this;
        ownership_ = std::make_unique<SelfAssignment>(self, strategy, options_.config);
    }
    handlers_->start();
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
    handlers_->stop();
    if (handlers_->handling() == 0 || options_.config.awaitTerminationMillisWhenShutdown == Millis::zero()) {
        leave();
        return;
    }
    const TimerId patience = host_.after(options_.config.awaitTerminationMillisWhenShutdown, [this] { leave(); });
    handlers_->when_all_idle([this, patience] {
        host_.cancel(patience);
        leave();
    });
}

void PushConsumer::leave() {
    if (!stopping_ || std::exchange(leaving_, true)) return;
    start_.stop();
    auto goodbye = [this] {
        instance_.stop();
        instance_.unregister("", options_.group, [this] {
            instance_.remoting().close_all();
            left_();
        });
    };
    auto give_up = [this, goodbye] {
        if (member_)
            ownership_->shutdown(goodbye);
        else
            goodbye();
    };
    if (options_.orderly)
        locks_.unlock_all(give_up);
    else
        give_up();
}

// --- what the instance asks -----------------------------------------------------------------------------------------

void PushConsumer::describe(protocol::HeartbeatData& heartbeat) const {
    heartbeat.consumers.push_back({.group = options_.group,
                                   .consume_type = protocol::ConsumeType::passively,
                                   .message_model = options_.broadcasting ? protocol::MessageModel::broadcasting
                                                                          : protocol::MessageModel::clustering,
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

std::vector<protocol::MessageQueue> PushConsumer::owned() const { return queues_that(false); }

std::vector<protocol::MessageQueue> PushConsumer::queues_that(bool dropped) const {
    std::vector<protocol::MessageQueue> all;
    all.reserve(queues_.size());
    for (const auto& [queue, state] : queues_)
        if (state->dropped == dropped) all.push_back(queue);
    return all;
}

std::int64_t PushConsumer::cached() const {
    std::int64_t count = 0;
    for (const auto& [queue, state] : queues_)
        if (!state->dropped) count += state->process.count();
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
    if (options_.orderly) {
        taken->orderly = std::make_unique<OrderlyQueue>();
        taken->orderly->locked_ms = taken->last_pull_ms;
    }
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

void PushConsumer::cease(const protocol::MessageQueue& queue) {
    OwnedQueue& ceased = owned_queue(queue);
    ceased.dropped = true;
    host_.note(note::Revoked{group_name_, ceased.context.queue_name});
}

bool PushConsumer::may_release(const protocol::MessageQueue& queue) const {
    const OwnedQueue& ceased = owned_queue(queue);
    const Millis since(epoch_ms(host_.wall_ms()) - ceased.orderly->locked_ms);
    return ceased.handling == 0 || since > options_.config.unlockDelayTimeMills;
}

void PushConsumer::await_idle(const protocol::MessageQueue& queue, Duration patience, Callback<void(bool)> done) {
    await_idle(OwnedQueuePtr(&owned_queue(queue)), patience, std::move(done));
}

void PushConsumer::await_idle(OwnedQueuePtr queue, Duration patience, Callback<void(bool)> done) {
    const auto waiting = std::make_shared<Callback<void(bool)>>(std::move(done));
    const TimerId timer = host_.after(patience, [waiting] { std::exchange(*waiting, nullptr)(false); });
    handlers_->when_idle({std::move(queue)}, [this, waiting, timer] {
        host_.cancel(timer);
        if (*waiting) std::exchange(*waiting, nullptr)(true);
    });
}

void PushConsumer::release(const protocol::MessageQueue& queue) {
    BROKERSIM_CHECK(owned_queue(queue).dropped, "{} is still owned", protocol::queue_name(queue));
    queues_.erase(queue);
    pulls_.share_thresholds(queues_.size());
    locks_.unlock(queue);
}

void PushConsumer::lock(const protocol::MessageQueue& queue, Callback<void(bool)> done) {
    locks_.lock(queue, std::move(done));
}

void PushConsumer::quiesce(std::vector<protocol::MessageQueue> queues, Task done) {
    std::vector<OwnedQueuePtr> quiet;
    for (const auto& queue : queues) {
        quiet.emplace_back(&owned_queue(queue));
        quiet.back()->quiet = true;
    }
    handlers_->when_idle(std::move(quiet), std::move(done));
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

// An orderly consumer gives the lock back if the handler under way ends in time (removeProcessQueue); either way it
// takes the queue again.
void PushConsumer::out_of_range(OwnedQueue& queue, QueueOffset corrected) {
    const protocol::MessageQueue which = queue.queue;
    const OwnedQueuePtr alive(&queue);
    drop(which);
    if (!options_.orderly) {
        ownership_->offset_moved(which, corrected);
        return;
    }
    await_idle(alive, patience_for_handler, [this, which, corrected](bool idle) {
        if (stopping_) return;
        if (idle) locks_.unlock(which);
        ownership_->offset_moved(which, corrected);
    });
}

}  // namespace brokersim::client
