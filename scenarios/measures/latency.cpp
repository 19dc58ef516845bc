#include "scenarios/measures/latency.h"

#include <fmt/format.h>

#include "scenarios/measures/quantities.h"

namespace brokersim::scenario {

void Latency::observe(const Event& event) {
    if (!contains(window_, event.time)) return;
    if (event.kind == EventKind::acknowledged) {
        if (!roster_.producers()[event.message.producer].preloaded) send_.add(event.time - event.message.intended);
        return;
    }
    const std::uint32_t group = roster_.group(event.group);
    if (event.repeat != Repeat::first || group == none || !event.good) return;
    if (event.message.producer >= roster_.producers().size()) return;
    if (roster_.producers()[event.message.producer].preloaded) return;
    if (group >= end_to_end_.size()) end_to_end_.resize(roster_.groups().size());
    end_to_end_[group].add(event.time - event.message.intended);
}

void Latency::finish(Metrics& metrics) const {
    put_quantiles(metrics, "latency.send", send_);
    Histogram all;
    for (std::uint32_t group = 0; group < end_to_end_.size(); ++group) {
        all.merge(end_to_end_[group]);
        put_quantiles(metrics, fmt::format("group.{}.latency.end_to_end", roster_.groups()[group].name),
                      end_to_end_[group]);
    }
    put_quantiles(metrics, "latency.end_to_end", all);
}

}  // namespace brokersim::scenario
