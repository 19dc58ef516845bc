#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/host.h"
#include "sim/file.h"
#include "sim/name_journal.h"
#include "sim/names.h"
#include "sim/store.h"

namespace brokersim::sim {

class Engine;

/// The files of one node: they belong to its machine and outlive its processes. Paths are relative to the node's root,
/// use '/', and missing parent directories are made. Auditors read them between events; during a run only the node's
/// processes change them, and faults. With a kept store they are real files of the same names.
///
/// What is said here is what processes see: the page cache, and the names as they are. Beside it stands what the disk
/// holds of each file (sim/platter.h) and which changes of names may be missing there (sim/name_journal.h): that comes
/// to light when the power is lost.
class FileTable {
public:
    /// `root` ("broker/0") prefixes the names that files have in the digest, and the directory of a kept store. Files
    /// that a kept store already has become this node's files, as of `now`.
    /// With a page cache, the files' pages are in it; without one they are always there.
    FileTable(std::shared_ptr<Store> store, const Engine& engine, Names& names, std::string root, WallTime now,
              PageCache* page_cache = nullptr);

    /// Entries of a directory, sorted by name; `not_found`.
    FileResult<std::vector<FileInfo>> list(const std::string& directory) const;
    /// The file's bytes, mapped. `not_found`, `limit`.
    FileResult<Mapping> map(const std::string& path) const;
    /// A new file of zero bytes; `exists`, `no_space`, `limit`.
    FileResult<Mapping> create(const std::string& path, std::uint64_t size, WallTime now);
    /// A file, or an empty directory. Bytes that are mapped stay until the last mapping is gone.
    FileResult<void> remove(const std::string& path);
    /// Replaces a file that has the new name.
    FileResult<void> rename(const std::string& from, const std::string& to);
    /// The file gets new bytes behind its name: mappings that exist keep the old ones.
    FileResult<void> set_length(const std::string& path, std::uint64_t size, WallTime now);
    FileResult<std::string> read(const std::string& path) const;
    FileResult<void> write(const std::string& path, std::string_view content, WallTime now);
    /// The sizes of all files. A file takes its whole size from the disk when it is made, whatever is written into it.
    std::uint64_t total_bytes() const { return total_bytes_; }
    FileResult<WallTime> modified_time(const std::string& path) const;
    /// The file itself, or null.
    FilePtr find(const std::string& path) const;
    bool exists(const std::string& path) const { return files_.contains(path) || directories_.contains(path); }

    /// The number that stands for a path of this node in the digest.
    NameId digest_name(const std::string& path) const { return names_.id(root_ + ":" + path); }

    // --- what is durable --------------------------------------------------------------------------------------------

    /// A flush of a file's range: begin_flush now, finish_flush when its time has passed, with what was begun. Changes
    /// of names that it makes durable are those that had been made when it began.
    struct FlushUnderWay {
        FilePtr file;
        std::uint64_t offset;
        std::uint64_t length;
        std::uint64_t change;
        Platter::Flush flush;
    };
    FlushUnderWay begin_flush(FilePtr file, std::uint64_t offset, std::uint64_t length);
    /// `io` if a failure of this node's flushes was asked for.
    FileResult<void> finish_flush(const FlushUnderWay& flush);
    /// The newest change within a directory, and that they are durable up to it.
    std::uint64_t newest_change_in(const std::string& directory) const { return journal_.newest_in(directory); }
    void settle(std::uint64_t change) { journal_.settle(change); }
    std::uint64_t newest_change() const { return journal_.newest(); }

    // --- faults (sim/file_faults.cpp) -------------------------------------------------------------------------------

    struct Lost {
        std::uint64_t changes = 0;  // of names
        std::uint64_t pages = 0;    // that are not what they were
    };
    /// The machine's power is gone and comes back. Changes of names and pages that are not durable are kept or lost as
    /// `draw_key(seed, ...)` says, by the node, how often it lost its power, and the file. Bytes of mappings that still
    /// exist stay as they are: such a file gets new bytes behind its name. No process of the node may live.
    Lost lose_power(std::uint64_t seed);
    /// A process of the node has ended, and left flushes under way. Pages that a failed flush or a write astray has
    /// left clean but wrong may leave the page cache, by the seed; returns how many did.
    std::uint64_t process_ended(std::uint64_t seed);
    /// The next flush that has something to write to a file whose path begins with `prefix` fails; what it was to write
    /// is clean and not on the disk.
    void fail_next_flush(std::string prefix) { failing_.push_back(std::move(prefix)); }
    /// The next flush that has something to write to such a file puts a page, by the draw, in the place of another.
    void misdirect_next_flush(std::string prefix, std::uint64_t draw) { astray_.emplace_back(std::move(prefix), draw); }
    /// Flips one bit of one page, by the draw, of the files whose path begins with `prefix`. Returns where; nothing if
    /// no page was ever used.
    std::optional<std::string> flip_bit(const std::string& prefix, std::uint64_t draw);

private:
    void adopt(WallTime now);
    // All changes of files_ go through these two: they keep the total.
    void set_entry(const std::string& path, FilePtr file);
    void erase_entry(const std::string& path);
    /// Those of a `Content::taken_over` follow from another file: it takes that one's place in the page cache, too.
    enum class Content : std::uint8_t { fresh, taken_over };
    FileResult<FilePtr> make(const std::string& path, std::uint64_t size, WallTime now,
                             Content content = Content::fresh);
    bool path_begins(const File& file, const std::string& prefix) const;
    std::optional<Mapping> keep_bytes(const FilePtr& file) const;
    void note_entry(const std::string& path, FilePtr before);
    void note(NameChange::Kind kind, const std::string& path);
    FileResult<FilePtr> replace(const std::string& path, std::uint64_t size, WallTime now);
    void undo(NameChange change);
    void put_back(const std::string& path, const FilePtr& file);
    FilePtr unmapped(const std::string& path, FilePtr file);
    FileResult<void> make_parents(const std::string& path);
    std::string real_path(const std::string& path) const { return store_->real_path(root_, path); }

    std::shared_ptr<Store> store_;
    const Engine& engine_;
    Names& names_;
    PageCache* page_cache_;
    std::string root_;
    std::map<std::string, FilePtr> files_;
    std::uint64_t total_bytes_ = 0;      // of files_
    std::set<std::string> directories_;  // "" is the root
    NameJournal journal_;
    std::uint64_t power_losses_ = 0;
    std::uint64_t lives_ended_ = 0;
    std::vector<std::string> failing_;                           // faults of flushes that are still to come
    std::vector<std::pair<std::string, std::uint64_t>> astray_;  // the same
    bool pages_went_wrong_ = false;                              // some clean page may not be what the disk holds
};

}  // namespace brokersim::sim
