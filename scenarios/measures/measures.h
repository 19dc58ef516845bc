#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/checkers/checker.h"
#include "scenarios/history.h"
#include "scenarios/scenario.h"

/// The numbers of a run.
namespace brokersim::scenario {

/// Metrics by name, exact: a name that ends in _ms is in milliseconds, in _s in seconds, others are counts or ratios.
/// What cannot be measured in a run (a quantile of nothing) is not there.
using Metrics = std::map<std::string, Rational>;

struct Series {
    std::int64_t start_ns = 0;
    std::int64_t step_ns = 1'000'000'000;
    std::vector<std::int64_t> values;  // at start, start + step, ...
};

/// What one named event did to one group, in its window: from the event to the next named event, or to the end.
struct GroupEventReport {
    std::string event;
    std::string group;
    std::int64_t at = 0;  // world ns
    std::int64_t window_end = 0;
    bool owns = true;                          // false: nobody owns queues in the group, and the next three say nothing
    std::optional<std::int64_t> agreed_after;  // ns; nothing: not within the window
    std::int64_t queues_moved = 0;
    std::int64_t queues_moved_least = 0;
    std::int64_t worst_still = 0;    // ns
    std::string worst_queue;         // empty: none stood still
    std::uint64_t came_twice = 0;    // duplicate deliveries
    std::int64_t unowned = 0;        // ns, summed over queues
    std::int64_t doubly_owned = 0;   // ns, summed over queues
    std::int64_t all_stopped = 0;    // ns; the whole group
    std::uint64_t handed_twice = 0;  // of came_twice: because another member had been handed it
};

/// A part of a run; by default all of it from the beginning of the load on.
struct Window {
    std::int64_t from = 0;
    std::int64_t until = INT64_MAX;  // not included
};

struct MeasureResults {
    Metrics metrics;
    std::map<std::string, Series> series;  // "backlog", "group.NAME.backlog"
    std::vector<GroupEventReport> events;  // by event, then by group
};

/// All measures of a run together.
class Measures : public RecordSink {
public:
    /// Adds its folds to `history`, which must outlive it. With a window, all is measured in that part of the run, and
    /// what needs the whole run (what became of each message) is left out.
    Measures(History& history, const CheckerContext& context, Window window = {});
    ~Measures() override;

    /// For the counts of lost, pending and filtered messages: must be among the auditor's sinks.
    void on_record(const AuditedRecord& record) override;
    /// Called once, after the last event and the audit.
    MeasureResults finish(const RunEnd& end);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace brokersim::scenario
