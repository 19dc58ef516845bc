#include <algorithm>
#include <cstring>

#include "core/check.h"
#include "sim/checksum.h"
#include "sim/files.h"
#include "sim/process.h"
#include "sim/region.h"

namespace brokersim::sim {

/// Puts what the handler wrote into the digest, in the order of the write() calls, as it stands at the handler's end.
void Process::fold_writes(const Handler& handler) {
    for (const auto& write : handler.writes) {
        const std::span<const std::byte> bytes{write.file->data() + write.offset, write.length};
        world_.fold(FoldKind::store_write, id_,
                    static_cast<std::uint64_t>(write.file->name().value) << 32 | write.length, write.offset,
                    checksum(bytes));
    }
}

/// The process died in the middle of a handler. Of each of its writes an arbitrary part was made: all, nothing, or one
/// range of its bytes, since a copy runs forward, backward, or does its ends last; which writes it got to is as
/// arbitrary. A range is cut where a copy puts its pieces together. The rest of the bytes are what they were before.
/// `n` numbers the unpaid handlers of this death.
void Process::tear_writes(Handler& handler, std::uint64_t n) {
    constexpr std::uint64_t piece = 16;  // bytes that a copy moves at once, at least
    const std::uint64_t identity = mix64(text_identity(node_name()) + incarnation_) + n;
    std::uint64_t number = 0;
    for (auto write = handler.writes.rbegin(); write != handler.writes.rend(); ++write) {
        if (write->former == Handler::Write::Former::unknown) continue;
        const std::uint64_t what = draw(Purpose::torn_bytes, identity, number++);
        const auto cut = [&](std::uint64_t drawn) {
            return std::min(below(drawn, write->length / piece + 2) * piece, write->length);
        };
        const std::uint64_t one = cut(mix64(what));
        const std::uint64_t other = cut(mix64(what + 1));
        std::uint64_t begin = 0;
        std::uint64_t end = write->length;  // [begin, end) was made
        switch (what & 7) {
            case 0:
            case 1:
                break;
            case 2:
            case 3:
                end = 0;
                break;
            case 4:
            case 5:
                end = one;
                break;
            case 6:
                begin = one;
                break;
            default:
                begin = std::min(one, other);
                end = std::max(one, other);
        }
        std::byte* bytes = write->file->data() + write->offset;
        const bool zero = write->former == Handler::Write::Former::zero;
        const auto restore = [&](std::uint64_t from, std::uint64_t length) {
            if (length == 0) return;
            if (zero)
                std::memset(bytes + from, 0, length);
            else
                std::memcpy(bytes + from, handler.saved.data() + write->saved_at + from, length);
        };
        restore(0, begin);
        restore(end, write->length - end);
        if (end - begin < write->length)
            world_.fold(FoldKind::store_write, id_, static_cast<std::uint64_t>(write->file->name().value) << 32 | begin,
                        write->offset, end);
    }
}

void Process::fold_file(std::string_view operation, const std::string& path, std::uint64_t size,
                        std::uint64_t content) {
    const std::uint64_t name = files_.digest_name(path).value;
    world_.fold(FoldKind::file_change, id_, name << 32 | static_cast<unsigned char>(operation.front()), size, content);
}

FileResult<std::vector<FileInfo>> Process::list(const std::string& directory) { return files_.list(directory); }

MappedRegionPtr Process::region(Mapping mapping) { return MappedRegionPtr(new Region(*this, std::move(mapping))); }

FileResult<MappedRegionPtr> Process::map(const std::string& path) {
    auto mapping = files_.map(path);
    if (!mapping) return std::unexpected(mapping.error());
    if (mapping->file().size() == 0)
        return std::unexpected(FileError{FileErrorCode::wrong_size, path + ": empty file"});
    return region(std::move(*mapping));
}

DiskUsage Process::disk_usage() const { return {machine_.spec.disk_bytes, files_.total_bytes()}; }

FileResult<void> Process::require_room(const std::string& path, std::uint64_t size) const {
    const std::uint64_t capacity = machine_.spec.disk_bytes;
    const FilePtr replaced = files_.find(path);
    const std::uint64_t others = files_.total_bytes() - (replaced ? replaced->size() : 0);
    if (size == 0 || (others <= capacity && size <= capacity - others)) return {};
    return std::unexpected(FileError{FileErrorCode::no_space, path + ": no space left on the disk"});
}

FileResult<MappedRegionPtr> Process::create(const std::string& path, std::uint64_t size) {
    if (auto room = require_room(path, size); !room) return std::unexpected(std::move(room.error()));
    auto mapping = files_.create(path, size, wall_ms());
    if (!mapping) return std::unexpected(mapping.error());
    fold_file("create", path, size, 0);
    return region(std::move(*mapping));
}

FileResult<void> Process::remove(const std::string& path) {
    if (const FilePtr file = files_.find(path); file && file->cached() != nullptr) {
        handler().io.add_time(machine_.page_cache->removal_time(*file->cached()));
        machine_.page_cache->stall_for_removal(*file->cached());
    }
    auto removed = files_.remove(path);
    if (removed) fold_file("remove", path, 0, 0);
    return removed;
}

FileResult<void> Process::rename(const std::string& from, const std::string& to) {
    auto renamed = files_.rename(from, to);
    if (renamed) {
        fold_file("name", from, 0, 0);
        fold_file("to", to, 0, 0);
    }
    return renamed;
}

FileResult<void> Process::set_length(const std::string& path, std::uint64_t size) {
    if (auto room = require_room(path, size); !room) return room;
    auto changed = files_.set_length(path, size, wall_ms());
    if (changed) fold_file("length", path, size, 0);
    return changed;
}

FileResult<std::string> Process::read_file(const std::string& path) {
    if (const FilePtr file = files_.find(path); file && file->cached() != nullptr)
        machine_.page_cache->read_by_call(*file->cached(), 0, file->size(), handler().io);
    return files_.read(path);
}

FileResult<void> Process::write_file(const std::string& path, std::string_view content) {
    if (auto room = require_room(path, content.size()); !room) return room;
    auto written = files_.write(path, content, wall_ms());
    if (const FilePtr file = files_.find(path); written && file->cached() != nullptr)
        machine_.page_cache->write_by_call(*file->cached(), 0, file->size(), handler().io);
    if (written) fold_file("write", path, content.size(), checksum(as_bytes(content)));
    return written;
}

FileResult<WallTime> Process::modified_time(const std::string& path) { return files_.modified_time(path); }

void Process::flush(FilePtr file, std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) {
    if (!alive_) return;
    CachedFile* const cached = file->cached();
    auto begun = files_.begin_flush(std::move(file), offset, length);
    if (cached != nullptr) {
        machine_.page_cache->flush(
            *cached, offset, length, [this, begun = std::move(begun), done = std::move(done)]() mutable {
                auto finished = files_.finish_flush(begun);  // by the kernel, whether or not the process lives
                deliver(
                    [done = std::move(done), finished = std::move(finished)]() mutable { done(std::move(finished)); });
            });
        return;
    }
    const StorageOptions& storage = world_.options().storage;
    const Duration time = storage.flush_cost + storage.flush_transfer(begun.flush.bytes);
    world_.engine().at(world_.now() + time, *this, [this, begun = std::move(begun), done = std::move(done)]() mutable {
        done(files_.finish_flush(begun));
    });
}

void Process::sync_file(const std::string& path, Callback<void(FileResult<void>)> done) {
    const FilePtr file = files_.find(path);
    if (!file) {
        soon([path, done = std::move(done)]() mutable {
            done(std::unexpected(FileError{FileErrorCode::not_found, path + ": no such file"}));
        });
        return;
    }
    flush(file, 0, file->size(), std::move(done));
}

void Process::sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) {
    if (!files_.exists(path)) {
        soon([path, done = std::move(done)]() mutable {
            done(std::unexpected(FileError{FileErrorCode::not_found, path + ": no such directory"}));
        });
        return;
    }
    if (!alive_) return;
    if (machine_.page_cache) {
        machine_.page_cache->barrier([this, change = files_.newest_change_in(path), done = std::move(done)]() mutable {
            files_.settle(change);
            deliver([done = std::move(done)]() mutable { done({}); });
        });
        return;
    }
    world_.engine().at(world_.now() + world_.options().storage.flush_cost, *this,
                       [this, change = files_.newest_change_in(path), done = std::move(done)]() mutable {
                           files_.settle(change);
                           done({});
                       });
}

void Process::fetch(std::span<const Slice> slices, Task done) {
    std::vector<PageCache::Range> ranges;
    for (const Slice& slice : slices) {
        const auto* region = dynamic_cast<const Region*>(slice.owner.get());
        if (region == nullptr || region->file().cached() == nullptr) continue;  // on the heap, or always there
        ranges.push_back({region->file().cached(), region->offset_of(slice.bytes), slice.size()});
    }
    if (ranges.empty()) return soon(std::move(done));
    if (!alive_) return;
    machine_.page_cache->fetch(ranges, [this, done = std::move(done)]() mutable { deliver(std::move(done)); });
}

/// Something that was asked of the kernel is done: `task` runs as a handler if the process lives.
void Process::deliver(Task task) {
    if (alive_) world_.engine().at(world_.now(), *this, std::move(task));
}

}  // namespace brokersim::sim
