#include "scenarios/history.h"

#include "core/check.h"

namespace brokersim::scenario {

History::History(const Roster& roster)
    : roster_(roster), ledger_(roster), flow_(roster), owners_(roster), now_(INT64_MIN) {}

void History::add(Observer& observer) {
    const KindMask wanted = observer.interests();
    for (std::size_t kind = 0; kind < event_kind_count; ++kind)
        if ((wanted >> kind & 1) != 0) listeners_[kind].push_back(&observer);
}

void History::wake(std::int64_t time, Observer& observer) {
    wakes_.emplace(time, &observer);
    next_wake_ = wakes_.begin()->first;
}

void History::wake_until(std::int64_t time) {
    while (next_wake_ <= time) {
        const auto [due, observer] = *wakes_.begin();
        wakes_.erase(wakes_.begin());
        next_wake_ = wakes_.empty() ? INT64_MAX : wakes_.begin()->first;
        observer->reached(due);
    }
}

void History::record(Event&& event) {
    BROKERSIM_CHECK(event.time >= now_, "an event of {} ns comes after one of {} ns", event.time, now_);
    if (event.time >= next_wake_) [[unlikely]]
        wake_until(event.time);
    now_ = event.time;
    switch (event.kind) {
        case EventKind::sent:
        case EventKind::acknowledged:
        case EventKind::rejected:
        case EventKind::send_timed_out:
        case EventKind::handled:
            ledger_.record(event);
            break;
        case EventKind::delivered:
            ledger_.record(event);
            flow_.record(event);
            break;
        case EventKind::revoked:
        case EventKind::node_stopped:
        case EventKind::node_killed:
            owners_.record(event);
            break;
        case EventKind::owned:
        case EventKind::node_started:
        case EventKind::node_power_lost:
            owners_.record(event);
            flow_.record(event);
            break;
        default:
            flow_.record(event);
            break;
    }
    for (Observer* observer : listeners_[static_cast<std::size_t>(event.kind)]) observer->observe(event);
}

}  // namespace brokersim::scenario
