#include "sim/cores.h"

#include <algorithm>

#include "core/check.h"
#include "sim/process.h"

namespace brokersim::sim {

void Cores::submit(Handler& handler) {
    BROKERSIM_CHECK(handler.cpu_left > 0, "nothing to pay");
    if (free_ > 0)
        begin_slice(handler);
    else
        enqueue(handler);
}

void Cores::begin_slice(Handler& handler) {
    BROKERSIM_CHECK(free_ > 0, "no core is free");
    --free_;
    const Duration slice = std::min(Duration(handler.cpu_left), world_.options().core_slice);
    handler.stage = Handler::Stage::on_core;
    handler.stage_began = world_.now();
    handler.timer = world_.engine().at(world_.now() + slice, [this, &handler] { end_slice(handler); });
}

void Cores::end_slice(Handler& handler) {
    const std::int64_t served = (world_.now() - handler.stage_began).count();
    handler.cpu_left -= served;
    handler.timer = TimerId{};
    served_ns_ += served;
    ++free_;
    const bool done = handler.cpu_left == 0;
    if (!done) enqueue(handler);
    begin_next();
    if (done) handler.process->paid_up(handler);
}

void Cores::withdraw(Handler& handler) {
    if (handler.stage == Handler::Stage::on_core) {
        world_.engine().cancel(handler.timer);
        handler.timer = TimerId{};
        const std::int64_t served = (world_.now() - handler.stage_began).count();
        handler.cpu_left -= served;
        served_ns_ += served;
        ++free_;
        begin_next();
        return;
    }
    BROKERSIM_CHECK(handler.stage == Handler::Stage::queued, "not with the cores");
    Handler* before = nullptr;
    for (Handler* at = head_; at != &handler; at = at->next) before = at;
    (before == nullptr ? head_ : before->next) = handler.next;
    if (tail_ == &handler) tail_ = before;
    --waiting_;
}

void Cores::enqueue(Handler& handler) {
    handler.stage = Handler::Stage::queued;
    handler.next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = &handler;
    tail_ = &handler;
    ++waiting_;
}

void Cores::begin_next() {
    if (head_ == nullptr || free_ == 0) return;
    Handler* first = head_;
    head_ = first->next;
    --waiting_;
    begin_slice(*first);
}

}  // namespace brokersim::sim
