#pragma once

#include "scenarios/measures/measures.h"
#include "scenarios/measures/quantities.h"
#include "tests/scenarios/story.h"

namespace brokersim::scenario::testing {

/// A story whose numbers are taken.
struct Measured : Story {
    explicit Measured(int queue_count = 2, int member_count = 2, StartFrom from = StartFrom::first, Window window = {},
                      bool shares_queues = false)
        : Story(queue_count, member_count, from, shares_queues), measures(*history, context, window) {}

    MeasureResults results_at(std::int64_t time) {
        now = time;
        RecordSink* const sinks[] = {&measures};
        const LogAudit found = audit(sinks);
        return measures.finish({time, true, &found});
    }

    Measures measures;
};

inline Rational whole_number(std::int64_t value) { return ratio(value, 1); }

}  // namespace brokersim::scenario::testing
