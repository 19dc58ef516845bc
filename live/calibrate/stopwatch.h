#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "core/types.h"

namespace brokersim::live {

/// Real time since it was made.
class Stopwatch {
public:
    std::int64_t ns() const {
        return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began_).count();
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// How long one measurement goes on, and who is told; `tick` may throw to end everything.
struct Pace {
    std::int64_t ns;  // no longer than this, once the least was done
    std::function<void()> tick;

    bool over(const Stopwatch& since) const {
        tick();
        return since.ns() >= ns;
    }
};

}  // namespace brokersim::live
