#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/host.h"

namespace brokersim::store {

class FileAllocation;

/// A file's name from the position of its first byte: 20 decimal digits.
std::string offset_file_name(std::int64_t start);

/// A long run of bytes cut into files of one size, each named by the position of its first byte (RocketMQ's
/// MappedFileQueue). Positions are bytes counted from the start of the whole run. Files are mapped when they are first
/// touched.
///
/// Three positions move forward: what is written (`append_position`), what others may read (`readable`, moved by
/// publish() once the writing handler has paid), and what was forced to disk (`flushed`). All files before the one that
/// holds a position count as full.
///
/// A file of a log may have a buffer of a StorePool. What is appended to it lies in the memory of the process until
/// commit() copies it into the file, and only then can it be read.
class MappedFileQueue {
public:
    /// `file_size` > 0. `host` must outlive the queue, as must `ahead`, which then makes the files; null: they are made
    /// when they are needed.
    MappedFileQueue(Host& host, std::string directory, std::int64_t file_size, FileAllocation* ahead = nullptr);

    /// Where a file may begin at most: what is appended behind it can be counted still.
    static constexpr std::int64_t largest_start = INT64_MAX / 2;

    // --- opening ----------------------------------------------------------------------------------------------------

    /// Learns which files there are. A last file of length 0 is removed; one of another size than `file_size`, or with
    /// a name that is no position or one behind `largest_start`, is an error. All positions stand at the end of the
    /// last file until truncate().
    FileResult<void> load();
    /// Makes `position` the end: of the positions, and of the files (those that start behind it are removed).
    FileResult<void> truncate(std::int64_t position);
    /// Removes the last file; the end is then the end of the one before (0 if none is left).
    FileResult<void> remove_last();
    /// Removes the first file, which must not be the only one; the slices that somebody holds of it stay readable.
    /// False if somebody does, unless it is `forced`: then it is leaving, and nobody else reads in it any more
    /// (ReferenceResource: hold() fails after shutdown()).
    FileResult<bool> remove_first(bool forced);
    /// When a file was changed last, by the node's clock.
    FileResult<WallTime> modified_time(std::size_t index) const;
    /// Gives mappings back, but of the newest `kept` files, of what is not on disk, and of what somebody holds. They
    /// are mapped again when they are touched.
    void forget_mappings(std::size_t kept);
    /// Removes all files; positions are 0.
    FileResult<void> destroy();

    // --- files ------------------------------------------------------------------------------------------------------

    bool empty() const { return files_.empty(); }
    std::size_t file_count() const { return files_.size(); }
    std::int64_t file_start(std::size_t index) const { return files_[index].start; }
    std::int64_t file_size() const { return file_size_; }
    /// Start of the first file that begins behind `offset`.
    std::optional<std::int64_t> next_file_start(std::int64_t offset) const;
    /// Position of the first byte that is there and not leaving, 0 without files.
    std::int64_t min_offset() const {
        return files_.empty() ? 0 : files_.front().start + (files_.front().leaving ? file_size_ : 0);
    }
    const std::string& directory() const { return directory_; }

    // --- appending --------------------------------------------------------------------------------------------------

    std::int64_t append_position() const { return append_; }
    /// Bytes left in the last file, 0 without files.
    std::int64_t room() const { return end_of_files() - append_; }
    /// Where the file begins that prepare(start) makes when the last one is full.
    std::int64_t next_start(std::int64_t start = 0) const {
        return files_.empty() ? start - start % file_size_ : end_of_files();
    }
    /// Bytes left in the file that append() would write to; makes that file if the last one is full. The first file of
    /// an empty queue is the one that holds `start`.
    FileResult<std::int64_t> prepare(std::int64_t start = 0);
    /// A view to write `length` bytes into before the handler returns; the append position moves behind them. They must
    /// fit into the room that prepare() told.
    std::span<std::byte> append(std::int64_t length);
    /// Moves the append position to the end of its file (the rest keeps what was there).
    void skip_rest_of_file();
    /// Lets others read, and flush, up to `position`; of a file with a buffer, lets it be committed. `store_timestamp`
    /// (ms) is that of the newest record before it.
    void publish(std::int64_t position, std::int64_t store_timestamp = 0);

