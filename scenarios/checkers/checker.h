#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/audit/log_audit.h"
#include "scenarios/checkers/context.h"
#include "scenarios/history.h"

/// Judges of promises.
namespace brokersim::scenario {

/// A promise that did not hold.
struct Broken {
    static constexpr std::size_t most_evidence = 10;

    std::string promise;
    std::int64_t at = 0;                // world ns, when it became visible
    std::string what;                   // one sentence, with the number of cases
    std::vector<std::string> evidence;  // the first cases, one line each
    std::vector<MessageId> messages;    // the messages that they are about, for a second look
};

struct Verdict {
    std::string promise;
    std::vector<Broken> broken;
    /// Why nothing, or not everything, could be judged: the condition under which the promise holds was not met. Empty
    /// if all was judged.
    std::string not_judged;

    bool held() const { return broken.empty(); }
};

/// How a run ended.
struct RunEnd {
    std::int64_t time = 0;            // world ns, when the last event had been looked at
    bool drained = true;              // it became quiet by itself; false: the time for draining was up
    const LogAudit* audit = nullptr;  // null: nobody read the files (a history of someone else)
};

/// A fold over the history, then over the records that the auditor finds, then a verdict.
class Checker : public Observer, public RecordSink {
public:
    explicit Checker(const History& history, const CheckerContext& context) : history_(history), context_(context) {}

    virtual std::string_view promise() const = 0;
    void on_record(const AuditedRecord&) override {}
    /// Called once, after the last event and the audit.
    virtual Verdict finish(const RunEnd& end) = 0;

protected:
    const Roster& roster() const { return history_.roster(); }
    Verdict empty_verdict() const { return {.promise = std::string(promise()), .broken = {}, .not_judged = {}}; }

    const History& history_;
    const CheckerContext& context_;
};

/// One of each promise that the context's groups can break, in the order in which reports name them. They are not yet
/// added to the history. `history` and `context` must outlive them.
std::vector<std::unique_ptr<Checker>> make_checkers(const History& history, const CheckerContext& context);

}  // namespace brokersim::scenario
