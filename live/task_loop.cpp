#include "live/task_loop.h"

#include <chrono>
#include <thread>

#include "core/check.h"

namespace brokersim::live {

TaskLoop::TaskLoop() { tell_time(); }

void TaskLoop::tell_time() {
    mono_ = MonoTime(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
    wall_ = WallTime(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()));
}

TimerId TaskLoop::after(Duration delay, Task task) {
    BROKERSIM_CHECK(delay >= Duration::zero(), "a delay of {} ns", delay.count());
    const std::uint64_t number = ++asked_;
    tasks_.emplace(Key{mono_ + delay, number}, std::move(task));
    due_.emplace(number, mono_ + delay);
    return {number};
}

void TaskLoop::cancel(TimerId timer) {
    const auto found = due_.find(timer.value);
    if (found == due_.end()) return;
    tasks_.erase({found->second, timer.value});
    due_.erase(found);
}

void TaskLoop::run_first() {
    auto first = tasks_.extract(tasks_.begin());
    due_.erase(first.key().second);
    first.mapped()();
    tell_time();
}

void TaskLoop::run_until_idle() {
    tell_time();
    while (!tasks_.empty() && tasks_.begin()->first.first <= mono_) run_first();
}

bool TaskLoop::run_until(const bool& done) {
    tell_time();
    while (!done) {
        if (tasks_.empty()) return false;
        if (const auto wait = tasks_.begin()->first.first - mono_; wait > Duration::zero()) {
            std::this_thread::sleep_for(wait);
            tell_time();
            continue;
        }
        run_first();
    }
    return true;
}

}  // namespace brokersim::live