    // --- committing: only of files that have a buffer ---------------------------------------------------------------

    /// Whether commit(least_pages) would copy anything: the rest of a file that has been filled, or at least that many
    /// pages of 4096 bytes (0: any byte).
    bool can_commit(int least_pages) const;
    /// Copies what was published from the buffer of the oldest file that is not committed into it (one file for each
    /// call, as MappedFileQueue.commit) and tells how many bytes. can_commit(least_pages) must hold; others see it
    /// after publish_commit(), by a handler that follows the payment of this one.
    std::int64_t commit(int least_pages);
    void publish_commit();

    // --- reading ----------------------------------------------------------------------------------------------------

    std::int64_t readable() const { return readable_; }
    /// How many bytes can be read from `offset` on without leaving its file; 0 if there are none.
    std::int64_t rest(std::int64_t offset) const;
    /// Exactly `length` bytes (> 0) of one file, below the readable limit; empty if they are not there, or if the file
    /// cannot be mapped. Valid until the handler returns.
    std::span<const std::byte> read(std::int64_t offset, std::int64_t length);
    /// The same, kept alive by the slice.
    Slice pin(std::int64_t offset, std::int64_t length);

    // --- flushing ---------------------------------------------------------------------------------------------------

    std::int64_t flushed() const { return flushed_; }
    bool flushing() const { return flushing_; }
    /// Whether flush(least_pages) would force anything: the file that holds `flushed` has been filled, or at least that
    /// many pages of 4096 bytes lie between what is flushed and what is readable (0: any byte).
    bool can_flush(int least_pages) const;
    /// Forces the file that holds the flushed position, up to what is readable now (one file for each call, as
    /// MappedFileQueue.flush). can_flush(least_pages) must hold, and no other flush may be under way. `done` runs
    /// later.
    void flush(int least_pages, Callback<void(FileResult<void>)> done);
    /// Store timestamp (ms) of the newest record that a thorough flush (0 pages) has forced; 0 if there was none.
    std::int64_t flushed_timestamp() const { return flushed_timestamp_; }
    /// Takes what was found in the file that holds `position`, and in those behind it, as not yet on disk.
    void flush_again_from(std::int64_t position);

private:
    struct File {
        std::int64_t start;
        MappedRegionPtr region;  // null until it is touched
        std::int64_t store_timestamp = 0;
        bool leaving = false;   // its removal has begun
        bool buffered = false;  // it has a buffer that must be copied to it
    };
    /// What was appended to a file and is not in it yet.
    struct Buffer {
        std::int64_t from;  // the position of its first byte
        std::int64_t file_end;
        std::vector<std::byte> bytes;
    };
    std::string path(std::int64_t start) const { return directory_ + "/" + offset_file_name(start); }
    /// The file that holds `offset`; null if it is not there.
    File* find(std::int64_t offset);
    const File* find(std::int64_t offset) const { return const_cast<MappedFileQueue*>(this)->find(offset); }
    /// The file's mapping, made now if need be; null if that fails.
    MappedRegion* region(File& file);
    std::int64_t end_of_files() const { return files_.empty() ? 0 : files_.back().start + file_size_; }
    /// Where the readable bytes of the file end.
    std::int64_t readable_end(const File& file) const;
    /// The mapped file that holds [offset, offset + length), if all of it may be read.
    File* find_readable(std::int64_t offset, std::int64_t length);
    FileResult<void> remove_files_from(std::size_t index);
    FileResult<File> make(std::int64_t start);
    void skip(std::int64_t length);
    void show();

    Host& host_;
    FileAllocation* ahead_;
    std::string directory_;
    std::int64_t file_size_;
    std::vector<File> files_;  // ascending by start
    std::int64_t append_ = 0;
    std::int64_t published_ = 0;
    std::int64_t readable_ = 0;
    std::deque<Buffer> buffers_;  // ascending; none is empty
    std::int64_t copied_ = 0;     // bytes of the first that commit() has copied
    std::int64_t flushed_ = 0;
    std::int64_t flushed_timestamp_ = 0;
    bool flushing_ = false;
};

}  // namespace brokersim::store
