#pragma once

#include "core/store/checkpoint.h"
#include "core/store/commit_log.h"
#include "core/store/index.h"
#include "core/store/queue_builder.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

struct Recovered {
    std::int64_t records_read = 0;
    PhysicalOffset log_begin;  // where it was begun to read
    PhysicalOffset log_end;
};

struct RecoveryRules {
    bool orderly_exit;      // there was no `abort` file
    bool check_crc;         // of bodies
    bool check_record_crc;  // of whole records, which all must have, instead
    bool index_safe;        // messageIndexSafe
};

/// Brings log and queues to a common end after they have been loaded (DefaultMessageStore.recover,
/// ConsumeQueue.recover, CommitLog.recoverNormally and recoverAbnormally):
///
/// 1. each consume queue ends at its first unit that is not valid;
/// 2. the log is read from the last file that is surely good - after an orderly exit by what the queues know, after a
///    crash by the checkpoint - and ends at the first record that is broken (by its checksum too, if that is wanted);
///    what queues and index lack is entered into them; after a crash units of all that is read are entered again, and
///    the last units of a queue go if they point at records of others (the real broker keeps such debris of a cut);
/// 3. if queues point behind that end they are cut, and if there is no log they are removed;
/// 4. every queue's next offset is its end, and its minimum is corrected.
///
/// `index` is null if there is to be none; with index_safe the checkpoint's index time counts too after a crash.
/// Doing it twice changes nothing more; but after a crash the index gets the last records again that its newest file
/// ends with, as with the real broker. Bytes behind the ends stay in the files, as the real broker leaves
/// them.
FileResult<Recovered> recover(CommitLog& log, QueueTable& queues, QueueBuilder& builder, Index* index,
                              Checkpoint& checkpoint, const RecoveryRules& rules);

}  // namespace brokersim::store
