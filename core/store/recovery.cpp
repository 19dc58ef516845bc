#include "core/store/recovery.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/store/former_units.h"
#include "core/store/properties.h"

namespace brokersim::store {
namespace {

constexpr std::int64_t records_published_at_once = 256;  // the index remembers what it has not published

class Recovery {
public:
    Recovery(CommitLog& log, QueueTable& queues, QueueBuilder& builder, Index* index, Checkpoint& checkpoint,
             const RecoveryRules& rules)
        : log_(log), queues_(queues), builder_(builder), index_(index), checkpoint_(checkpoint), rules_(rules) {}

    FileResult<Recovered> run() {
        for (const auto& queue : queues_.all()) {
            if (auto recovered = queue->units.recover(); !recovered) return std::unexpected(recovered.error());
            indexed_ = std::max(indexed_, queue->units.max_physical_offset());
        }
        auto done = log_.files().empty() ? remove_queues() : recover_log();
        if (!done) return std::unexpected(std::move(done.error()));
        walk_ = {};  // the log has been cut since
        for (const auto& queue : queues_.all()) {
            if (auto cut = drop_strays(*queue, log_.max_offset()); !cut) return std::unexpected(std::move(cut.error()));
            queue->units.correct_min_offset(log_.min_offset());
            queue->next_offset = queue->units.max_offset().value;
        }
        return recovered_;
    }

private:
    FileResult<void> remove_queues() {
        for (const auto& queue : queues_.all())
            if (auto removed = queue->units.destroy(); !removed) return removed;
        return {};
    }

    /// An earlier recovery that cut a queue left the units behind its end in the file. If the queue got no new ones,
    /// they look valid still; but where they point, the log has been written again.
    /// The records of all other units lie before `log_end`.
    FileResult<void> drop_strays(TopicQueue& queue, PhysicalOffset log_end) {
        QueueOffset end = queue.units.max_offset();
        while (end.value > 0 && stray(queue, end - 1)) end = end - 1;
        return end == queue.units.max_offset() ? FileResult<void>{} : queue.units.cut_at(end, log_end);
    }

    bool stray(TopicQueue& queue, QueueOffset offset) {
        const auto unit = queue.units.unit(offset);
        if (!unit || unit->stands_for_none() || unit->physical_offset < log_.min_offset()) return false;
        LogCursor cursor(log_.files(), unit->physical_offset);
        if (cursor.next() != LogCursor::Step::record || cursor.record().physical_offset() != unit->physical_offset)
            return inside_another(unit->physical_offset);
        const RecordView& record = cursor.record();
        // Queues of several dispatches share a record. A unit that is misplaced lies before its offset.
        const bool own = record.topic() == queue.topic && record.queue_id() == queue.id;
        if (!own) return find_property(record.properties(), property::multi_dispatch).empty();
        return record.queue_offset() < offset;
    }

    /// Where the records of a file lie, up to what is no record.
    struct FileWalk {
        std::int64_t file = -1;                       // its start; -1: none was walked
        std::vector<std::int64_t> records;            // where each begins
        std::int64_t end = 0;                         // of the last one
        LogCursor::Step stop = LogCursor::Step::end;  // what is there
    };

    const FileWalk& walk(std::int64_t file) {
        if (walk_.file == file) return walk_;
        walk_ = {.file = file};
        LogCursor cursor(log_.files(), {file});
        const std::int64_t file_end = file + log_.files().file_size();
        while (cursor.position().value < file_end && (walk_.stop = cursor.next()) == LogCursor::Step::record)
            walk_.records.push_back(cursor.record_position().value);
        walk_.end = cursor.position().value;
        return walk_;
    }

    /// Whether `at` lies within a record, or in the unused rest of a file, the marker included: then the log is not
    /// damaged there. Strays of a queue lie close together: the file is walked once for many of them.
    bool inside_another(PhysicalOffset at) {
        if (at >= log_.max_offset()) return false;
        const FileWalk& file = walk(at.value - at.value % log_.files().file_size());
        if (at.value < file.end) return !std::ranges::binary_search(file.records, at.value);
        return at.value >= file.end && file.stop == LogCursor::Step::blank;
    }

    /// Units of records that are read now are entered again: those that are there may be of records that were there
    /// before an earlier recovery cut the log. What is left then points at what is surely good, but for units that are
    /// damaged: these stay as they are. `first` is the first of the queue's records that are read, and lies at `at`;
    /// null: there is none.
    FileResult<void> drop_unsure_units(TopicQueue& queue, const RecordView* first, PhysicalOffset at) {
        queue.entered_again = true;
        const PhysicalOffset log_begin = recovered_.log_begin;
        if (first != nullptr && stands_at(queue, *first, at)) {
            former_.keep(queue, first->queue_offset());
            return queue.units.cut_at(first->queue_offset(), log_begin);
        }
        const QueueOffset cut = queue.units.first_behind(log_begin);
        former_.keep(queue, cut);
        if (auto done = queue.units.cut_at(cut, log_begin); !done) return done;
        return drop_strays(queue, log_begin);
    }

