#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/store/commit_log.h"
#include "core/store/index.h"
#include "core/store/store_config.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

/// The hours (0 to 23) that a deleteWhen names, "04" or "03;04"; nothing if it names something else.
std::optional<std::vector<int>> parse_hours(const std::string& text);

/// Removes what is too old (DefaultMessageStore's CleanCommitLogService and CleanConsumeQueueService). From a minute
/// after the start on, every cleanResourceInterval: log files that were not changed for fileReservedTime go, oldest
/// first, at the hours of deleteWhen, or if more of the disk is used than diskMaxUsedSpaceRatio; above
/// diskSpaceCleanForciblyRatio the oldest go whether they are due or not; above diskSpaceWarningLevelRatio messages are
/// not taken besides. The newest file always stays. A file of which readers hold slices stays too, but no longer than
/// destroyMapedFileIntervalForcibly (the slices stay readable then); it is tried again whatever the hour is, and nobody
/// else gets hold of it. What queues and index have of the removed part
/// goes after it.
///
/// An event is spent on a round only if there is more than one file, or if the log has grown.
class Retention {
public:
    Retention(Host& host, CommitLog& log, QueueTable& queues, Index& index, const StoreConfig& config);

    /// `hours` as parse_hours gives them.
    void start(std::vector<int> hours);
    /// Ends the work; a round under way stops where it is.
    void stop();
    /// The log has grown.
    void wake();
    /// The next rounds act as if the hour had come.
    void ask();
    /// Messages must not be taken.
    bool disk_full() const { return disk_full_; }

private:
    void arm();
    void round();
    /// Looks at the disk; true if files that are due shall go at any hour.
    bool short_of_space();
    bool in_hour() const;
    bool due(std::size_t file) const;
    void remove_log_files(std::int64_t left);
    bool remove_first();
    void remove_queue_files(std::size_t next);
    void end_round();
    void failed() { host_.note(note::Counted{not_removed_, 1}); }

    Host& host_;
    CommitLog& log_;
    QueueTable& queues_;
    Index& index_;
    const StoreConfig& config_;
    NameId not_removed_;  // counted: files that could not be removed
    std::vector<int> hours_;
    MonoTime first_{};  // round
    TimerId timer_{};   // of the next round, or of the next step of this one
    bool started_ = false;
    bool running_ = false;
    bool grown_ = false;
    bool disk_full_ = false;
    bool at_once_ = false;  // whether files are due is not asked in this round
    int asked_rounds_ = 0;
    std::optional<MonoTime> held_since_;  // the oldest file is to go, and readers hold it
    std::optional<MonoTime> retried_at_;
    PhysicalOffset queues_from_;  // queues and index have nothing before it
};

}  // namespace brokersim::store
