#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scenarios/bits.h"
#include "scenarios/roster.h"

/// What is really in the brokers' files at the end of a run.
///
/// The auditor is the second opinion on core/store: it shares no code with it, and reads the bytes as RocketMQ's format
/// says (records of version 1 and 2, end-of-file blanks, consume queue units). It walks each CommitLog once, in order,
/// keeps one bit for each message, and tells its sinks of each record as it goes.
///
/// It verifies: files follow each other without gaps and are sized alike; every record's size, magic number, inner
/// lengths, own physical offset, and CRC of the body; queue offsets of each queue rise by one, without holes or
/// repeats; every record that takes a place in a queue has exactly its unit there (physical offset, size, hash of its
/// tag), and there is no unit without a record.
namespace brokersim::scenario {

struct StoreFile {
    std::string path;  // from the broker's store root: "commitlog/00000000000000000000", "consumequeue/TOPIC/ID/..."
    std::span<const std::byte> bytes;
    std::size_t written = SIZE_MAX;  // bytes from here on were never written, and are zero; need not be the first such
};

struct BrokerFiles {
    std::string broker;  // as in queue names: "broker-0"
    /// The broker was up, and quiet, or had stopped in order, when the run ended: its log ends cleanly and is all
    /// dispatched. False for one that lies dead: its log may end in the middle of a record.
    bool quiet = true;
    /// It was started at least once on files that a crash left: bytes beyond the ends may be left over from before.
    bool recovered = false;
    /// One past the last byte of the log by the broker's own account; -1: nobody can tell, the first place without a
    /// record is the end.
    std::int64_t log_end = -1;
    std::vector<StoreFile> files;  // in any order; others than log and queues are ignored
};

struct AuditOptions {
    bool hollow_bodies =
        false;  // bodies are holes but for what identifies them: neither they nor their CRC are checked
};

struct AuditedQueue {
    QueueEntry entry;
    std::int64_t first_offset = -1;  // of the oldest record in the log; -1: there is none
    std::int64_t next_offset = 0;    // one past the newest
};

/// A record that takes a place in a queue.
struct AuditedRecord {
    const AuditedQueue* queue = nullptr;  // holds still while the record is handed around
    std::int64_t queue_offset = 0;
    std::int64_t physical_offset = 0;
    std::int64_t store_timestamp = 0;  // ms, the broker's clock
    std::int32_t reconsume_times = 0;
    MessageId id;             // producer none: not a body of scenarios/body.h
    bool body_whole = false;  // the body is what its first bytes announce
};

class RecordSink {
public:
    virtual ~RecordSink() = default;
    /// Records of one queue come in order of their offsets.
    virtual void on_record(const AuditedRecord& record) = 0;
};

enum class AuditTrouble : std::uint8_t {
    log,      // bytes of the log are not what they should be
    offsets,  // a queue's offsets have a hole, or one comes twice
    units,    // a consume queue says something else than the log
};

struct AuditProblem {
    AuditTrouble trouble = AuditTrouble::log;
    std::string broker;
    std::int64_t physical_offset = -1;  // -1: of no one place
    std::string what;
};

struct LogAudit {
    static constexpr std::size_t most_problems = 100;  // that are kept; all are counted

    std::vector<AuditedQueue> queues;  // by broker, in order of first records
    std::vector<Bits> present;         // by producer: messages in some ordinary queue
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;         // of records
    bool beginning_deleted = false;  // some log does not begin at 0: retention took its older files
    std::vector<AuditProblem> problems;
    std::uint64_t problem_count = 0;

    bool has(MessageId id) const { return id.producer < present.size() && present[id.producer].test(id.sequence); }
};

/// Reads the files of all brokers. What is wrong with them is told in `problems`; nothing is an error of the call.
LogAudit audit_logs(const Roster& roster, std::span<const BrokerFiles> brokers, std::span<RecordSink* const> sinks,
                    const AuditOptions& options = {});

}  // namespace brokersim::scenario