    /// Whether the queue has the record's unit where the record says.
    bool stands_at(TopicQueue& queue, const RecordView& record, PhysicalOffset at) {
        const QueueOffset offset = record.queue_offset();
        if (offset.value < 0 || offset >= queue.units.max_offset()) return false;
        const auto unit = queue.units.unit(offset);
        return unit && unit->physical_offset == at && unit->size == record.size();
    }

    /// A record that is intact as far as its body goes may still say a wrong topic, queue or queue offset. What the
    /// queues held before tells better where the rest of the log agrees with it: the place that such a record should
    /// have said is filled, and the place that it says is left to the record that has it by right. (The real broker
    /// keeps what the queues held as it is.) False: the record takes no place in a queue.
    FileResult<bool> mend_queue_before(const RecordView& record, PhysicalOffset at) {
        TopicQueue* queue = queues_.find(record.topic(), record.queue_id());
        if (queue == nullptr || !takes_queue_offset(record.sys_flag())) return true;
        if (!queue->entered_again)
            if (auto cut = drop_unsure_units(*queue, &record, at); !cut) return std::unexpected(std::move(cut.error()));
        const QueueOffset end = queue->units.next_offset();
        if (record.queue_offset() < end) return true;
        const auto former = former_.at(*queue, end);
        if (!former || (former->physical_offset == at && former->size == record.size())) return true;
        if (record.queue_offset() > end)
            if (auto restored = restore(*queue, record, at); !restored || *restored) return restored;
        return !(former->physical_offset > at && lies_ahead(former->physical_offset, at) &&
                 claims(*former, *queue, end));
    }

    /// The queue held a unit of this record where the record says that its place is. So it held those of the messages
    /// before it too; where the log has no record that says to be one of them, a record lies that says something else.
    /// They are entered as they were if a record lies where each of them points. False: nothing was done.
    FileResult<bool> restore(TopicQueue& queue, const RecordView& record, PhysicalOffset at) {
        const QueueOffset from = queue.units.next_offset();
        const QueueOffset to = record.queue_offset();
        const auto own = former_.at(queue, to);
        if (!own || own->physical_offset != at || own->size != record.size()) return false;
        PhysicalOffset behind = queue.units.max_physical_offset();
        for (QueueOffset offset = from; offset < to; offset = offset + 1) {
            const auto unit = former_.at(queue, offset);
            if (!unit || unit->physical_offset < behind || unit->physical_offset >= at || !record_of(*unit) ||
                inside_another(unit->physical_offset))
                return false;
            behind = unit->physical_offset + unit->size;
        }
        if (behind > at) return false;
        for (QueueOffset offset = from; offset < to; offset = offset + 1) {
            const auto put = queue.units.put(*former_.at(queue, offset), offset);
            if (!put) return std::unexpected(put.error());
            queue.units.publish();
        }
        return true;
    }

    /// Whether the log, read on from the record at `at`, has a record that begins at `wanted`. Bytes behind its end, or
    /// in the unused rest of a file, may look like one.
    bool lies_ahead(PhysicalOffset wanted, PhysicalOffset at) {
        if (!scout_) scout_.emplace(log_.files(), at);
        while (!scout_ended_ && scout_->position() <= wanted) {
            const auto step = scout_->next();
            if (step == LogCursor::Step::record && intact(scout_->record())) {
                ahead_.push_back(scout_->record_position().value);
                continue;
            }
            const auto next = log_.files().next_file_start(scout_->position().value);
            if (step == LogCursor::Step::blank && next)
                scout_->move_to({*next});
            else
                scout_ended_ = true;
        }
        return std::ranges::binary_search(ahead_, wanted.value);
    }

    /// The record of exactly that unit.
    std::optional<RecordView> record_of(const ConsumeUnit& unit) {
        LogCursor cursor(log_.files(), unit.physical_offset);
        if (cursor.next() != LogCursor::Step::record) return std::nullopt;
        const RecordView& record = cursor.record();
        const bool whole = record.physical_offset() == unit.physical_offset && record.size() == unit.size;
        return whole && takes_queue_offset(record.sys_flag()) ? std::optional(record) : std::nullopt;
    }

    bool claims(const ConsumeUnit& unit, const TopicQueue& queue, QueueOffset offset) {
        const auto record = record_of(unit);
        return record && record->topic() == queue.topic && record->queue_id() == queue.id &&
               record->queue_offset() == offset;
    }

