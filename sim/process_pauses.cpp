#include <algorithm>
#include <utility>

#include "core/check.h"
#include "sim/network.h"
#include "sim/process.h"

/// What stops a process for a time: a signal, or its garbage collector.
namespace brokersim::sim {

void Process::suspend() {
    suspended_ = true;
    halt();
}

void Process::resume() {
    suspended_ = false;
    go_on();
}

/// Nothing of it runs from here on; its handlers give their cores back.
void Process::halt() {
    if (std::exchange(paused_, true)) return;
    for (Handler* handler = first_unpaid_; handler != nullptr; handler = handler->later)
        if (handler->stage != Handler::Stage::io) withdraw(*handler);
}

void Process::go_on() {
    if (suspended_ || collecting_ || !std::exchange(paused_, false)) return;
    world_.ready().append(backlog_);
    for (Handler* handler = first_unpaid_; handler != nullptr;) {
        Handler* later = handler->later;
        if (handler->stage == Handler::Stage::held) {
            if (!handler->io.paid())
                pay_io(*handler);
            else if (handler->cpu_left > 0)
                machine_.cores.submit(*handler);
            else
                paid_up(*handler);
        }
        handler = later;
    }
    world_.network().resume_reading(*this);
}

// --- garbage ---------------------------------------------------------------------------------------------------------

/// The handler that runs ends first.
void Process::plan_collection() {
    collection_due_ = true;
    collection_ = world_.engine().at(world_.now(), [this] { begin_collection(); });
}

void Process::begin_collection() {
    collection_due_ = false;
    collecting_ = true;
    collection_began_ = world_.now();
    ++pauses_.count;
    const Duration length = collector_->collect();
    world_.fold_event(FoldKind::collection, id_, pauses_.count, static_cast<std::uint64_t>(length.count()), 0);
    halt();
    collection_ = world_.engine().at(world_.now() + length, [this] { end_collection(); });
}

void Process::end_collection() {
    collection_ = TimerId{};
    count_collection();
    go_on();
}

void Process::count_collection() {
    if (!std::exchange(collecting_, false)) return;
    const std::int64_t lasted = (world_.now() - collection_began_).count();
    pauses_.total_ns += lasted;
    pauses_.longest_ns = std::max(pauses_.longest_ns, lasted);
}

}  // namespace brokersim::sim
