#pragma once

#include <algorithm>
#include <cstddef>

#include <boost/circular_buffer.hpp>

#include "core/host.h"

namespace brokersim {

/// A mutex of a node: an object with a queue. It is taken before the work that it guards and released in `paid`, so
/// that a slow holder (page faults, a stalled disk) makes others wait, as the real append lock does. First come, first
/// served. The lock must outlive the handlers that wait for it.
class Lock {
public:
    explicit Lock(Host& host) : host_(host) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    /// Runs `fn` when the lock is held: within this call if it is free, else as a handler of its own, later. Whoever
    /// got it calls release() exactly once.
    void acquire(Task fn) {
        if (held_) {
            if (waiting_.full()) waiting_.set_capacity(std::max<std::size_t>(8, waiting_.capacity() * 2));
            waiting_.push_back(std::move(fn));
            return;
        }
        take();
        fn();
    }

    /// Hands the lock to the next in the queue, or frees it.
    void release() {
        held_ = false;
        if (waiting_.empty()) return;
        take();
        host_.soon(std::move(waiting_.front()));
        waiting_.pop_front();
    }

    bool held() const { return held_; }
    /// Since when the present holder holds it; meaningful only while held().
    MonoTime held_since() const { return since_; }
    std::size_t waiting() const { return waiting_.size(); }

private:
    void take() {
        held_ = true;
        since_ = host_.mono_ns();
    }

    Host& host_;
    boost::circular_buffer<Task> waiting_;
    MonoTime since_{};
    bool held_ = false;
};

}  // namespace brokersim
