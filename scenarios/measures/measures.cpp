#include "scenarios/measures/measures.h"

#include "scenarios/measures/backlog.h"
#include "scenarios/measures/counts.h"
#include "scenarios/measures/event_windows.h"
#include "scenarios/measures/group_times.h"
#include "scenarios/measures/latency.h"
#include "scenarios/measures/quantities.h"
#include "scenarios/measures/stages.h"

namespace brokersim::scenario {

struct Measures::Parts {
    Parts(History& history, const CheckerContext& context, Window part)
        : window(part),
          latency(history.roster(), part),
          stages(history, part),
          backlog(history, part),
          counts(history, context),
          part_counts(history, part),
          group_times(history),
          event_windows(history) {
        history.add(latency);
        history.add(stages);
        history.add(backlog);
        if (!whole(window)) {
            history.add(part_counts);
            return;
        }
        history.add(counts);
        history.add(group_times);
        history.add(event_windows);
    }

    Window window;
    Latency latency;
    Stages stages;
    Backlog backlog;
    Counts counts;
    PartCounts part_counts;
    GroupTimes group_times;
    EventWindows event_windows;
};

Measures::Measures(History& history, const CheckerContext& context, Window window)
    : parts_(std::make_unique<Parts>(history, context, window)) {}

Measures::~Measures() = default;

void Measures::on_record(const AuditedRecord& record) {
    if (whole(parts_->window)) parts_->counts.on_record(record);
}

MeasureResults Measures::finish(const RunEnd& end) {
    MeasureResults results;
    parts_->latency.finish(results.metrics);
    parts_->stages.finish(end.time, results.metrics);
    parts_->backlog.finish(end.time, results);
    if (!whole(parts_->window)) {
        parts_->part_counts.finish(results.metrics);
        return results;
    }
    parts_->counts.finish(end, results.metrics);
    parts_->group_times.finish(end.time, results.metrics);
    parts_->event_windows.finish(end.time, results);
    return results;
}

}  // namespace brokersim::scenario