    FileResult<void> recover_log() {
        recovered_.log_begin = {log_.files().file_start(first_file())};
        if (index_ != nullptr && rules_.index_safe && !rules_.orderly_exit)
            index_->enter_again_from(recovered_.log_begin);
        const auto end = read_log(recovered_.log_begin.value);
        if (!end) return std::unexpected(end.error());
        for (const auto& queue : queues_.all())
            if (!rules_.orderly_exit && !queue->entered_again)
                if (auto cut = drop_unsure_units(*queue, nullptr, {}); !cut) return cut;
        if (index_ != nullptr) {
            index_->enter_again_from(*end);
            publish_index();
        }
        for (const auto& queue : queues_.all()) queue->units.publish();
        if (indexed_ >= *end)
            for (const auto& queue : queues_.all())
                if (auto cut = queue->units.truncate(*end); !cut) return cut;
        recovered_.log_end = *end;
        return log_.files().truncate(end->value);
    }

    /// The last file whose first record shows that everything before it is in the queues; else the first one.
    std::size_t first_file() {
        std::size_t index = log_.files().file_count() - 1;
        while (index > 0 && !surely_good(log_.files().file_start(index))) --index;
        return index;
    }

    bool surely_good(std::int64_t file_start) {
        const auto head = log_.files().read(file_start, 80);
        if (head.size() < 80) return false;
        const auto magic = load_big<std::int32_t>(head.data() + 4);
        if (magic != magic_v1 && magic != magic_v2) return false;
        const std::int64_t stored = log_.store_time({file_start}, 80);
        if (stored == 0) return false;
        if (rules_.orderly_exit) return load_big<std::int64_t>(head.data() + 28) <= indexed_.value;
        // Of records stored in the very millisecond of the index time, some need not be in the index.
        if (index_ != nullptr && rules_.index_safe && stored >= checkpoint_.values.index_time) return false;
        return stored <= checkpoint_.min_time();
    }

    /// Reads on to the end of what is good and enters records into the queues; gives that end.
    FileResult<PhysicalOffset> read_log(std::int64_t from) {
        LogCursor cursor(log_.files(), {from});
        while (true) {
            switch (cursor.next()) {
                case LogCursor::Step::record:
                    if (!intact(cursor.record())) return cursor.record_position();
                    if (auto entered = enter(cursor); !entered) return std::unexpected(std::move(entered.error()));
                    break;
                case LogCursor::Step::blank: {
                    const auto next = log_.files().next_file_start(cursor.position().value);
                    // After the last file the marker itself is the end: the next append writes it again and goes on.
                    if (!next) return cursor.position();
                    cursor.move_to({*next});
                    break;
                }
                default:
                    return cursor.position();
            }
        }
    }

    bool intact(const RecordView& record) const {
        if (!rules_.check_crc) return true;
        if (rules_.check_record_crc) return property_crc(record) && property_crc_intact(record);
        return body_intact(record);
    }

    FileResult<void> enter(const LogCursor& cursor) {
        const PhysicalOffset at = cursor.record_position();
        ++recovered_.records_read;
        checkpoint_.values.confirm_offset = at.value;
        // After an orderly exit nothing was left to dispatch; the comparison is the real one, which passes over a
        // record that begins exactly where the queues end. (It is with where the record says that it lies, there.)
        if (rules_.orderly_exit && at <= indexed_) return {};
        const auto properties = dispatch_properties(cursor.record().properties());
        FileResult<bool> has_place = true;
        if (!rules_.orderly_exit) has_place = mend_queue_before(cursor.record(), at);
        if (!has_place) return std::unexpected(std::move(has_place.error()));
        if (*has_place) {
            auto entered = builder_.enter(cursor.record(), properties, at);
            if (!entered) return std::unexpected(std::move(entered.error()));
            if (entered->queue != nullptr) {
                entered->queue->entered_again = true;
                entered->queue->units.publish();
            }
        }
        // It may end with this very record, which stands in no queue: each opening would enter it once more, as those
        // of the real broker do.
        if (index_ == nullptr || (rules_.orderly_exit && at <= index_->end_offset())) return {};
        auto indexed = index_->enter(cursor.record(), properties, at);
        if (recovered_.records_read % records_published_at_once == 0) publish_index();
        return indexed;
    }

    void publish_index() {
        index_->settle();
        index_->publish();
    }

    CommitLog& log_;
    QueueTable& queues_;
    QueueBuilder& builder_;
    Index* index_;
    Checkpoint& checkpoint_;
    RecoveryRules rules_;
    PhysicalOffset indexed_{-1};  // end of the last record that a queue knew when it was loaded
    Recovered recovered_;
    FileWalk walk_;
    FormerUnits former_;
    std::optional<LogCursor> scout_;   // reads ahead where what queues held before must be looked at
    std::vector<std::int64_t> ahead_;  // where the records begin that it has passed
    bool scout_ended_ = false;
};

}  // namespace

FileResult<Recovered> recover(CommitLog& log, QueueTable& queues, QueueBuilder& builder, Index* index,
                              Checkpoint& checkpoint, const RecoveryRules& rules) {
    return Recovery(log, queues, builder, index, checkpoint, rules).run();
}

}  // namespace brokersim::store
