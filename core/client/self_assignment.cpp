#include "core/client/self_assignment.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/check.h"
#include "core/client/client_instance.h"
#include "core/client/route_table.h"

namespace brokersim::client {
namespace {

using protocol::CallResult;
using protocol::MessageQueue;
using protocol::ResponseCode;

constexpr Duration first_pull_delay = std::chrono::milliseconds(500);  // RebalanceImpl.dispatchPullRequestLater
constexpr Duration retry_lock_after = std::chrono::milliseconds(500);
constexpr Duration patience_for_handler =
    std::chrono::milliseconds(500);  // RebalancePushImpl.tryRemoveOrderMessageQueue

bool is_retry_topic(const std::string& topic) { return topic.starts_with(protocol::retry_topic_prefix); }

bool succeeded(const CallResult& answer) {
    return answer && answer->code == static_cast<std::int32_t>(ResponseCode::success);
}

}  // namespace

/// One run over all topics.
struct SelfAssignment::Run {
    LaneServer server;
    std::vector<std::string> topics;
    std::size_t topic_index = 0;
    bool balanced = true;
    bool changed = false;
    std::uint64_t view = 0;

    // Of the present topic:
    RoutePtr route;  // null if none is known
    std::set<MessageQueue> mine;
    std::vector<MessageQueue> leaving;  // of an orderly consumer: ceased, to be released
    std::size_t leave_index = 0;
    bool all_locked = true;
    std::vector<MessageQueue> to_take;
    std::size_t take_index = 0;
    std::vector<Taken> taken;
    bool topic_changed = false;

