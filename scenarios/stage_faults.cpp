#include <algorithm>

#include "core/check.h"
#include "core/draw.h"
#include "scenarios/stage.h"
#include "sim/files.h"
#include "sim/machine.h"

/// What faults and operators do to the cluster.
namespace brokersim::scenario {
namespace {

const std::string message_log = "commitlog/";  // where faults of a broker's disk strike

}  // namespace

// --- lives of nodes --------------------------------------------------------------------------------------------------

bool Stage::running(const std::string& name) const {
    const sim::NodeState state = world_.state(node(name));
    return state == sim::NodeState::running || state == sim::NodeState::paused;
}

void Stage::kill(const std::string& name) {
    world_.kill(node(name));
    went_down(name);
}

void Stage::cut_power(const std::string& name) {
    const sim::MachineId machine = world_.machine_of(node(name));
    std::vector<std::string> ran;
    for (const auto& [other, id] : nodes_)
        if (world_.machine_of(id) == machine && world_.state(id) != sim::NodeState::down) ran.push_back(other);
    for (const std::string& other : ran) starts_when_down_.erase(other);  // nobody waits at a dark machine
    world_.power_off(machine);
    for (const std::string& other : ran) went_down(other);
    dark_[machine] = std::move(ran);
}

/// Power returns to a machine: what else ran there when it went starts again, as services do when a machine boots.
void Stage::boot(const std::string& name) {
    const auto dark = dark_.find(world_.machine_of(node(name)));
    if (dark == dark_.end()) return;
    const std::vector<std::string> ran = std::move(dark->second);
    dark_.erase(dark);
    for (const std::string& other : ran)
        if (other != name) start(other);
}

void Stage::stop(const std::string& name) {
    const auto hold = holds_.find(name);
    if (hold != holds_.end()) {
        hold->second.stops = true;
        return;
    }
    world_.stop(node(name), [this, name] { went_down(name); });
}

void Stage::start(const std::string& name) {
    switch (world_.state(node(name))) {
        case sim::NodeState::down:
            world_.start(node(name));
            boot(name);
            break;
        case sim::NodeState::stopping:
            starts_when_down_.insert(name);
            break;
        case sim::NodeState::paused:
            if (holds_.at(name).stops) starts_when_down_.insert(name);
            break;
        case sim::NodeState::running:
            break;
    }
}

/// The process has ended, one way or another.
void Stage::went_down(const std::string& name) {
    release(name);
    if (starts_when_down_.erase(name) > 0) world_.schedule(world_.now(), [this, name] { start(name); });
}

// --- pauses ----------------------------------------------------------------------------------------------------------

faults::PauseId Stage::pause(const std::string& name) {
    const faults::PauseId pause{++pauses_};
    holds_[name].pauses.insert(pause);
    world_.pause(node(name));  // which does nothing to a paused one
    return pause;
}

void Stage::resume(const std::string& name, faults::PauseId pause) {
    const auto hold = holds_.find(name);
    if (hold == holds_.end() || hold->second.pauses.erase(pause) == 0 || !hold->second.pauses.empty()) return;
    const bool stops = hold->second.stops;
    world_.resume(node(name));
    release(name);
    if (stops) stop(name);
}

void Stage::release(const std::string& name) {
    if (holds_.erase(name) > 0 && !troubled() && relieved_) relieved_();
}

// --- links -----------------------------------------------------------------------------------------------------------

std::vector<sim::MachineId> Stage::machines(std::span<const std::string> names) const {
    std::vector<sim::MachineId> machines;
    for (const std::string& name : names) machines.push_back(world_.machine_of(node(name)));
    return machines;
}

faults::TroubleId Stage::trouble(std::span<const std::string> from, std::span<const std::string> to,
                                 faults::LinkTrouble trouble) {
    return links_.add(machines(from), machines(to), trouble);
}

void Stage::lift(faults::TroubleId trouble) {
    links_.lift(trouble);
    if (!troubled() && relieved_) relieved_();
}

// --- disks -----------------------------------------------------------------------------------------------------------

std::uint64_t Stage::draw_fault(const std::string& name) {
    return world_.draw(Purpose::fault, text_identity("disk of " + name), drawn_faults_++);
}

void Stage::fail_flush(const std::string& name) {
    recorder_.record(node_event(EventKind::flush_failing, recorder_.now(), node(name).value));
    world_.files(node(name)).fail_next_flush(message_log);
}

void Stage::misdirect_write(const std::string& name) {
    recorder_.record(node_event(EventKind::storage_damaged, recorder_.now(), node(name).value));
    world_.files(node(name)).misdirect_next_flush(message_log, draw_fault(name));
}

void Stage::flip_bit(const std::string& name) {
    if (world_.files(node(name)).flip_bit(message_log, draw_fault(name)))
        recorder_.record(node_event(EventKind::storage_damaged, recorder_.now(), node(name).value));
}

faults::StallId Stage::stall_disk(const std::string& name) {
    constexpr Duration longest = std::chrono::hours(24 * 365);
    const sim::MachineId machine = world_.machine_of(node(name));
    const faults::StallId stall{++stall_numbers_};
    stalls_[machine.value].insert(stall);
    world_.machine(machine).disk->stall(longest);
    return stall;
}

void Stage::free_disk(const std::string& name, faults::StallId stall) {
    const sim::MachineId machine = world_.machine_of(node(name));
    const auto stalls = stalls_.find(machine.value);
    BROKERSIM_CHECK(stalls != stalls_.end(), "the disk of {} is not stalled", name);
    stalls->second.erase(stall);
    if (!stalls->second.empty()) return;
    stalls_.erase(stalls);
    world_.machine(machine).disk->end_stall();
    if (!troubled() && relieved_) relieved_();
}

// --- healing ---------------------------------------------------------------------------------------------------------

void Stage::heal() {
    for (auto& healing : std::exchange(healings_, {})) {
        world_.cancel(healing->timer);
        healing->task();
    }
}

void Stage::heal_after(std::optional<Duration> delay, Task fn) {
    auto healing = std::make_unique<Healing>(TimerId{}, std::move(fn));
    if (delay)
        healing->timer = world_.schedule(world_.now() + *delay, [this, raw = healing.get()] {
            const auto found = std::find_if(healings_.begin(), healings_.end(),
                                            [raw](const auto& pending) { return pending.get() == raw; });
            const auto own = std::move(*found);
            healings_.erase(found);
            own->task();
        });
    healings_.push_back(std::move(healing));
}

}  // namespace brokersim::scenario
