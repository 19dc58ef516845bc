#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash_table.h"
#include "core/host.h"
#include "sim/collector.h"
#include "sim/digest.h"
#include "sim/engine.h"
#include "sim/names.h"
#include "sim/observer.h"
#include "sim/options.h"
#include "sim/types.h"

namespace brokersim::sim {

class FileTable;
class Machine;
class Network;
class Process;
class Store;
struct Handler;
struct WorkPools;
struct WorkQueue;

/// Makes a node for one life. What it needs besides the host, it captures; `host.incarnation()` tells which life it is.
using NodeFactory = std::function<std::unique_ptr<Node>(Host&)>;

enum class NodeState : std::uint8_t { down, running, paused, stopping };

enum class RunStatus : std::uint8_t {
    reached,      // the time asked for
    livelock,     // more events at one instant than the options allow
    store_limit,  // the files of the world need more room than the options, or this machine, allow
    crashed,      // an assertion failed; see crash()
};

/// Where an assertion of a node (or of the world) failed.
struct Crash {
    WorldTime time;
    NodeId node;  // no_node: in the world itself
    std::string what;
};

/// A simulated world: machines with cores, clocks, files and network cards; the nodes that live on them; one event
/// queue; one seed. Two worlds share nothing. Built and driven from outside handlers (before a run, between runs, from
/// tasks given to schedule()); observers and nodes must not call it, except schedule().
class World {
public:
    /// The wall clock of the world begins at 2024-01-01T00:00:00Z.
    static constexpr std::int64_t epoch_start_ms = 1'704'067'200'000;

    explicit World(std::uint64_t seed, WorldOptions options = {});
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    // --- building ---------------------------------------------------------------------------------------------------

    MachineId add_machine(MachineSpec spec);
    /// A node that will live on `machine`, down for now. Node names are unique; nodes of one machine share its address
    /// (and so must listen on different ports), its cores, clock and network card. Files belong to the node. With a
    /// collector, its processes stop now and then.
    NodeId add_node(MachineId machine, std::string name, NodeFactory factory,
                    std::optional<CollectorSpec> collector = {});
    /// Adds a node that is named as its machine, and starts it at this instant.
    NodeId start_node(MachineId machine, NodeFactory factory);
    /// Observers are told in the order in which they were added, and must outlive the world.
    void add_observer(Observer& observer);

    // --- lives of nodes ---------------------------------------------------------------------------------------------

    /// Begins a life of a node that is down: a new process (the next incarnation) with the files that are there, on a
    /// machine that is powered on by this if it was off. Factory and Node::start run within this call, as one handler.
    void start(NodeId node);
    /// Ends a life in order: Node::shutdown, then connections are closed in order, and the process is gone; `stopped`
    /// runs then, unless the node is killed before. The node must be running.
    void stop(NodeId node, Task stopped = {});
    /// Kills the process (SIGKILL): its files keep what was written (of an unpaid write some part), its peers see
    /// their connections reset. Ignored if the node is down.
    void kill(NodeId node);
    /// Stops and continues the process (SIGSTOP, SIGCONT): what is due in between runs at resume; its kernel still
    /// answers for its connections. Ignored if the node is not in the state for it.
    void pause(NodeId node);
    void resume(NodeId node);
    /// Cuts the power of a machine: its nodes are down, peers see silence, and their files are what the disk holds (see
    /// FileTable::lose_power). It is on again when a node is started on it.
    void power_off(MachineId machine);

    // --- running ----------------------------------------------------------------------------------------------------

    WorldTime now() const { return engine_.now(); }
    /// Runs everything that is due up to `until`. After anything but `reached` the world may only be looked at.
    RunStatus run_until(WorldTime until);
    RunStatus run_for(Duration time) { return run_until(now() + time); }
    /// Runs `task` at `when` (not in the past) outside of any node: for load, faults and measures.
    TimerId schedule(WorldTime when, Task task);
    void cancel(TimerId timer) { engine_.cancel(timer); }
    /// Runs `task` now as a handler of the node (an application calling its client); false if the node is down. A
    /// paused node runs it when it is resumed.
    bool run_in(NodeId node, Task task);
    const std::optional<Crash>& crash() const { return crash_; }
    /// Asserts Little's law for the lanes of every process that lives. At the end of each life it is asserted anyway.
    void check_littles_law() const;

    // --- faults -----------------------------------------------------------------------------------------------------

