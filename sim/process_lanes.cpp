#include "core/check.h"
#include "sim/process.h"

/// A process's lanes: their servers, what waits for them, and Little's law for both.
namespace brokersim::sim {

void Process::open_lane(Lane lane, int servers) {
    LaneState& state = lanes_[static_cast<std::size_t>(lane)];
    BROKERSIM_CHECK(servers >= 1 && state.servers == 0, "lane {} opened with {}", static_cast<int>(lane), servers);
    state.servers = servers;
}

void Process::start(Lane lane, Callback<void(LaneServer)> fn) {
    if (!alive_) return;
    LaneState& state = lanes_[static_cast<std::size_t>(lane)];
    BROKERSIM_CHECK(state.servers > 0, "lane {} of {} is not open", static_cast<int>(lane), node_name());
    Work& work = new_work();
    work.call = std::move(fn);
    work.lane = lane;
    work.since = world_.now();
    state.waiting.push(work);
    state.queue.enter(work.since);
    grant(lane);
}

void Process::grant(Lane lane) {
    LaneState& state = lanes_[static_cast<std::size_t>(lane)];
    while (state.busy < state.servers && !state.waiting.empty()) {
        Work& work = *state.waiting.pop();
        state.queue.leave(world_.now(), work.since);
        work.since = world_.now();
        ++state.busy;
        state.service.enter(work.since);
        world_.ready().push(work);
    }
}

void Process::freed(Lane lane, int servers) {
    LaneState& state = lanes_[static_cast<std::size_t>(lane)];
    state.busy -= servers;
    for (int i = 0; i < servers; ++i) state.service.leave(world_.now(), WorldTime{});
    grant(lane);
}

void Process::free_server(Lane lane) {
    if (!alive_) return;
    --lanes_[static_cast<std::size_t>(lane)].held;
    if (world_.running() == this) {
        ++current_->freed[static_cast<std::size_t>(lane)];
        current_->lanes_freed |= 1U << static_cast<std::uint32_t>(lane);
        return;
    }
    freed(lane, 1);
}

void Process::check_littles_law() const {
    for (std::size_t lane = 0; lane < lane_count; ++lane)
        if (lanes_[lane].servers > 0) check_littles_law(static_cast<Lane>(lane));
}

void Process::check_littles_law(Lane lane) const {
    const LaneState& state = lanes_[static_cast<std::size_t>(lane)];
    const WorldTime now = world_.now();
    std::int64_t waiting = 0;
    std::uint64_t waited = 0;
    for (const Work* work = state.waiting.head; work != nullptr; work = work->next) {
        ++waiting;
        waited += Occupancy::stay(now, work->since);
    }
    BROKERSIM_CHECK(state.queue.count() == waiting && state.queue.balanced(now, waited),
                    "Little's law does not hold for what waits in lane {} of {}", static_cast<int>(lane), node_name());
    std::int64_t busy =
        state.held;  // and those granted to work that has not run, or freed by handlers that have not ended
    for (const Handler* handler = first_unpaid_; handler != nullptr; handler = handler->later)
        busy += handler->freed[static_cast<std::size_t>(lane)];
    std::uint64_t served = static_cast<std::uint64_t>(busy) * Occupancy::stay(now, WorldTime{}) - state.begun;
    for (const WorkQueue* queue : {&backlog_, static_cast<const WorkQueue*>(&world_.ready())})
        for (const Work* work = queue->head; work != nullptr; work = work->next) {
            if (work->process != this || work->lane != lane) continue;
            if (!std::holds_alternative<Work::LaneTask>(work->call)) continue;
            ++busy;
            served += Occupancy::stay(now, work->since);
        }
    BROKERSIM_CHECK(state.busy == busy && state.service.count() == busy && state.service.balanced(now, served),
                    "Little's law does not hold for what lane {} of {} serves", static_cast<int>(lane), node_name());
}

}  // namespace brokersim::sim
