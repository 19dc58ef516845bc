#pragma once

#include "core/check.h"
#include "core/types.h"

namespace brokersim::broker {

/// The first point of the grid `first`, `first + period`, `first + 2 * period` ... that is not before `earliest`. A
/// real broker polls on such grids; here a timer is armed only for a point at which the poll would find something.
constexpr MonoTime next_tick(MonoTime first, Duration period, MonoTime earliest) {
    BROKERSIM_CHECK(period > Duration::zero(), "a grid of {} ns", period.count());
    if (earliest <= first) return first;
    const std::int64_t steps = (earliest - first + period - Duration(1)) / period;
    return first + steps * period;
}

}  // namespace brokersim::broker