    const std::string& topic() const { return topics[topic_index]; }
    const MessageQueue& queue() const { return to_take[take_index]; }
};

SelfAssignment::SelfAssignment(GroupClient& owner, const AllocateStrategy& strategy, const ClientConfig& config)
    : owner_(owner),
      strategy_(strategy),
      config_(config),
      start_(owner, config),
      identity_(life_identity(owner.host())),
      group_(owner.host().name(owner.group())),
      runs_(owner.host(), config, [this](LaneServer server) { run(std::move(server)); }) {}

SelfAssignment::~SelfAssignment() = default;

void SelfAssignment::start() { runs_.start(); }

void SelfAssignment::shutdown(Task done) {
    persist_offsets();
    stopped_ = true;
    start_.stop();
    runs_.stop();
    run_.reset();
    for (const MessageQueue& queue : owner_.owned()) owner_.drop(queue);
    done();
}

// --- a run (RebalanceImpl) ------------------------------------------------------------------------------------------

void SelfAssignment::run(LaneServer server) {
    BROKERSIM_CHECK(run_ == nullptr, "two rebalances at once on {}", owner_.host().node_name());
    run_ = std::make_unique<Run>();
    run_->server = std::move(server);
    run_->topics = owner_.topics();
    next_topic();
}

void SelfAssignment::next_topic() {
    Run& run = *run_;
    if (run.topic_index == run.topics.size()) {
        run_done();
        return;
    }
    run.route = owner_.route(run.topic());
    run.mine.clear();
    run.leaving.clear();
    run.leave_index = 0;
    run.all_locked = true;
    run.to_take.clear();
    run.take_index = 0;
    run.taken.clear();
    run.topic_changed = false;
    ask_members(false);
}

void SelfAssignment::ask_members(bool refreshed) {
    const auto broker = random_broker(run_->topic());
    if (!broker && !refreshed) {
        owner_.refresh_route(run_->topic(), [this] {
            if (!stopped_) ask_members(true);
        });
        return;
    }
    if (!broker) {
        no_members();
        return;
    }
    owner_.remoting().call(*broker, protocol::GetConsumerListRequest{owner_.group()}, config_.mqClientApiTimeout,
                           [this](CallResult answer) {
                               if (stopped_) return;
                               const auto* list = succeeded(answer)
                                                      ? get_if<protocol::GetConsumerListResponse>(&answer->payload)
                                                      : nullptr;
                               if (list == nullptr || list->members == nullptr)
                                   no_members();
                               else
                                   members_known(*list->members);
                           });
}

// Nobody can be asked, or nobody knows the group: everything stays as it is, and counts as balanced.
void SelfAssignment::no_members() {
    if (run_->route != nullptr || is_retry_topic(run_->topic())) {
        topic_done(true);
        return;
    }
    owner_.queues_changed(run_->topic(), [this] {
        if (!stopped_) topic_done(true);
    });
}

void SelfAssignment::members_known(const protocol::MemberList& members) {
    Run& run = *run_;
    if (run.route == nullptr) {
        no_members();
        return;
    }
    const protocol::SortedClientIds& clients = sorted_client_ids(members);
    const protocol::SortedQueues& queues = sorted_queues(run.topic(), *run.route);
    run.view = mix64(mix64(run.view ^ clients.digest) ^ queues.digest);
    auto allocated = strategy_.allocate(owner_.client_id(), queues.queues, clients.ids);
    if (!allocated) {
        topic_done(false);
        return;
    }
    run.mine.insert(allocated->begin(), allocated->end());
    give_up_queues();
}

bool SelfAssignment::leaves(const MessageQueue& queue) const {
    return queue.topic == run_->topic() && (!run_->mine.contains(queue) || owner_.pull_expired(queue));
}

// updateProcessQueueTableInRebalance, first half. The position goes out one-way, and nobody waits for the handlers,
// unless the consumer is orderly.
void SelfAssignment::give_up_queues() {
    Run& run = *run_;
    for (const MessageQueue& queue : owner_.owned()) {
        if (!leaves(queue)) continue;
        if (owner_.orderly()) {
            owner_.cease(queue);
        } else {
            persist(queue, owner_.drop(queue));
            run.topic_changed = true;
        }
    }
    for (const MessageQueue& queue : owner_.ceased())
        if (leaves(queue)) run.leaving.push_back(queue);
    release_next();
}

// removeUnnecessaryMessageQueue of an orderly consumer: a queue whose handler is still under way after half a second is
// left to the next run, unless its lock is old.
void SelfAssignment::release_next() {
    Run& run = *run_;
    while (run.leave_index < run.leaving.size()) {
        const MessageQueue& queue = run.leaving[run.leave_index];
        persist(queue, owner_.position(queue));
        if (owner_.may_release(queue)) {
            release(queue);
            continue;
        }
        owner_.await_idle(queue, patience_for_handler, [this](bool idle) {
            if (stopped_) return;
            if (idle)
                release(run_->leaving[run_->leave_index]);
            else
                ++run_->leave_index;
            release_next();
        });
        return;
    }
    choose_queues();
}

void SelfAssignment::release(const MessageQueue& queue) {
    persist(queue, owner_.position(queue));
    owner_.release(queue);
    ++run_->leave_index;
    run_->topic_changed = true;
}

// Second half: one position after the other is asked for; the pulls begin when all are known. A queue that cannot be
// locked, or whose position cannot be had, is left to the next run.
void SelfAssignment::choose_queues() {
    Run& run = *run_;
    std::set<MessageQueue> there;
    for (const auto& queues : {owner_.owned(), owner_.ceased()}) there.insert(queues.begin(), queues.end());
    std::set_difference(run.mine.begin(), run.mine.end(), there.begin(), there.end(), std::back_inserter(run.to_take));
    next_queue();
}

void SelfAssignment::next_queue() {
    if (run_->take_index == run_->to_take.size()) {
        take_queues();
        return;
    }
    if (!owner_.orderly()) {
        find_start();
        return;
    }
    owner_.lock(run_->queue(), [this](bool locked) {
        if (stopped_) return;
        if (locked) {
            find_start();
            return;
        }
        run_->all_locked = false;
        queue_done();
    });
}

void SelfAssignment::find_start() {
    start_.find(run_->queue(), [this](std::optional<StartOffset::Found> found) {
        if (found) run_->taken.push_back({run_->queue(), *found});
        queue_done();
    });
}

// Whether it was found or not: a queue that is not in `taken` is left to the next run.
void SelfAssignment::queue_done() {
    ++run_->take_index;
    next_queue();
}

void SelfAssignment::take_queues() {
    Run& run = *run_;
    if (!run.all_locked) owner_.host().after(retry_lock_after, [this] { wake(); });
    for (const auto& [queue, from] : run.taken) {
        owner_.take(queue, from.offset, first_pull_delay);
        if (!from.stored) owner_.forget_position(queue);
        run.topic_changed = true;
    }
    std::set<MessageQueue> working;
    for (const MessageQueue& queue : owner_.owned())
        if (queue.topic == run.topic()) working.insert(queue);
    const bool balanced = working == run.mine;
    if (!run.topic_changed) {
        topic_done(balanced);
        return;
    }
    run.changed = true;
    owner_.queues_changed(run.topic(), [this, balanced] {
        if (!stopped_) topic_done(balanced);
    });
}

void SelfAssignment::topic_done(bool balanced) {
    run_->balanced = run_->balanced && balanced;
    ++run_->topic_index;
    next_topic();
}

void SelfAssignment::run_done() {
    Host& host = owner_.host();
    const bool balanced = run_->balanced;
    host.note(note::Rebalanced{.group = group_,
                               .view = run_->view,
                               .queues_owned = static_cast<std::int32_t>(owner_.owned().size()),
                               .changed = run_->changed});
    run_.reset();
    runs_.ran(balanced);
}

// --- brokers and positions ------------------------------------------------------------------------------------------

// MQClientInstance.findBrokerAddrByTopic: any broker of the route, its master if it has one, else any replica.
std::optional<Address> SelfAssignment::random_broker(const std::string& topic) {
    const RoutePtr route = owner_.route(topic);
    if (route == nullptr || route->brokers.empty()) return std::nullopt;
    const Host& host = owner_.host();
    const std::uint64_t which = host.draw(Purpose::pick_broker, identity_, draws_++);
    const auto& replicas = route->brokers[below(which, route->brokers.size())].addresses;
    if (replicas.empty()) return std::nullopt;
    if (const auto master = replicas.find(protocol::master_id); master != replicas.end()) return master->second;
    const std::uint64_t any = host.draw(Purpose::pick_broker, identity_, draws_++);
    return std::next(replicas.begin(), static_cast<std::ptrdiff_t>(below(any, replicas.size())))->second;
}

void SelfAssignment::persist(const MessageQueue& queue, std::int64_t position) {
    if (position < 0) return;
    if (const auto broker = replica_in(owner_.route(queue.topic), queue.broker, false))
        owner_.remoting().send_one_way(
            *broker, protocol::UpdateConsumerOffsetRequest{owner_.group(), queue.topic, queue.queue_id, position});
}

void SelfAssignment::persist_offsets() {
    for (const MessageQueue& queue : owner_.owned()) persist(queue, owner_.position(queue));
}

// DefaultMQPushConsumerImpl on OFFSET_ILLEGAL: the corrected position is stored, so the next run begins there.
void SelfAssignment::offset_moved(const MessageQueue& queue, QueueOffset corrected) {
    persist(queue, corrected.value);
    wake();
}

}  // namespace brokersim::client
