#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "sim/checksum.h"
#include "sim/files.h"
#include "sim/machine.h"
#include "sim/network.h"
#include "sim/note_words.h"
#include "sim/process.h"
#include "sim/store.h"
#include "sim/work.h"

namespace brokersim::sim {
namespace {

constexpr std::uint32_t first_ip = 0x0A000001;  // 10.0.0.1 is machine 0

EngineOptions engine_options(std::uint64_t seed, const WorldOptions& options) {
    return {options.shuffle_equal_times, draw_key(seed, Purpose::event_order, 0, 0), options.livelock_limit};
}

}  // namespace

World::World(std::uint64_t seed, WorldOptions options)
    : seed_(seed),
      options_(std::move(options)),
      digest_(seed),
      pools_(std::make_unique<WorkPools>()),
      store_(std::make_shared<Store>(options_.storage.limit_bytes, options_.storage.keep_directory)),
      ready_(std::make_unique<WorkQueue>()),
      network_(std::make_unique<Network>(*this)),
      engine_(engine_options(seed, options_)) {}

/// Nodes go first, then what they left in queues, while the processes that their lane servers refer to are there.
World::~World() {
    running_ = nullptr;
    for (auto& process : processes_)
        if (process->alive()) process->end(false);
    engine_.clear();
    network_->clear();
    pools_->work.each([](Work& work) { work.call.emplace<Task>(); });
    pools_->handlers.each([](Handler& handler) { handler.writes.clear(); });
}

// --- building --------------------------------------------------------------------------------------------------------

MachineId World::add_machine(MachineSpec spec) {
    BROKERSIM_CHECK(!find_machine(spec.name), "a second machine {}", spec.name);
    BROKERSIM_CHECK(spec.cores >= 1 && spec.nic_bits_per_second >= 8000, "machine {}", spec.name);
    const MachineId id{static_cast<std::uint32_t>(machines_.size())};
    machines_.push_back(std::make_unique<Machine>(*this, id, std::move(spec), epoch_start_ms));
    if (options_.storage.model == StorageModel::modelled) {
        Machine& made = *machines_.back();
        made.disk = std::make_unique<Disk>(engine_, made.spec.disk);
        made.page_cache =
            std::make_unique<PageCache>(engine_, *made.disk, made.spec.memory_bytes, made.spec.page_cache);
    }
    return id;
}

NodeId World::add_node(MachineId machine, std::string name, NodeFactory factory,
                       std::optional<CollectorSpec> collector) {
    BROKERSIM_CHECK(machine.value < machines_.size(), "machine {}", machine.value);
    const NodeId id{static_cast<std::uint32_t>(nodes_.size())};
    const bool added = node_ids_.try_emplace(name, id).second;
    BROKERSIM_CHECK(added, "a second node {}", name);
    Machine& home = *machines_[machine.value];
    auto files =
        std::make_unique<FileTable>(store_, engine_, names_, name, home.clock.wall(now()), home.page_cache.get());
    nodes_.push_back({std::move(name), machine, std::move(factory), std::move(files), std::move(collector)});
    return id;
}

NodeId World::start_node(MachineId machine_id, NodeFactory factory) {
    const NodeId node = add_node(machine_id, machine(machine_id).spec.name, std::move(factory));
    start(node);
    return node;
}

void World::add_observer(Observer& observer) {
    observers_.push_back(&observer);
    if (observer.watches_frames()) frame_observers_.push_back(&observer);
}

// --- looking ---------------------------------------------------------------------------------------------------------

std::optional<NodeId> World::find_node(std::string_view name) const {
    const NodeId* found = node_ids_.find(name);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<MachineId> World::find_machine(std::string_view name) const {
    for (const auto& machine : machines_)
        if (machine->spec.name == name) return machine->id;
    return std::nullopt;
}

Address World::address(MachineId id) const { return {first_ip + id.value, 0}; }

std::optional<MachineId> World::machine_at(std::uint32_t ip) const {
    if (ip < first_ip || ip - first_ip >= machines_.size()) return std::nullopt;
    return MachineId{ip - first_ip};
}

NodeState World::state(NodeId node) const {
    const NodeRecord& record = at(node);
    if (record.process == nullptr) return NodeState::down;
    if (record.process->suspended()) return NodeState::paused;
    return record.stopping ? NodeState::stopping : NodeState::running;
}

// --- lives of nodes --------------------------------------------------------------------------------------------------

void World::require_outside() const {
    BROKERSIM_CHECK(running_ == nullptr, "the world is changed from within a handler of {}", running_->node_name());
}

/// Does something to a node from outside, and then what it made due at this instant. A failed assertion ends the world,
/// as in a run.
template <class Body>
void World::intervene(Body&& body) {
    require_outside();
    if (in_event_) {
        body();
        return;
    }
    guard([&] {
        body();
        drain();
    });
}

template <class Body>
void World::guard(Body&& body) {
    if (crash_) return;
    try {
        body();
    } catch (const BrokenInvariant& broken) {
        crash_ = Crash{now(), running_ == nullptr ? no_node : running_->id(), broken.what()};
    }
}

void World::start(NodeId node) {
    intervene([&] {
        NodeRecord& record = at(node);
        BROKERSIM_CHECK(record.process == nullptr, "{} is up", record.name);
        Machine& home = machine(record.machine);
        home.powered = true;
        processes_.push_back(std::make_unique<Process>(*this, home, node, record.lives++, *record.files,
                                                       record.collector ? &*record.collector : nullptr, record.pauses));
        record.process = processes_.back().get();
        record.stopping = false;
        tell_node(node, NodeEvent::started);
        record.process->begin(record.factory);
    });
}

void World::stop(NodeId node, Task stopped) {
    intervene([&] {
        NodeRecord& record = at(node);
        BROKERSIM_CHECK(state(node) == NodeState::running, "{} is not running", record.name);
        record.stopping = true;
        Process* process = record.process;
        Task finish = [this, node, process, stopped = std::move(stopped)]() mutable {
            finish_stop(node, *process, stopped);
        };
        Task shut_down = [this, process, finish = std::move(finish)]() mutable {
            process->node()->shutdown([this, finish = std::move(finish)]() mutable {
                engine_.at(now(), std::move(finish));  // the node cannot be destroyed within its own handler
            });
        };
        run_or_postpone(*process, std::move(shut_down));
    });
}

void World::finish_stop(NodeId node, Process& process, Task& stopped) {
    if (at(node).process != &process) return;  // killed meanwhile
    network_->close_all(process);
    end_life(node, NodeEvent::stopped);
    if (stopped) stopped();
}

void World::kill(NodeId node) {
    intervene([&] {
        if (at(node).process == nullptr) return;
        end_life(node, NodeEvent::killed);
    });
}

void World::power_off(MachineId machine_id) {
    intervene([&] {
        machine(machine_id).powered = false;
        for (std::uint32_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[i].machine == machine_id && nodes_[i].process != nullptr)
                end_life(NodeId{i}, NodeEvent::power_lost);
        if (machine(machine_id).page_cache) machine(machine_id).page_cache->power_lost();
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].machine != machine_id) continue;
            const FileTable::Lost lost = nodes_[i].files->lose_power(seed_);
            if (lost.changes + lost.pages > 0)
                fold(FoldKind::file_change, NodeId{i}, nodes_[i].lives, lost.changes, lost.pages);
        }
    });
}

