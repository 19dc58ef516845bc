#include "scenarios/measures/backlog.h"

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

Backlog::Backlog(const History& history, Window window)
    : history_(history), window_(window), next_(std::max<std::int64_t>(window.from, 0)) {
    next_ = (next_ + step - 1) / step * step;
    series_.start_ns = next_;
}

KindMask Backlog::interests() const {
    return kinds(EventKind::stored, EventKind::dispatched, EventKind::pull_served, EventKind::delivered,
                 EventKind::offset_committed, EventKind::offset_reset, EventKind::node_started, EventKind::load_ended);
}

void Backlog::sample_until(std::int64_t time) {
    if (by_group_.size() < history_.roster().groups().size()) by_group_.resize(history_.roster().groups().size());
    if (group_series_.size() < by_group_.size()) {
        // A group that comes later had nothing to wait for before.
        const Series empty{
            .start_ns = series_.start_ns, .step_ns = step, .values = std::vector<std::int64_t>(series_.values.size())};
        group_series_.resize(by_group_.size(), empty);
    }
    for (; next_ <= time && next_ < window_.until; next_ += step) {
        series_.values.push_back(total_);
        for (std::size_t group = 0; group < group_series_.size(); ++group)
            group_series_[group].values.push_back(by_group_[group]);
    }
}

void Backlog::observe(const Event& event) {
    if (event.time >= next_) [[unlikely]]
        sample_until(event.time);
    if (event.kind == EventKind::load_ended) load_ended_ = event.time;
    const Flow& flow = history_.flow();
    total_ = flow.waiting();
    const std::span<const std::int64_t> waiting = flow.waiting_by_group();
    if (by_group_.size() < waiting.size()) [[unlikely]]
        by_group_.resize(waiting.size());
    for (std::size_t group = 0; group < waiting.size(); ++group) by_group_[group] = waiting[group];
    if (contains(window_, event.time)) max_ = std::max(max_, total_);
    if (total_ > 0)
        drained_at_ = INT64_MAX;
    else if (load_ended_ != INT64_MAX && drained_at_ == INT64_MAX)
        drained_at_ = event.time;
}

void Backlog::finish(std::int64_t end, MeasureResults& results) {
    sample_until(end);
    results.metrics["backlog.max"] = ratio(max_, 1);
    for (std::size_t group = 0; group < group_series_.size(); ++group)
        results.series[fmt::format("group.{}.backlog", history_.roster().groups()[group].name)] =
            std::move(group_series_[group]);
    results.series["backlog"] = std::move(series_);
    if (!whole(window_)) return;
    results.metrics["backlog.end"] = ratio(total_, 1);
    if (drained_at_ != INT64_MAX) results.metrics["backlog.drain_ms"] = milliseconds(drained_at_ - load_ended_);
}

}  // namespace brokersim::scenario
