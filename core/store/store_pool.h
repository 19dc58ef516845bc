#pragma once

#include <cstdint>

#include "core/check.h"

namespace brokersim::store {

/// Buffers of the size of a log file in the memory of the process (RocketMQ's TransientStorePool). A new file of the
/// log takes one, if one is free, and gives it back when all of the file has been copied out of it.
class StorePool {
public:
    /// `buffers` 0: there is no pool. With `fast_fail` no file is made without a buffer, and whoever sends is refused
    /// while none is free; else such a file is written to without one.
    StorePool(std::int64_t buffers, bool fast_fail) : buffers_(buffers), free_(buffers), fast_fail_(fast_fail) {}

    bool enabled() const { return buffers_ > 0; }
    /// Nothing may be sent, and no file made.
    bool exhausted() const { return fast_fail_ && enabled() && free_ == 0; }
    bool borrow() { return free_ > 0 && free_-- > 0; }
    void give_back() {
        BROKERSIM_CHECK(free_ < buffers_, "{} buffers of {} are free, and one comes back", free_, buffers_);
        ++free_;
    }

private:
    std::int64_t buffers_;
    std::int64_t free_;
    bool fast_fail_;
};

}  // namespace brokersim::store
