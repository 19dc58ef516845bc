#pragma once

#include <cstdint>

#include "core/host.h"
#include "sim/types.h"

namespace brokersim::protocol {
struct Frame;
}

namespace brokersim::sim {

enum class NodeEvent : std::uint8_t { started, stopped, killed, power_lost, paused, resumed };

/// A frame that arrived: for measures of the network's share of the time.
struct FrameArrival {
    NodeId from;
    NodeId to;
    WorldTime sent;  // Host::send was called
    WorldTime left;  // the last byte left the sender's machine (waiting for the window and the bandwidth ends here)
    std::uint32_t bytes;
    const protocol::Frame& frame;  // valid during the call
};

/// Is told what happens in a world; changes nothing in it. Called from within handlers: what it wants to do to the
/// world it schedules (World::schedule).
class Observer {
public:
    virtual ~Observer() = default;
    virtual void on_note(WorldTime /*now*/, NodeId /*node*/, const Note& /*note*/) {}
    virtual void on_node(WorldTime /*now*/, NodeId /*node*/, NodeEvent /*what*/) {}
    /// Only if watches_frames() was true when the observer was added.
    virtual void on_frame_arrived(WorldTime /*now*/, const FrameArrival& /*arrival*/) {}
    virtual bool watches_frames() const { return false; }
};

}  // namespace brokersim::sim
