#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "scenarios/event.h"
#include "scenarios/flow.h"
#include "scenarios/ledger.h"
#include "scenarios/owners.h"
#include "scenarios/roster.h"

/// The stream of events of a run, and those who listen to it.
namespace brokersim::scenario {

/// A fold over a run's history: a checker, a measure. It remembers open items only.
class Observer {
public:
    virtual ~Observer() = default;
    /// The kinds of events that it wants; asked once, when it is added.
    virtual KindMask interests() const = 0;
    /// Events come in order of time; those of one instant in the order in which they happened.
    virtual void observe(const Event& event) = 0;
    /// The instant for which History::wake was asked has come: every earlier event was observed, and none that is not
    /// earlier. Not called if no event comes at that time or later.
    virtual void reached(std::int64_t /*time*/) {}
};

/// Takes each event of a run, brings what all observers share up to date, and hands the event on. When observers see an
/// event, ledger, flow and owners already include it.
///
/// Cost is part of the contract: about eight events for each message, 150 ns for them all. Hence an event goes only to
/// those who asked for its kind, and per message nothing is kept but bits.
class History {
public:
    /// `roster` must outlive the history, and may grow while it runs.
    explicit History(const Roster& roster);

    /// Observers are told in the order of their addition; each must outlive the last record().
    void add(Observer& observer);
    /// Calls `observer.reached(time)` once, at that time; those of one time in the order of the calls.
    void wake(std::int64_t time, Observer& observer);
    /// Fills in `repeat` and `stood_still` of a delivery.
    void record(Event&& event);
    void record(const Event& event) { record(Event(event)); }

    const Roster& roster() const { return roster_; }
    const Ledger& ledger() const { return ledger_; }
    const Flow& flow() const { return flow_; }
    const Owners& owners() const { return owners_; }
    std::int64_t now() const { return now_; }

private:
    const Roster& roster_;
    Ledger ledger_;
    Flow flow_;
    Owners owners_;
    void wake_until(std::int64_t time);

    std::int64_t now_;
    std::int64_t next_wake_ = INT64_MAX;
    std::multimap<std::int64_t, Observer*> wakes_;
    std::array<std::vector<Observer*>, event_kind_count> listeners_;
};

}  // namespace brokersim::scenario
