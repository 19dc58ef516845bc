#pragma once

#include <vector>

#include "scenarios/history.h"
#include "scenarios/measures/measures.h"

namespace brokersim::scenario {

/// Messages that wait (see Flow), for all groups together ("backlog") and for each ("group.NAME.backlog"), just before
/// each whole second of the load. backlog.max is the greatest number at any instant, backlog.end the last one;
/// backlog.drain_ms is the time from the end of the load until nothing waits any more (absent: it did not come to
/// that).
class Backlog final : public Observer {
public:
    Backlog(const History& history, Window window);
    KindMask interests() const override;
    void observe(const Event& event) override;
    void finish(std::int64_t end, MeasureResults& results);

private:
    static constexpr std::int64_t step = 1'000'000'000;
    void sample_until(std::int64_t time);

    const History& history_;
    Window window_;
    std::int64_t next_;       // the next sample
    std::int64_t total_ = 0;  // after the last event
    std::vector<std::int64_t> by_group_;
    std::int64_t max_ = 0;
    std::int64_t load_ended_ = INT64_MAX;
    std::int64_t drained_at_ = INT64_MAX;  // since when nothing waits, after the load
    Series series_;
    std::vector<Series> group_series_;
};

}  // namespace brokersim::scenario
