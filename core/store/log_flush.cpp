#include "core/store/log_flush.h"

#include <utility>

namespace brokersim::store {
namespace {

/// The physical time moves with thorough flushes only, and never to "nothing".
void note_flushed(Checkpoint& checkpoint, const CommitLog& log) {
    if (const auto time = log.files().flushed_timestamp(); time > 0) checkpoint.values.physic_time = time;
}

}  // namespace

PeriodicLogFlush::PeriodicLogFlush(Host& host, CommitLog& log, Checkpoint& checkpoint, const StoreConfig& config,
                                   FlushEvents& events)
    : log_(log),
      checkpoint_(checkpoint),
      least_pages_(static_cast<int>(config.flushCommitLogLeastPages)),
      woken_by_puts_(!config.flushCommitLogTimed && config.wakeFlushWhenPutMessage),
      events_(events),
      timer_(host, config.flushIntervalCommitLog, [this] { round(); }),
      rule_(config.flushIntervalCommitLog, config.flushCommitLogThoroughInterval) {}

void PeriodicLogFlush::start() {
    timer_.start();
    rule_.start(timer_.origin());
    wake();
}

void PeriodicLogFlush::wake() {
    if (!timer_.started() || log_.files().flushing()) return;
    if (woken_by_puts_ && log_.files().can_flush(least_pages_)) return flush(least_pages_);
    if (timer_.armed() || !log_.files().can_flush(0)) return;
    timer_.arm();
    rule_.idle_until(timer_.due() - timer_.step());
}

void PeriodicLogFlush::round() {
    const int pages = rule_.thorough(timer_.due() - timer_.step()) ? 0 : least_pages_;
    if (log_.files().flushing()) return;  // a put woke the service: what is left arms the timer again
    if (!log_.files().can_flush(pages)) {
        if (log_.files().can_flush(0)) timer_.arm();
        return;
    }
    flush(pages);
}

void PeriodicLogFlush::flush(int pages) {
    log_.files().flush(pages, [this](FileResult<void> result) {
        if (!result) return events_.on_flush_failed(result.error());
        note_flushed(checkpoint_, log_);
        if (log_.files().can_flush(0)) timer_.arm();
        events_.on_log_flushed();
    });
}

GroupCommit::GroupCommit(Host& host, CommitLog& log, Checkpoint& checkpoint, const StoreConfig& config,
                         FlushEvents& events)
    : host_(host), log_(log), checkpoint_(checkpoint), timeout_(config.syncFlushTimeout), events_(events) {}

void GroupCommit::wait_for(PhysicalOffset end, Waiter waiter) {
    if (failed_) return waiter(false);
    waiting_.push_back({end, host_.mono_ns() + timeout_, std::move(waiter)});
    watch();
    wake();
}

void GroupCommit::wake() {
    if (failed_ || log_.files().flushing() || !log_.files().can_flush(0)) return;
    log_.files().flush(0, [this](FileResult<void> result) { on_flushed(std::move(result)); });
}

void GroupCommit::on_flushed(FileResult<void> result) {
    if (!result) {
        fail_all();
        return events_.on_flush_failed(result.error());
    }
    note_flushed(checkpoint_, log_);
    std::deque<Request> served;
    while (!waiting_.empty() && waiting_.front().end <= log_.flushed()) {
        served.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    wake();
    events_.on_log_flushed();
    for (auto& request : served) request.waiter(true);
}

void GroupCommit::watch() {
    if (watcher_ != TimerId{} || waiting_.empty()) return;
    watcher_ = host_.after(waiting_.front().deadline - host_.mono_ns(), [this] { on_deadline(); });
}

void GroupCommit::on_deadline() {
    watcher_ = TimerId{};
    std::deque<Request> late;
    while (!waiting_.empty() && waiting_.front().deadline <= host_.mono_ns()) {
        late.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    watch();
    for (auto& request : late) request.waiter(false);
}

void GroupCommit::fail_all() {
    failed_ = true;
    host_.cancel(std::exchange(watcher_, TimerId{}));
    for (auto& request : std::exchange(waiting_, {})) request.waiter(false);
}

}  // namespace brokersim::store
