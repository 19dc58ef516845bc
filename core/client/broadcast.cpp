#include "core/client/broadcast.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/client/route_table.h"

namespace brokersim::client {
namespace {

using protocol::MessageQueue;

/// RebalanceService is made before the client opens its sockets and starts its timers, which takes some time: so the
/// first look comes before the first heartbeat that is due by the clock. (While one heartbeat is under way another is
/// left out, and brokers would not learn of the subscription's new version before the next, 30 s later.)
constexpr Millis made_before_timers{20};
constexpr Duration first_pull_delay = std::chrono::milliseconds(500);  // RebalanceImpl.dispatchPullRequestLater

}  // namespace

Broadcast::Broadcast(GroupClient& owner, const ClientConfig& config)
    : owner_(owner),
      config_(config),
      start_(owner, config),
      offsets_(owner.host(), owner.client_id(), owner.group()),
      group_(owner.host().name(owner.group())),
      looks_(owner.host(), config, [this](LaneServer server) { look(std::move(server)); }, made_before_timers) {}

void Broadcast::start() { looks_.start(); }

void Broadcast::shutdown(Task done) {
    persist_offsets();
    stopped_ = true;
    start_.stop();
    looks_.stop();
    for (const MessageQueue& queue : owner_.owned()) owner_.drop(queue);
    done();
}

// --- a look (RebalanceImpl, BROADCASTING) ---------------------------------------------------------------------------

void Broadcast::look(LaneServer server) {
    server_ = std::move(server);
    topics_ = owner_.topics();
    std::reverse(topics_.begin(), topics_.end());
    changed_ = false;
    complete_ = true;
    view_ = 0;
    next_topic();
}

void Broadcast::next_topic() {
    Host& host = owner_.host();
    if (topics_.empty()) {
        host.note(note::Rebalanced{.group = group_,
                                   .view = view_,
                                   .queues_owned = static_cast<std::int32_t>(owner_.owned().size()),
                                   .changed = changed_});
        server_ = {};
        return looks_.ran(complete_);
    }
    topic_changed_ = false;
    to_take_.clear();
    const RoutePtr route = owner_.route(topics_.back());
    if (route == nullptr) return topic_done();  // everything stays as it is
    const protocol::SortedQueues& there = sorted_queues(topics_.back(), *route);
    view_ = mix64(view_ ^ there.digest);
    LocalOffsets::Table left;
    for (const MessageQueue& queue : owner_.owned()) {
        const bool stays =
            queue.topic != topics_.back() ||
            (std::binary_search(there.queues.begin(), there.queues.end(), queue) && !owner_.pull_expired(queue));
        if (stays) continue;
        if (const std::int64_t position = owner_.drop(queue); position >= 0) left[queue] = position;
        topic_changed_ = true;
    }
    if (!left.empty()) save(std::move(left));
    const std::vector<MessageQueue> owned = owner_.owned();
    std::set_difference(there.queues.begin(), there.queues.end(), owned.begin(), owned.end(),
                        std::back_inserter(to_take_));
    std::reverse(to_take_.begin(), to_take_.end());
    if (!to_take_.empty()) stored_ = offsets_.load();
    next_queue();
}

void Broadcast::next_queue() {
    while (!to_take_.empty()) {
        if (const auto stored = stored_.find(to_take_.back()); stored != stored_.end()) {
            take(StartOffset::Found{{stored->second}, true});
            continue;
        }
        const std::size_t left = to_take_.size();
        asking_ = true;
        start_.find_unstored(to_take_.back(), [this](std::optional<StartOffset::Found> found) {
            take(found);
            if (!asking_) next_queue();
        });
        asking_ = false;
        if (to_take_.size() == left) return;  // the answer is still to come
    }
    topic_done();
}

// A queue whose beginning cannot be had is left to the next look.
void Broadcast::take(std::optional<StartOffset::Found> from) {
    const MessageQueue queue = std::move(to_take_.back());
    to_take_.pop_back();
    complete_ = complete_ && from;
    if (!from) return;
    owner_.take(queue, from->offset, first_pull_delay);
    if (!from->stored) owner_.forget_position(queue);
    topic_changed_ = true;
}

void Broadcast::topic_done() {
    const std::string topic = std::move(topics_.back());
    topics_.pop_back();
    if (!topic_changed_) return next_topic();
    changed_ = true;
    owner_.queues_changed(topic, [this] {
        if (!stopped_) next_topic();
    });
}

// --- positions ------------------------------------------------------------------------------------------------------

void Broadcast::save(LocalOffsets::Table positions) {
    offsets_.save(positions);
    Host& host = owner_.host();
    std::vector<note::OffsetCommitted> notes;
    for (const auto& [queue, position] : positions) {
        const auto before = saved_.find(queue);
        if (before != saved_.end() && before->second == position) continue;
        saved_[queue] = position;
        notes.push_back({group_, host.name(protocol::queue_name(queue)), QueueOffset{position}});
    }
    host.paid([&host, notes = std::move(notes)] {
        for (const note::OffsetCommitted& note : notes) host.note(note);
    });
}

void Broadcast::persist_offsets() {
    LocalOffsets::Table positions;
    for (const MessageQueue& queue : owner_.owned())
        if (const std::int64_t position = owner_.position(queue); position >= 0) positions[queue] = position;
    if (!positions.empty()) save(std::move(positions));
}

// DefaultMQPushConsumerImpl on OFFSET_ILLEGAL: the corrected position is stored, so the next look begins there.
void Broadcast::offset_moved(const MessageQueue& queue, QueueOffset corrected) {
    save({{queue, corrected.value}});
    looks_.wake();
}

}  // namespace brokersim::client
