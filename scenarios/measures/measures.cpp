#include "scenarios/measures/measures.h"

#include "scenarios/measures/backlog.h"
#include "scenarios/measures/counts.h"
#include "scenarios/measures/drain_rate.h"
#include "scenarios/measures/event_windows.h"
#include "scenarios/measures/group_tallies.h"
#include "scenarios/measures/latency.h"
#include "scenarios/measures/quantities.h"
#include "scenarios/measures/stages.h"
#include "scenarios/measures/waiting_times.h"

namespace brokersim::scenario {

struct Measures::Parts {
    Parts(History& history, const CheckerContext& context, Window part)
        : window(part),
          latency(history.roster(), part),
          stages(history, part),
          backlog(history, part),
          waiting_times(history, part),
          drain_rate(history, part),
          counts(history, context),
          part_counts(history, part),
          tallies(history),
          group_part(history, tallies, part),
          event_windows(history, tallies, part) {
        history.add(latency);
        history.add(stages);
        history.add(backlog);
        history.add(waiting_times);
        history.add(drain_rate);
        history.add(event_windows);
        if (whole(window))
            history.add(counts);
        else
            history.add(part_counts);
    }

    Window window;
    Latency latency;
    Stages stages;
    Backlog backlog;
    WaitingTimes waiting_times;
    DrainRate drain_rate;
    Counts counts;
    PartCounts part_counts;
    GroupTallies tallies;
    GroupPart group_part;
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
    parts_->waiting_times.finish(end.time, results.metrics);
    parts_->drain_rate.finish(end.time, results.metrics);
    parts_->group_part.finish(end.time, results.metrics);
    parts_->event_windows.finish(end.time, results);
    if (whole(parts_->window))
        parts_->counts.finish(end, results.metrics);
    else
        parts_->part_counts.finish(results.metrics);
    return results;
}

}  // namespace brokersim::scenario
