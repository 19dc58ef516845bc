#include "scenarios/recorder.h"

#include "scenarios/group_traffic.h"
#include "sim/machine.h"

namespace brokersim::scenario {

const sim::Clock& Recorder::clock_of(sim::NodeId node) {
    if (node.value >= clocks_.size()) clocks_.resize(node.value + 1);
    const sim::Clock*& clock = clocks_[node.value];
    if (clock == nullptr) clock = &world_.machine(world_.machine_of(node)).clock;
    return *clock;
}

void Recorder::on_note(sim::WorldTime now, sim::NodeId node, const Note& note) {
    if (const auto* counted = std::get_if<note::Counted>(&note);
        counted != nullptr && history_.roster().text(counted->what).starts_with(failed_membership))
        record(member_failed(since(now), node.value, counted->what));
    if (auto event = event_of(since(now), node.value, clock_of(node).mono(now), note)) {
        name_reader(*event);
        record(std::move(*event));
    }
}

/// What a broadcasting consumer says of its group, it says of itself. What brokers say of such a group concerns nobody.
void Recorder::name_reader(Event& event) const {
    if (event.group == no_name) return;
    const std::uint32_t own = history_.roster().nodes()[event.node].group;
    if (own == none) return;
    const GroupEntry& reader = history_.roster().groups()[own];
    if (!reader.reader_of.empty()) event.group = reader.id;
}

void Recorder::on_frame_arrived(sim::WorldTime now, const sim::FrameArrival& arrival) {
    network_time_.add((now - arrival.sent).count());
    if (arrival.frame.kind == protocol::FrameKind::response) return;
    const auto request = group_request_of(arrival.frame.payload);
    if (!request) return;
    const std::uint32_t own = history_.roster().nodes()[arrival.from.value].group;
    if (own != none && !history_.roster().groups()[own].reader_of.empty()) {
        const GroupEntry& reader = history_.roster().groups()[own];
        if (names_group(arrival.frame.payload, reader.reader_of))
            record(group_request(since(now), arrival.from.value, reader.id, *request));
        return;
    }
    for (const GroupEntry& group : history_.roster().groups())
        if (names_group(arrival.frame.payload, group.name))
            record(group_request(since(now), arrival.from.value, group.id, *request));
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
