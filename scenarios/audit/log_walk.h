#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/audit/log_audit.h"
#include "scenarios/audit/queue_files.h"
#include "scenarios/audit/record_reader.h"
#include "scenarios/body.h"

namespace brokersim::scenario::audit {

/// One pass over one broker's log, beside its consume queues.
class LogWalk {
public:
    /// Everything must outlive the walk; what is found goes into `audit`, records to `sinks`.
    LogWalk(const Roster& roster, const BrokerFiles& broker, std::span<RecordSink* const> sinks,
            const AuditOptions& options, LogAudit& audit);

    void run();

private:
    struct Queue {
        AuditedQueue audited;
        QueueFiles files;
        bool seen = false;  // some record of it came by
    };

    void sort_files();
    void add_queue_file(std::string_view path, const StoreFile& file);
    Queue& queue_of(std::string_view topic, std::int32_t queue_id);
    void check_file_sizes();
    /// Walks one file; false at the end of the log.
    bool walk_file(const Part& file);
    void look_at(const Record& record, std::int64_t physical_offset);
    void check_place(Queue& queue, const Record& record, std::int64_t physical_offset);
    void check_unit(const Queue& queue, const Record& record, std::int64_t physical_offset);
    void hand_on(const Queue& queue, const Record& record, std::int64_t physical_offset, bool crc_ok);
    void check_left_over_units();
    std::optional<BodyIdentity> identify(const Record& record, bool& whole);
    void problem(AuditTrouble trouble, std::int64_t physical_offset, std::string what);

    const Roster& roster_;
    const BrokerFiles& broker_;
    std::span<RecordSink* const> sinks_;
    const AuditOptions& options_;
    LogAudit& audit_;
    std::vector<Part> log_;
    using Topics = std::map<std::string, std::map<std::int32_t, Queue>>;
    Topics queues_;                                  // by topic, by id
    Topics::iterator newest_topic_ = queues_.end();  // that was looked up
    std::deque<Queue*> by_first_record_;
    std::vector<std::byte> inflated_;
};

}  // namespace brokersim::scenario::audit
