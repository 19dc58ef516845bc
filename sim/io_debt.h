#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/types.h"

namespace brokersim::sim {

/// A thread that sleeps until the page cache wakes it.
class Sleeper {
public:
    virtual void woken() = 0;

protected:
    ~Sleeper() = default;
};

/// One thing that a thread has to wait for.
struct Wait {
    enum class Kind : std::uint8_t {
        time,     // `value` ns
        io,       // the disk operation of that number
        fault,    // a page for which memory must be found first: `file`, `page`
        balance,  // it has made `value` pages dirty, and is paused as long as there are too many
    };
    Kind kind = Kind::time;
    bool write = false;
    std::uint32_t file = 0;
    std::uint64_t value = 0;  // of a fault: the page
};

/// What a handler owes for its I/O, in the order in which a thread would wait for it: each begins when the one before
/// is over.
class IoDebt {
public:
    bool paid() const { return next_ == waits_.size(); }
    Wait& front() { return waits_[next_]; }
    void pop() {
        if (++next_ == waits_.size()) clear();
    }
    void clear() {
        waits_.clear();
        next_ = 0;
    }
    void add_time(Duration time) {
        if (time <= Duration::zero()) return;
        if (!paid() && waits_.back().kind == Wait::Kind::time)
            waits_.back().value += static_cast<std::uint64_t>(time.count());
        else
            waits_.push_back({.value = static_cast<std::uint64_t>(time.count())});
    }
    void add_operation(std::uint64_t number) {
        if (!paid() && waits_.back().kind == Wait::Kind::io && waits_.back().value == number) return;
        waits_.push_back({.kind = Wait::Kind::io, .value = number});
    }
    void add_fault(std::uint32_t file, std::uint64_t page, bool write) {
        waits_.push_back({.kind = Wait::Kind::fault, .write = write, .file = file, .value = page});
    }
    void add_balance(std::uint64_t pages) {
        if (!paid() && waits_.back().kind == Wait::Kind::balance)
            waits_.back().value += pages;
        else
            waits_.push_back({.kind = Wait::Kind::balance, .value = pages});
    }
    /// Puts all of `more` in the place of the front.
    void replace_front(const IoDebt& more) {
        waits_[next_] = {};  // no time at all
        waits_.insert(waits_.begin() + static_cast<std::ptrdiff_t>(next_) + 1,
                      more.waits_.begin() + static_cast<std::ptrdiff_t>(more.next_), more.waits_.end());
        pop();
    }
    /// Calls `visit(wait)` for each that is not over.
    template <class Visit>
    void each(Visit&& visit) const {
        for (std::size_t i = next_; i < waits_.size(); ++i) visit(waits_[i]);
    }

private:
    std::vector<Wait> waits_;
    std::size_t next_ = 0;
};

}  // namespace brokersim::sim
