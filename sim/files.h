#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/host.h"
#include "sim/file.h"
#include "sim/names.h"
#include "sim/store.h"

namespace brokersim::sim {

/// The files of one node: they belong to its machine and outlive its processes. Paths are relative to the node's root,
/// use '/', and missing parent directories are made. Auditors read them between events; during a run only the node's
/// processes change them. With a kept store they are real files of the same names.
class FileTable {
public:
    /// `root` ("broker/0") prefixes the names that files have in the digest, and the directory of a kept store. Files
    /// that a kept store already has become this node's files, as of `now`.
    FileTable(std::shared_ptr<Store> store, Names& names, std::string root, WallTime now);

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
    std::uint64_t total_bytes() const;
    FileResult<WallTime> modified_time(const std::string& path) const;
    /// The file itself, or null.
    FilePtr find(const std::string& path) const;
    bool exists(const std::string& path) const { return files_.contains(path) || directories_.contains(path); }

    /// The number that stands for a path of this node in the digest.
    NameId digest_name(const std::string& path) const { return names_.id(root_ + ":" + path); }

private:
    void adopt(WallTime now);
    FileResult<FilePtr> make(const std::string& path, std::uint64_t size, WallTime now);
    FileResult<void> make_parents(const std::string& path);
    std::string real_path(const std::string& path) const { return store_->real_path(root_, path); }

    std::shared_ptr<Store> store_;
    Names& names_;
    std::string root_;
    std::map<std::string, FilePtr> files_;
    std::set<std::string> directories_;  // "" is the root
};

}  // namespace brokersim::sim
