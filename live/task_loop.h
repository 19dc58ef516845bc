#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "core/callback.h"
#include "core/types.h"

namespace brokersim::live {

/// The handlers of one node, run one after the other on the calling thread, in the order in which they fall due; of two
/// that fall due together the one that was asked for first. The clocks stand still while a handler runs.
class TaskLoop {
public:
    TaskLoop();

    MonoTime mono() const { return mono_; }
    WallTime wall() const { return wall_; }

    void soon(Task task) { after(Duration::zero(), std::move(task)); }
    TimerId after(Duration delay, Task task);
    /// A timer that is not there is ignored.
    void cancel(TimerId timer);

    /// Runs what is due by now, and what that makes due, and returns when the next task lies in the future.
    void run_until_idle();
    /// Runs, sleeping until timers fall due, until `done` is true (asked after each handler). False if nothing was left
    /// to run and it still was not.
    bool run_until(const bool& done);

private:
    using Key = std::pair<MonoTime, std::uint64_t>;
    void tell_time();
    void run_first();

    MonoTime mono_;
    WallTime wall_;
    std::uint64_t asked_ = 0;
    std::map<Key, Task> tasks_;
    std::map<std::uint64_t, MonoTime> due_;  // of each task, by the number that its timer has
};

}  // namespace brokersim::live
