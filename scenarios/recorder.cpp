#include "scenarios/recorder.h"

#include "sim/machine.h"

namespace brokersim::scenario {

const sim::Clock& Recorder::clock_of(sim::NodeId node) {
    if (node.value >= clocks_.size()) clocks_.resize(node.value + 1);
    const sim::Clock*& clock = clocks_[node.value];
    if (clock == nullptr) clock = &world_.machine(world_.machine_of(node)).clock;
    return *clock;
}

void Recorder::on_note(sim::WorldTime now, sim::NodeId node, const Note& note) {
    if (auto event = event_of(since(now), node.value, clock_of(node).mono(now), note)) record(std::move(*event));
}

void Recorder::on_node(sim::WorldTime now, sim::NodeId node, sim::NodeEvent what) {
    switch (what) {
        case sim::NodeEvent::started:
            record(node_event(EventKind::node_started, since(now), node.value));
            break;
        case sim::NodeEvent::stopped:
            record(node_event(EventKind::node_stopped, since(now), node.value));
            break;
        case sim::NodeEvent::killed:
            record(node_event(EventKind::node_killed, since(now), node.value));
            break;
        case sim::NodeEvent::power_lost:
            record(node_event(EventKind::node_power_lost, since(now), node.value));
            break;
        case sim::NodeEvent::paused:
        case sim::NodeEvent::resumed:
            break;
    }
}

}  // namespace brokersim::scenario
