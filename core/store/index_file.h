#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/store/index_format.h"

namespace brokersim::store {

/// One file of the index: a hash table from the hash of "topic#key" to records of the log, each slot a chain from its
/// newest entry to its oldest (RocketMQ's IndexFile; the bytes are told in index_format.h).
///
/// Entries are seen by select() after publish(). The header is kept here; settle() writes it into the file.
class IndexFile {
public:
    struct Header {
        std::int64_t begin_time = 0;  // ms, store time of the first record
        std::int64_t end_time = 0;    // ms, of the last
        PhysicalOffset begin_offset;
        PhysicalOffset end_offset;
        std::int32_t slots_used = 0;
        std::int32_t count = 1;  // the next free entry

        bool operator==(const Header&) const = default;
    };

    /// Reads the header of what is in `region`, which is at least index_format::file_size(slots, entries) long.
    IndexFile(std::string path, MappedRegionPtr region, std::int64_t slots, std::int64_t entries);

    /// A new file begins where the last one ended; see the first entry's time in put().
    void continue_from(const Header& last);

    const std::string& path() const { return path_; }
    const Header& header() const { return header_; }
    /// As of the last publish().
    const Header& shown() const { return shown_; }
    bool full() const { return header_.count >= entries_; }

    /// Enters a key by its hash (index_format::stored_hash); the file must not be full. Times count in seconds since
    /// the begin time - that of the last file's end for the first entry, as there.
    void put(std::int32_t hash, PhysicalOffset record, std::int64_t store_time);
    /// Ends the writing of a handler.
    void settle();
    /// Shows what was put; by the handler that follows the payment.
    void publish();

    /// Whether times of the file overlap [begin, end] (ms).
    bool overlaps(std::int64_t begin, std::int64_t end) const;
    /// Appends records under `hash` that were stored in [begin, end], newest first, until `found` has `most`. Any
    /// damage of slots or links ends the search.
    void select(std::int32_t hash, std::int64_t begin, std::int64_t end, std::size_t most,
                std::vector<PhysicalOffset>& found) const;

    const MappedRegionPtr& region() const { return region_; }

private:
    struct Overwritten {
        std::int32_t slot;
        std::int32_t head;  // that the slot showed before
    };
    std::byte* entry_to_write(std::int32_t entry);
    std::int32_t shown_head(std::int32_t slot) const;

    std::string path_;
    MappedRegionPtr region_;
    std::int64_t slots_;
    std::int64_t entries_;
    Header header_;
    Header shown_;                          // what readers go by
    Header written_;                        // what stands in the file
    std::vector<Overwritten> overwritten_;  // not yet published
    std::span<std::byte> window_;           // of the running handler: room for entries from window_begin_ on
    std::int32_t window_begin_ = 0;
    std::int32_t settled_count_ = 1;  // header_.count when settle() was called last
};

}  // namespace brokersim::store
