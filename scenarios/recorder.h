#pragma once

#include <utility>
#include <vector>

#include "core/host.h"
#include "scenarios/histogram.h"
#include "scenarios/history.h"
#include "sim/clock.h"
#include "sim/observer.h"
#include "sim/world.h"

namespace brokersim::scenario {

/// Brings what happens in a world into a history: core's notes, the lives of nodes, and what the applications tell. All
/// times of the history count from the beginning of the load. Also measures the network: every frame's time from send
/// to arrival.
class Recorder final : public sim::Observer {
public:
    /// Node n of the world must be node n of the history's roster. Both must outlive the recorder.
    Recorder(const sim::World& world, History& history) : world_(world), history_(history) {}

    /// The load will begin at `at`: from now on times count from there.
    void set_load_start(sim::WorldTime at) { load_start_ = at; }
    /// World time since the beginning of the load, in ns.
    std::int64_t now() const { return since(world_.now()); }
    void record(Event&& event) { history_.record(std::move(event)); }
    const History& history() const { return history_; }
    const Histogram& network_time() const { return network_time_; }

    void on_note(sim::WorldTime now, sim::NodeId node, const Note& note) override;
    void on_node(sim::WorldTime now, sim::NodeId node, sim::NodeEvent what) override;
    void on_frame_arrived(sim::WorldTime now, const sim::FrameArrival& arrival) override;
    bool watches_frames() const override { return true; }

private:
    std::int64_t since(sim::WorldTime time) const { return (time - load_start_).count(); }
    const sim::Clock& clock_of(sim::NodeId node);
    void name_reader(Event& event) const;

    const sim::World& world_;
    History& history_;
    /// Far ahead until it is known, so that what comes before the load has negative times and none goes back.
    sim::WorldTime load_start_{std::chrono::hours(24)};
    Histogram network_time_;
    std::vector<const sim::Clock*> clocks_;  // by node, those that gave notes
};

}  // namespace brokersim::scenario
