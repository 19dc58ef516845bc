#include "scenarios/recorder.h"

#include "sim/machine.h"

namespace brokersim::scenario {

void Recorder::on_note(sim::WorldTime now, sim::NodeId node, const Note& note) {
    const MonoTime mono = world_.machine(world_.machine_of(node)).clock.mono(now);
    if (const auto event = event_of(since(now), node.value, mono, note)) history_.record(*event);
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
