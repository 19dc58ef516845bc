#include "sim/process.h"

#include <algorithm>
#include <bit>

#include "core/check.h"
#include "core/protocol/frame.h"
#include "sim/network.h"

namespace brokersim::sim {

Process::Process(World& world, Machine& machine, NodeId id, std::uint32_t incarnation, FileTable& files,
                 const CollectorSpec* collector, Pauses& pauses)
    : world_(world),
      machine_(machine),
      id_(id),
      incarnation_(incarnation),
      address_(world.address(machine.id)),
      files_(files),
      pauses_(pauses) {
    if (collector != nullptr) collector_.emplace(*collector, world.seed(), node_name(), incarnation);
}

Process::~Process() = default;

// --- handlers --------------------------------------------------------------------------------------------------------

void Process::require_handler() const {
    BROKERSIM_CHECK(world_.running() == this, "outside of a handler of {}", node_name());
}

void Process::begin_handler() {
    BROKERSIM_CHECK(world_.running() == nullptr, "{} runs within a handler", node_name());
    BROKERSIM_CHECK(awake(), "{} is dead or paused", node_name());
    if (current_ == nullptr) {
        current_ = &world_.pools().handlers.take();
        current_->process = this;
    }
    world_.set_running(this);
}

void Process::end_handler() {
    Handler& handler = *current_;
    if (!handler.writes.empty()) fold_writes(handler);
    if (handler.cpu_left == 0 && handler.io.paid()) {
        handler.writes.clear();
        handler.saved.clear();
        run_paid(handler);
    } else {
        current_ = nullptr;
        settle(handler);
    }
    world_.set_running(nullptr);
}

/// Lets a handler that owes something wait until it is paid: first the I/O, then the CPU time.
void Process::settle(Handler& handler) {
    handler.earlier = last_unpaid_;
    handler.later = nullptr;
    (last_unpaid_ == nullptr ? first_unpaid_ : last_unpaid_->later) = &handler;
    last_unpaid_ = &handler;
    if (world_.options().check_unpaid)
        for (const auto& write : handler.writes) write.file->add_unpaid(&handler, write.offset, write.length);
    if (handler.io.paid())
        machine_.cores.submit(handler);
    else
        pay_io(handler);
}

/// Waits for one thing after the other, as a thread does.
void Process::pay_io(Handler& handler) {
    handler.stage = Handler::Stage::io;
    while (!paused_ && !handler.io.paid()) {
        if (handler.io.front().kind == Wait::Kind::time) {
            const Duration time(static_cast<std::int64_t>(handler.io.front().value));
            handler.timer = world_.engine().at(world_.now() + time, [this, &handler] {
                handler.timer = TimerId{};
                handler.io.pop();
                pay_io(handler);
            });
            return;
        }
        if (!machine_.page_cache->serve(handler.io, handler)) return;
    }
    if (paused_)
        handler.stage = Handler::Stage::held;
    else if (handler.cpu_left > 0)
        machine_.cores.submit(handler);
    else
        paid_up(handler);
}

void Handler::woken() { process->io_woken(*this); }

void Process::io_woken(Handler& handler) {
    if (handler.io.front().kind == Wait::Kind::io) handler.io.pop();
    pay_io(handler);
}

void Process::paid_up(Handler& handler) {
    world_.fold_event(FoldKind::paid, id_, 0, 0, 0);
    unlink_unpaid(handler);
    run_paid(handler);
    recycle(handler);
}

/// What waited for the handler's end is due now.
void Process::run_paid(Handler& handler) {
    world_.ready().append(handler.paid);
    for (std::uint32_t lanes = std::exchange(handler.lanes_freed, 0U); lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
        freed(static_cast<Lane>(lane), std::exchange(handler.freed[lane], std::uint16_t{0}));
    }
}

void Process::unlink_unpaid(Handler& handler) {
    (handler.earlier == nullptr ? first_unpaid_ : handler.earlier->later) = handler.later;
    (handler.later == nullptr ? last_unpaid_ : handler.later->earlier) = handler.earlier;
    if (world_.options().check_unpaid)
        for (const auto& write : handler.writes) write.file->remove_unpaid(&handler);
}

void Process::recycle(Handler& handler) {
    discard(handler.paid);
    handler.process = nullptr;
    handler.cpu_left = 0;
    handler.io.clear();
    handler.stage = Handler::Stage::running;
    if (std::exchange(handler.lanes_freed, 0U) != 0) handler.freed.fill(0);
    handler.writes.clear();
    handler.saved.clear();
    world_.pools().handlers.give_back(handler);
}

/// Takes an unpaid handler away from whatever it waits for.
void Process::withdraw(Handler& handler) {
    if (handler.stage == Handler::Stage::io) {
        if (handler.timer.value != 0) world_.engine().cancel(handler.timer);
        handler.timer = TimerId{};
    } else if (handler.stage != Handler::Stage::held) {
        machine_.cores.withdraw(handler);
    }
    handler.stage = Handler::Stage::held;
}

// --- work ------------------------------------------------------------------------------------------------------------

Work& Process::new_work() {
    Work& work = world_.pools().work.take();
    work.process = this;
    return work;
}

void Process::recycle(Work& work) {
    work.call.emplace<Task>();
    work.timer = TimerId{};
    world_.pools().work.give_back(work);
}

void Process::discard(WorkQueue& queue) {
    while (Work* work = queue.pop()) recycle(*work);
}

void Process::run(Work& work) {
    if (paused_) {
        backlog_.push(work);
        return;
    }
    if (work.timer.value != 0) --postponed_timers_;
    auto* task = std::get_if<Task>(&work.call);
    if (!alive_ || (task != nullptr && !*task)) {
        recycle(work);
        return;
    }
    handle([&] {
        if (task != nullptr) {
            (*task)();
        } else {
            LaneState& lane = lanes_[static_cast<std::size_t>(work.lane)];
            ++lane.held;
            lane.begun += Occupancy::stay(work.since, WorldTime{});
            std::get<Work::LaneTask>(work.call)(LaneServer(*this, work.lane));
        }
        recycle(work);  // what the closure held is dropped by this handler
    });
}

void Process::fire(TimerId id, Task& task) {
    if (!alive_) return;
    if (paused_) {
        postpone(std::move(task), id);
        return;
    }
    world_.fold_event(FoldKind::timer, id_, id.value, 0, 0);
    handle([&task] {
        task();
        task.reset();
    });
}

void Process::postpone(Task task, TimerId timer) {
    Work& work = new_work();
    work.call = std::move(task);
    work.timer = timer;
    if (timer.value != 0) ++postponed_timers_;
    backlog_.push(work);
}

TimerId Process::after(Duration delay, Task fn) {
    BROKERSIM_CHECK(delay >= Duration::zero(), "a timer {} ns ago", -delay.count());
    if (!alive_) return {};
    return world_.engine().at(machine_.clock.after(world_.now(), delay), *this, std::move(fn));
}

void Process::cancel(TimerId timer) {
    if (world_.engine().cancel(timer) || postponed_timers_ == 0 || timer.value == 0) return;
    for (const WorkQueue* queue : {&backlog_, &world_.ready()})
        for (Work* work = queue->head; work != nullptr; work = work->next)
            if (work->process == this && work->timer == timer) work->call.emplace<Task>();
}

void Process::soon(Task fn) {
    if (!alive_) return;
    Work& work = new_work();
    work.call = std::move(fn);
    world_.ready().push(work);
}

void Process::owe(Duration cpu) {
    BROKERSIM_CHECK(cpu >= Duration::zero(), "a debt of {} ns", cpu.count());
    if (!alive_) return;
    handler().cpu_left += cpu.count();
}

void Process::paid(Task fn) {
    if (!alive_) return;
    Handler& running = handler();
    Work& work = new_work();
    work.call = std::move(fn);
    running.paid.push(work);
}

// --- lives -----------------------------------------------------------------------------------------------------------

void Process::begin(const NodeFactory& factory) {
    handle([&] {
        node_ = factory(*this);
        BROKERSIM_CHECK(node_ != nullptr, "the factory of {} made nothing", node_name());
        node_->start();
    });
}

void Process::end(bool torn) {
    BROKERSIM_CHECK(world_.running() == nullptr, "{} ended within a handler", node_name());
    alive_ = false;
    node_.reset();
    world_.engine().forget(*this);
    world_.engine().cancel(collection_);
    count_collection();
    for (std::uint64_t n = 0; last_unpaid_ != nullptr; ++n) {
        Handler& handler = *last_unpaid_;  // the latest first, so that former contents are restored in order
        withdraw(handler);
        if (machine_.page_cache) machine_.page_cache->abandon(handler.io, handler);
        if (torn) tear_writes(handler, n);
        unlink_unpaid(handler);
        recycle(handler);
    }
    discard(backlog_);
    for (LaneState& lane : lanes_) discard(lane.waiting);
    if (current_ != nullptr) recycle(*std::exchange(current_, nullptr));
    paused_ = suspended_ = false;  // what is still in the ready queue is dropped there
}

// --- network, chance, telling ----------------------------------------------------------------------------------------

void Process::listen(std::uint16_t port, ConnectionEvents& events) {
    if (alive_) world_.network().listen(*this, port, events);
}

ConnectionId Process::connect(Address peer, Duration timeout, ConnectionEvents& events) {
    if (!alive_) return {};
    return world_.network().connect(*this, peer, timeout, events);
}

void Process::send(ConnectionId id, protocol::Frame&& frame) {
    if (alive_) world_.network().send(*this, id, std::move(frame));
}

bool Process::writable(ConnectionId id) const { return world_.network().writable(*this, id); }

void Process::close(ConnectionId id) {
    if (alive_) world_.network().close(*this, id);
}

bool Process::buggify(std::string_view place) {
    const WorldOptions& options = world_.options();
    if (options.buggify_places_ppm == 0) return false;
    const std::uint64_t where = text_identity(place);
    if (below(draw(Purpose::buggify, where, 0), 1'000'000) >= options.buggify_places_ppm) return false;
    const std::uint64_t here = mix64(where ^ text_identity(node_name())) + incarnation_;
    ++buggify_calls_;
    return below(draw(Purpose::buggify, here, buggify_calls_), 1'000'000) < options.buggify_fires_ppm;
}

void Process::note(const Note& note) {
    if (alive_) world_.tell_note(id_, note);
}

}  // namespace brokersim::sim
