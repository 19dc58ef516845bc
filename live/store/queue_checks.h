#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/store/consume_queue.h"
#include "core/store/delay_levels.h"
#include "core/store/record.h"
#include "live/store/file_window.h"
#include "live/store/findings.h"
#include "live/store/layout.h"

namespace brokersim::live {

/// Compares consume queues with the log. Told each record in the log's order; see verify().
class QueueChecks {
public:
    QueueChecks(const StoreLayout& layout, const store::DelayLevels& levels, Findings& findings);

    void on_record(const store::RecordView& record, std::int64_t at);
    /// All records have been told; the log begins at `log_begin` and ends at `log_end`. Looks at the units that no
    /// record has asked for.
    void finish(std::int64_t log_begin, std::int64_t log_end);

    std::int64_t units() const { return units_; }

private:
    struct Queue {
        explicit Queue(std::size_t window) : units(window) {}
        const StoreQueue* there = nullptr;  // null: it has no files
        const StoreFile* open = nullptr;    // the file that the window looks into
        FileWindow units;
        std::int64_t first = -1;  // queue offset of its first record in the log
        std::int64_t next = 0;    // the one that its next record should have
    };
    using Ids = std::map<std::int32_t, Queue>;

    Queue& queue_of(const store::RecordView& record);
    void check_unit(Queue& queue, std::int64_t offset, const store::ConsumeUnit& wanted);
    /// The bytes of unit `offset`; empty if they are not there. Files of other sizes than they should have are read as
    /// far as they go.
    std::span<const std::byte> unit_at(Queue& queue, std::int64_t offset);
    void finish(Queue& queue, std::int64_t log_begin, std::int64_t log_end);
    void check_unclaimed(Queue& queue, std::int64_t from, std::int64_t to, std::int64_t log_begin,
                         std::int64_t log_end);
    void found(const Queue& queue, std::int64_t offset, std::string what);

    const StoreLayout& layout_;
    const store::DelayLevels& levels_;
    Findings& findings_;
    std::size_t window_;
    std::map<std::string, Ids, std::less<>> topics_;
    std::pair<const std::string, Ids>* last_ = nullptr;  // the topic that was asked for last
    std::int64_t units_ = 0;
};

}  // namespace brokersim::live
