#include "scenarios/audit/log_audit.h"

#include "scenarios/audit/log_walk.h"

namespace brokersim::scenario {

LogAudit audit_logs(const Roster& roster, std::span<const BrokerFiles> brokers, std::span<RecordSink* const> sinks,
                    const AuditOptions& options) {
    LogAudit audit;
    for (const BrokerFiles& broker : brokers) audit::LogWalk(roster, broker, sinks, options, audit).run();
    return audit;
}

}  // namespace brokersim::scenario