void World::end_life(NodeId node, NodeEvent how) {
    NodeRecord& record = at(node);
    Process* process = std::exchange(record.process, nullptr);
    record.stopping = false;
    process->check_littles_law();
    process->end(how != NodeEvent::stopped);
    if (how == NodeEvent::power_lost)
        network_->vanish_all(*process);
    else
        network_->reset_all(*process);
    const std::uint64_t evicted = record.files->process_ended(seed_);
    if (evicted > 0) fold(FoldKind::file_change, node, record.lives, 0, evicted);
    tell_node(node, how);
}

void World::pause(NodeId node) {
    intervene([&] {
        Process* process = at(node).process;
        if (process == nullptr || process->suspended()) return;
        process->suspend();
        tell_node(node, NodeEvent::paused);
    });
}

void World::resume(NodeId node) {
    intervene([&] {
        Process* process = at(node).process;
        if (process == nullptr || !process->suspended()) return;
        tell_node(node, NodeEvent::resumed);
        process->resume();
    });
}

void World::jump_wall(MachineId machine_id, Duration by) {
    require_outside();
    machine(machine_id).clock.jump_wall(by);
}

bool World::run_in(NodeId node, Task task) {
    Process* process = at(node).process;
    if (process == nullptr) return false;
    intervene([&] { run_or_postpone(*process, std::move(task)); });
    return true;
}

/// As a handler of the process, once nothing pauses it.
void World::run_or_postpone(Process& process, Task task) {
    if (process.paused()) {
        process.postpone(std::move(task));
        return;
    }
    process.handle([&task] {
        task();
        task.reset();
    });
}

void World::check_littles_law() const {
    for (const NodeRecord& record : nodes_)
        if (record.process != nullptr) record.process->check_littles_law();
}

// --- running ---------------------------------------------------------------------------------------------------------

TimerId World::schedule(WorldTime when, Task task) { return engine_.at(when, std::move(task)); }

/// Runs the work of this instant, in order.
void World::drain() {
    while (Work* work = ready_->pop()) {
        engine_.count_work();
        work->process->run(*work);
        if (engine_.livelocked()) return;
    }
}

RunStatus World::run_until(WorldTime until) {
    require_outside();
    RunStatus status = RunStatus::crashed;
    in_event_ = true;
    guard([&] { status = run_events(until); });
    in_event_ = false;
    return crash_ ? RunStatus::crashed : status;
}

RunStatus World::run_events(WorldTime until) {
    drain();
    for (;;) {
        if (engine_.livelocked()) return RunStatus::livelock;
        if (store_->full()) return RunStatus::store_limit;
        if (!engine_.step(until)) break;
        drain();
    }
    engine_.advance(until);
    return RunStatus::reached;
}

// --- telling ---------------------------------------------------------------------------------------------------------

void World::tell_node(NodeId node, NodeEvent what) {
    fold_event(FoldKind::node, node, static_cast<std::uint64_t>(what), at(node).lives, 0);
    for (Observer* observer : observers_) observer->on_node(now(), node, what);
}

void World::tell_note(NodeId node, const Note& note) {
    fold(FoldKind::note, node, note.index(), checksum(NoteWords(note).bytes()), 0);
    for (Observer* observer : observers_) observer->on_note(now(), node, note);
}

}  // namespace brokersim::sim
