#include "core/store/dispatch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/check.h"

namespace brokersim::store {
namespace {

constexpr int run_length = 256;  // records of one handler: a long backlog becomes visible bit by bit
constexpr int most_tries = 30;   // of writing a unit, a second apart, as in the real broker
constexpr int most_index_tries = 3;

}  // namespace

Dispatch::Dispatch(Host& host, CommitLog& log, QueueBuilder& builder, Index* index, Duration cost_per_message,
                   bool flushed_only, DispatchEvents& events)
    : host_(host),
      log_(log),
      builder_(builder),
      index_(index),
      cost_per_message_(cost_per_message),
      flushed_only_(flushed_only),
      events_(events),
      timer_(host, std::chrono::milliseconds(1),
             [this] {
                 running_ = true;
                 host_.start(Lane::reput, [this](LaneServer server) { run(std::move(server)); });
             }),
      misplaced_units_(host.name("store.misplaced_units")),
      bad_records_(host.name("store.bad_records")) {}

void Dispatch::start(PhysicalOffset from) {
    host_.open_lane(Lane::reput, 1);
    next_ = dispatched_ = from;
    started_ = true;
    timer_.start();
    wake();
}

void Dispatch::wake() {
    if (!running_ && behind()) timer_.arm();
}

void Dispatch::when_idle(Task done) {
    if (!running_ && !behind()) return done();
    at_idle_ = std::move(done);
    wake();
}

void Dispatch::run(LaneServer server) {
    next_ = std::max(next_, log_.min_offset());  // retention may have been here
    LogCursor cursor(log_.files(), next_);
    int records = 0;
    blocked_ = incomplete_ = false;
    while (records < run_length && next_ < limit() && !blocked_ && !incomplete_) {
        switch (cursor.next()) {
            case LogCursor::Step::record:
                incomplete_ = cursor.position() > limit();
                if (incomplete_) break;
                blocked_ = !enter(cursor);
                if (blocked_) break;
                ++records;
                next_ = cursor.position();
                break;
            case LogCursor::Step::blank:
                next_ = log_.next_file(cursor.position());
                cursor.move_to(next_);
                break;
            default:
                skip_bad(cursor);
        }
    }
    if (index_ != nullptr) index_->settle();
    host_.owe(cost_per_message_ * records);
    host_.paid([this, server = std::move(server)]() mutable { finish(std::move(server)); });
}

void Dispatch::skip_bad(LogCursor& cursor) {
    // A record that contradicts its own size is passed over by that size; behind bytes that are none, the rest of the
    // region is, as a master does: what lies there will not be in any queue.
    const bool sized = cursor.bad_record_size() > 0;
    next_ = next_ + (sized ? cursor.bad_record_size() : log_.files().rest(next_.value));
    cursor.move_to(next_);
    host_.note(note::Counted{bad_records_, 1});
}

bool Dispatch::enter(const LogCursor& cursor) {
    const auto properties = dispatch_properties(cursor.record().properties());
    if (!queue_entered_ && !enter_queue(cursor, properties)) return false;
    queue_entered_ = !enter_index(cursor, properties);
    return !queue_entered_;
}

bool Dispatch::enter_index(const LogCursor& cursor, const DispatchProperties& properties) {
    if (index_ == nullptr) return true;
    auto entered = index_->enter(cursor.record(), properties, cursor.record_position());
    if (entered) {
        failed_tries_ = 0;
        return true;
    }
    if (++failed_tries_ < most_index_tries) return false;
    failed_tries_ = 0;
    index_->settle();
    index_ = nullptr;
    events_.on_index_write_failed(entered.error());
    return true;
}

bool Dispatch::enter_queue(const LogCursor& cursor, const DispatchProperties& properties) {
    if (gave_up_) return true;
    auto entered = builder_.enter(cursor.record(), properties, cursor.record_position());
    if (!entered) {
        if (++failed_tries_ < most_tries) return false;
        gave_up_ = true;
        events_.on_queue_write_failed(entered.error());
        return true;
    }
    failed_tries_ = 0;
    if (entered->misplaced) host_.note(note::Counted{misplaced_units_, 1});
    if (entered->queue == nullptr) return true;
    TopicQueue& queue = *entered->queue;
    if (queue.added++ == 0) {
        queue.first_added = entered->offset;
        touched_.push_back(&queue);
    }
    const auto same =
        std::ranges::find(queue.added_tags, entered->tags_code, [](const auto& pair) { return pair.first; });
    if (same == queue.added_tags.end())
        queue.added_tags.emplace_back(entered->tags_code, entered->offset);
    else
        same->second = entered->offset;
    return true;
}

void Dispatch::finish(LaneServer server) {
    dispatched_ = next_;
    if (index_ != nullptr) index_->publish();
    for (TopicQueue* queue : touched_) {
        queue->units.publish();
        host_.note(note::Dispatched{queue->name, queue->first_added, std::exchange(queue->added, 0)});
        events_.on_dispatched(*queue);
    }
    for (TopicQueue* queue : touched_) {
        for (const auto& [tags_code, offset] : queue->added_tags) events_.on_arrived(*queue, tags_code, offset + 1);
        queue->added_tags.clear();
    }
    touched_.clear();
    events_.on_run_ended();
    if (blocked_) return retry_later(std::move(server));
    if (behind() && !incomplete_) return run(std::move(server));
    running_ = false;
    if (at_idle_) std::exchange(at_idle_, Task{})();
}

void Dispatch::retry_later(LaneServer server) {
    host_.after(std::chrono::seconds(1), [this, server = std::move(server)]() mutable { run(std::move(server)); });
}

}  // namespace brokersim::store
