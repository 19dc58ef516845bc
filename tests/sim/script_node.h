#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/host.h"
#include "core/protocol/frame.h"
#include "sim/network.h"
#include "sim/world.h"

namespace brokersim::sim::testing {

using namespace std::chrono_literals;

inline WorldTime at(Duration time) { return WorldTime(time); }

/// A node that does what a test tells it, and writes down what it is told by the network.
class ScriptNode final : public Node, public ConnectionEvents {
public:
    struct Received {
        ConnectionId id;
        std::int32_t opaque;
        MonoTime at;
    };
    struct Closed {
        ConnectionId id;
        NetError why;
        MonoTime at;
    };

    explicit ScriptNode(Host& h) : host(h) {}
    void start() override {
        if (on_start) on_start(*this);
    }
    void shutdown(Task done) override {
        if (on_shutdown)
            on_shutdown(*this, std::move(done));
        else
            done();
    }
    void on_opened(ConnectionId id) override {
        opened.emplace_back(id, host.mono_ns());
        if (when_opened) when_opened(*this, id);
    }
    void on_accepted(ConnectionId id, Address peer) override {
        accepted.emplace_back(id, host.mono_ns());
        peers.push_back(peer);
    }
    void on_frame(ConnectionId id, protocol::Frame&& frame) override {
        received.push_back({id, frame.opaque, host.mono_ns()});
        if (when_received) when_received(*this, id, frame);
    }
    void on_closed(ConnectionId id, NetError why) override { closed.push_back({id, why, host.mono_ns()}); }

    Host& host;
    std::function<void(ScriptNode&)> on_start;
    std::function<void(ScriptNode&, Task)> on_shutdown;
    std::function<void(ScriptNode&, ConnectionId)> when_opened;
    std::function<void(ScriptNode&, ConnectionId, protocol::Frame&)> when_received;
    std::vector<std::pair<ConnectionId, MonoTime>> opened;
    std::vector<std::pair<ConnectionId, MonoTime>> accepted;
    std::vector<Address> peers;
    std::vector<Received> received;
    std::vector<Closed> closed;
};

/// The world of a test: machines with one node each, whose present ScriptNode is at hand.
struct TestWorld {
    explicit TestWorld(WorldOptions options = {}, std::uint64_t seed = 1) : world(seed, checked(std::move(options))) {}

    static WorldOptions checked(WorldOptions options) {
        options.check_unpaid = true;
        return options;
    }

    /// Adds a machine and starts a node of the same name on it. `script` sets up each life.
    NodeId add(MachineSpec spec, std::function<void(ScriptNode&)> script = {}) {
        const MachineId machine = world.add_machine(std::move(spec));
        const std::size_t index = nodes.size();
        nodes.push_back(nullptr);
        return world.start_node(machine, [this, index, script = std::move(script)](Host& host) {
            auto made = std::make_unique<ScriptNode>(host);
            made->on_start = script;
            nodes[index] = made.get();
            return made;
        });
    }
    NodeId add(std::string name, std::function<void(ScriptNode&)> script = {}) {
        return add(MachineSpec{.name = std::move(name)}, std::move(script));
    }
    ScriptNode& operator[](NodeId node) { return *nodes.at(node.value); }
    /// Runs `body(node)` as a handler of the node, now.
    void in(NodeId node, std::function<void(ScriptNode&)> body) {
        world.run_in(node, [this, node, body = std::move(body)] { body((*this)[node]); });
    }
    RunStatus run(Duration time) { return world.run_for(time); }

    World world;
    std::vector<ScriptNode*> nodes;  // dangling while a node is down
};

inline protocol::Frame frame(std::int32_t opaque, std::size_t body = 0) {
    protocol::SendMessageRequest request;
    request.topic = "orders";
    if (body > 0) request.body = copy_slice(std::string(body, 'x'));
    return {protocol::FrameKind::request, opaque, 0, "", std::move(request)};
}

}  // namespace brokersim::sim::testing