    /// Adds to the skew of a machine's wall clock: an administrator, or NTP, sets it.
    void jump_wall(MachineId machine, Duration by);
    /// Links between machines: partitions, delay, loss (sim/network.h).
    Network& network() { return *network_; }

    // --- looking ----------------------------------------------------------------------------------------------------

    std::uint64_t seed() const { return seed_; }
    const WorldOptions& options() const { return options_; }
    std::uint64_t draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const {
        return draw_key(seed_, purpose, identity, n);
    }
    std::size_t node_count() const { return nodes_.size(); }
    std::optional<NodeId> find_node(std::string_view name) const;
    std::string_view node_name(NodeId node) const { return at(node).name; }
    NodeState state(NodeId node) const;
    const Pauses& pauses(NodeId node) const { return at(node).pauses; }  // by its collector
    std::uint32_t lives(NodeId node) const { return at(node).lives; }    // begun so far
    MachineId machine_of(NodeId node) const { return at(node).machine; }
    std::size_t machine_count() const { return machines_.size(); }
    std::optional<MachineId> find_machine(std::string_view name) const;
    Machine& machine(MachineId id) { return *machines_.at(id.value); }
    const Machine& machine(MachineId id) const { return *machines_.at(id.value); }
    Address address(MachineId id) const;
    /// The machine at an address of 10.0.0.0/8; nothing if there is none.
    std::optional<MachineId> machine_at(std::uint32_t ip) const;
    /// The files of a node, for auditors; they are there whether or not the node lives.
    FileTable& files(NodeId node) { return *at(node).files; }
    Names& names() { return names_; }
    const Digest& digest() const { return digest_; }
    /// Engine events fired so far.
    std::uint64_t events() const { return engine_.fired(); }
    const Store& store() const { return *store_; }

    // --- for the parts of the world only ----------------------------------------------------------------------------

    Engine& engine() { return engine_; }
    WorkPools& pools() { return *pools_; }
    /// Work of this instant: drained within the event that is running.
    WorkQueue& ready() { return *ready_; }
    void fold(FoldKind kind, NodeId node, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
        digest_.fold({ns_of(now()), node.value, kind, a, b, c});
    }
    void fold_event(FoldKind kind, NodeId node, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
        digest_.fold_event({ns_of(now()), node.value, kind, a, b, c});
    }
    void tell_note(NodeId node, const Note& note);
    void tell_frame(const FrameArrival& arrival) {
        for (Observer* observer : frame_observers_) observer->on_frame_arrived(now(), arrival);
    }
    /// The process whose handler is running; null outside of handlers.
    Process* running() const { return running_; }
    void set_running(Process* process) { running_ = process; }
    Process* process(NodeId node) { return at(node).process; }

private:
    struct NodeRecord {
        std::string name;
        MachineId machine;
        NodeFactory factory;
        std::unique_ptr<FileTable> files;
        std::optional<CollectorSpec> collector;
        Pauses pauses = {};
        Process* process = nullptr;  // of the present life
        std::uint32_t lives = 0;
        bool stopping = false;
    };

    NodeRecord& at(NodeId node) { return nodes_.at(node.value); }
    const NodeRecord& at(NodeId node) const { return nodes_.at(node.value); }
    void drain();
    void end_life(NodeId node, NodeEvent how);
    void finish_stop(NodeId node, Process& process, Task& stopped);
    template <class Body>
    void intervene(Body&& body);
    template <class Body>
    void guard(Body&& body);
    void run_or_postpone(Process& process, Task task);
    void tell_node(NodeId node, NodeEvent what);
    void require_outside() const;
    RunStatus run_events(WorldTime until);

    std::uint64_t seed_;
    WorldOptions options_;
    Digest digest_;
    Names names_;
    std::unique_ptr<WorkPools> pools_;
    std::shared_ptr<Store> store_;
    std::vector<std::unique_ptr<Machine>> machines_;
    std::deque<NodeRecord> nodes_;  // a deque: names and records stay where they are
    HashTable<std::string, NodeId> node_ids_;
    std::vector<std::unique_ptr<Process>> processes_;  // dead ones too: lane servers may refer to them
    std::vector<Observer*> observers_;
    std::vector<Observer*> frame_observers_;
    std::unique_ptr<WorkQueue> ready_;
    std::unique_ptr<Network> network_;
    Engine engine_;
    Process* running_ = nullptr;
    bool in_event_ = false;
    std::optional<Crash> crash_;
};

}  // namespace brokersim::sim
