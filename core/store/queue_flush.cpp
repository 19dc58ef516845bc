#include "core/store/queue_flush.h"

#include <chrono>
#include <utility>

#include "core/check.h"

namespace brokersim::store {
namespace {

constexpr std::size_t mapped_files = 2;  // that a queue keeps: ten thousand queues must not exhaust the mappings

}  // namespace

QueueFlush::QueueFlush(Host& host, Checkpoint& checkpoint, const StoreConfig& config, FlushEvents& events)
    : checkpoint_(checkpoint),
      least_pages_(static_cast<int>(config.flushConsumeQueueLeastPages)),
      events_(events),
      timer_(host, config.flushIntervalConsumeQueue, [this] { round(); }),
      rule_(config.flushIntervalConsumeQueue, config.flushConsumeQueueThoroughInterval),
      checkpoint_timer_(host, std::chrono::seconds(1), [this] {
          if (!checkpoint_.flushing()) flush_checkpoint([] {});
      }) {}

void QueueFlush::start() {
    timer_.start();
    checkpoint_timer_.start();
    rule_.start(timer_.origin() + timer_.step());
}

void QueueFlush::wake(TopicQueue& queue) {
    if (!queue.awaits_flush && queue.units.files().can_flush(0)) {
        queue.awaits_flush = true;
        list_.push_back(&queue);
    }
    if (list_.empty() || running_ || failed_ || !timer_.started() || timer_.armed()) return;
    timer_.arm();
    rule_.idle_until(timer_.due());
}

void QueueFlush::wake_checkpoint() {
    if (checkpoint_.changed() && !failed_) checkpoint_timer_.arm();
}

void QueueFlush::round() {
    const bool thorough = rule_.thorough(timer_.due());
    const std::int64_t logics_time = checkpoint_.values.logics_time;
    running_ = true;
    flush_next(0, thorough ? 0 : least_pages_, [this, thorough, logics_time] {
        if (!thorough) return end_round();
        // What was dispatched before the round is on disk now; what came during it need not be.
        if (logics_time > 0) checkpoint_.values.logics_time = logics_time;
        flush_checkpoint([this] { end_round(); });
    });
}

void QueueFlush::flush_next(std::size_t next, int pages, Task done) {
    while (next < list_.size() && !list_[next]->units.files().can_flush(pages)) ++next;
    if (next == list_.size()) return done();
    auto& files = list_[next]->units.files();
    files.flush(pages, [this, next, pages, done = std::move(done)](FileResult<void> result) mutable {
        if (!result) {
            failed_ = true;
            events_.on_flush_failed(result.error());
        }
        flush_next(failed_ ? list_.size() : next + 1, pages, std::move(done));
    });
}

void QueueFlush::end_round() {
    running_ = false;
    std::erase_if(list_, [](TopicQueue* queue) {
        queue->units.files().forget_mappings(mapped_files);
        queue->awaits_flush = queue->units.files().can_flush(0);
        return !queue->awaits_flush;
    });
    if (at_end_) return std::exchange(at_end_, Task{})();
    if (!list_.empty() && !failed_) timer_.arm();
}

void QueueFlush::flush_checkpoint(Task done) {
    if (checkpoint_.flushing() && !failed_) {
        BROKERSIM_CHECK(!after_checkpoint_, "two flushes wait for the checkpoint");
        after_checkpoint_ = [this, done = std::move(done)]() mutable { flush_checkpoint(std::move(done)); };
        return;
    }
    if (failed_ || !checkpoint_.changed()) return done();
    checkpoint_.flush([this, done = std::move(done)](FileResult<void> result) mutable {
        if (!result) {
            failed_ = true;
            events_.on_flush_failed(result.error());
        }
        if (after_checkpoint_) std::exchange(after_checkpoint_, Task{})();
        done();
        wake_checkpoint();
    });
}

void QueueFlush::flush_all(Task done) {
    timer_.stop();
    checkpoint_timer_.stop();
    BROKERSIM_CHECK(!at_end_, "the queues are flushed for shutdown already");
    if (running_) {
        at_end_ = [this, done = std::move(done)]() mutable { flush_all(std::move(done)); };
        return;
    }
    if (list_.empty() || failed_) return flush_checkpoint(std::move(done));
    running_ = true;
    at_end_ = [this, done = std::move(done)]() mutable { flush_all(std::move(done)); };
    flush_next(0, 0, [this] { end_round(); });
}

}  // namespace brokersim::store
