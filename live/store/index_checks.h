#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/record.h"
#include "live/store/file_window.h"
#include "live/store/findings.h"
#include "live/store/layout.h"

namespace brokersim::live {

/// The header of an index file.
struct IndexHeader {
    std::int64_t begin_time = 0;  // ms
    std::int64_t end_time = 0;
    std::int64_t begin_offset = 0;
    std::int64_t end_offset = 0;
    std::int32_t slots_used = 0;
    std::int32_t count = 0;  // number of the next free entry

    /// Reads it from the first 40 bytes of a file.
    static IndexHeader decode(std::span<const std::byte> bytes);
};

/// Checks that the slots and links of one index file lead to all of its entries, and that the header counts them.
/// Holds the slots of 32 MiB at a time.
void check_index_chains(const StoreLayout& layout, const StoreFile& file, Findings& findings);

/// Compares the entries of all index files with the log. Told each record in the log's order; see verify().
class IndexChecks {
public:
    IndexChecks(const StoreLayout& layout, Findings& findings);

    void on_record(const store::RecordView& record, std::int64_t at);
    /// All records have been told.
    void finish();

    std::int64_t entries() const { return entries_; }

private:
    struct Entry {
        std::int32_t hash;
        std::int64_t offset;
        std::int32_t seconds;
    };
    /// Goes to the next file with entries; past the last one there is no current entry.
    void open_next();
    void advance();
    void load();
    /// Compares the current entry with key number `i` of a record and goes on to the next one.
    void check(const store::RecordView& record, std::int64_t at, std::size_t i);
    /// Whether the current entry is the record's first key once more: recovery after a crash enters the last record
    /// that the index has a second time, behind its `whole` keys, or at the beginning of a file that is built anew.
    bool begins_again(std::int64_t at, bool whole) const;
    std::string key_text(const store::RecordView& record, std::size_t i);
    void check_time(const store::RecordView& record);
    void check_header(const store::RecordView& record, std::int64_t at);
    void found(std::string what);

    const StoreLayout& layout_;
    Findings& findings_;
    FileWindow window_;
    std::size_t file_ = 0;  // behind the one that is open
    const StoreFile* open_ = nullptr;
    IndexHeader header_;
    std::int64_t number_ = 0;         // of the current entry
    std::int64_t last_ = 0;           // of the last entry of the file
    std::int64_t previous_end_ = -1;  // end time of the file before; -1: there is none
    bool there_ = false;              // there is a current entry
    Entry entry_{};
    bool begun_ = false;  // an entry has met its record
    std::string key_;
    std::vector<std::int32_t> hashes_;  // of a record's keys
    std::int64_t entries_ = 0;
    std::int64_t behind_ = 0;        // records with keys behind the last entry
    std::int64_t first_behind_ = 0;  // the first of them
};

}  // namespace brokersim::live
