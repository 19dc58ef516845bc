#include "core/store/log_commit.h"

#include <utility>

namespace brokersim::store {

LogCommit::LogCommit(Host& host, CommitLog& log, const StoreConfig& config, Duration cost_per_kib, Events& events)
    : host_(host),
      log_(log),
      interval_(config.commitIntervalCommitLog),
      thorough_(config.commitCommitLogThoroughInterval),
      least_pages_(static_cast<int>(config.commitCommitLogLeastPages)),
      woken_by_puts_(config.wakeCommitWhenPutMessage),
      cost_per_kib_(cost_per_kib),
      events_(events) {}

void LogCommit::start() {
    started_ = true;
    round_ = commit_ = host_.mono_ns();
}

void LogCommit::wake() {
    if (!started_ || !log_.files().can_commit(0)) return;
    if (committing_) {
        woken_ = true;
        return;
    }
    catch_up();
    if (woken_by_puts_) return round();
    arm();
}

void LogCommit::catch_up() {
    if (timer_ != TimerId{}) return;  // it did not rest
    const Duration rested = (host_.mono_ns() - round_) / interval_ * interval_;
    const Duration step = (thorough_ + interval_ - Duration(1)) / interval_ * interval_;
    round_ += rested;
    if (round_ > commit_) commit_ += (round_ - commit_) / step * step;
}

void LogCommit::arm() {
    if (timer_ != TimerId{} || committing_ || !started_ || !log_.files().can_commit(0)) return;
    timer_ = host_.after(round_ + interval_ - host_.mono_ns(), [this] {
        timer_ = TimerId{};
        round();
    });
}

void LogCommit::round() {
    host_.cancel(std::exchange(timer_, TimerId{}));
    const MonoTime now = host_.mono_ns();
    round_ = now;
    int pages = least_pages_;
    if (now - commit_ >= thorough_) {
        commit_ = now;
        pages = 0;
    }
    if (log_.files().can_commit(pages)) return commit(pages);
    arm();
}

void LogCommit::commit(int least_pages) {
    committing_ = true;
    const std::int64_t bytes = log_.files().commit(least_pages);
    host_.owe(cost_per_kib_ * bytes / 1024);
    host_.paid([this] {
        log_.files().publish_commit();
        committing_ = false;
        round_ = commit_ = host_.mono_ns();
        const bool again = std::exchange(woken_, false) && woken_by_puts_;
        events_.on_log_committed();
        if (at_end_) return finish(std::exchange(at_end_, Task{}));
        if (again) return wake();
        arm();
    });
}

void LogCommit::finish(Task done) {
    started_ = false;
    host_.cancel(std::exchange(timer_, TimerId{}));
    if (!committing_ && !log_.files().can_commit(0)) return done();
    at_end_ = std::move(done);
    if (!committing_) commit(0);
}

}  // namespace brokersim::store
