#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "core/host.h"
#include "sim/page_cache.h"
#include "sim/page_set.h"
#include "sim/platter.h"
#include "sim/store.h"

namespace brokersim::sim {

/// A file of a node: real mapped bytes, which pages of them were ever touched, and what the disk holds of them. Lives
/// as long as its name or a mapping of it. In memory it is always mapped; a file of a kept store only while somebody
/// holds a Mapping. Where its machine has a page cache it is the cache's PageOwner.
class File final : public boost::intrusive_ref_counter<File, boost::thread_unsafe_counter>, public PageOwner {
public:
    /// A file in memory; `extent` is empty for an empty file.
    File(std::shared_ptr<Store> store, NameId name, std::uint64_t size, Extent extent);
    /// A real file that exists and is not mapped.
    File(std::shared_ptr<Store> store, NameId name, std::uint64_t size, std::string real_path);
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    std::uint64_t size() const { return size_; }
    NameId name() const { return name_; }
    /// The mapped bytes; only while a Mapping is held.
    std::byte* data() const { return extent_.data; }
    WallTime modified() const { return modified_; }
    void set_modified(WallTime time) { modified_ = time; }
    void renamed(NameId name, std::string real_path) {
        name_ = name;
        real_path_ = std::move(real_path);
    }
    /// Pages of [offset, offset + length) are used from now on; true if some were not before.
    bool touch(std::uint64_t offset, std::uint64_t length) {
        if (length == 0) return false;
        const std::int64_t fresh = touched_.add(offset / page_size, (offset + length - 1) / page_size);
        if (fresh != 0) count_touched(fresh);
        return fresh != 0;
    }
    /// The same, and they are dirty: to be called before the bytes are written. `change` numbers the newest change of
    /// names, with which the file's own metadata (its modified time) goes into the journal.
    void touch_to_write(std::uint64_t offset, std::uint64_t length, std::uint64_t change) {
        if (length == 0) return;
        if (touch(offset, length)) fault_in_ahead(offset / page_size);
        if (platter_.before_write(offset / page_size, (offset + length - 1) / page_size, extent_.data))
            change_ = change;
        written_end_ = std::max(written_end_, offset + length);
    }
    /// All bytes from here on are zero, for nobody ever wrote to them.
    std::uint64_t written_end() const { return written_end_; }
    /// Any byte may have been changed by something else than a write.
    void take_as_written() { written_end_ = size_; }
    /// All bytes from here on are zero, for nobody ever touched their pages. The size, where the file may be older than
    /// this world.
    std::uint64_t touched_end() const {
        return real_path_.empty() ? std::min(touched_.end() * page_size, size_) : size_;
    }
    /// The newest change of names that a flush of this file makes durable too; see sim/name_journal.h.
    std::uint64_t change() const { return change_; }
    void set_change(std::uint64_t change) { change_ = change; }

    // --- in a page cache (sim/page_cache.h) -------------------------------------------------------------------------

    /// The file comes into the cache of its machine: nothing of it is in memory, and what was ever touched is on the
    /// disk.
    void attach(PageCache& cache);
    /// What the cache has of `old` is this file's from now on, as far as it is long enough. This one was not attached.
    void take_cached(File& old);
    /// Null without a page cache.
    CachedFile* cached() const { return cached_; }
    /// All that was touched is on the disk.
    void note_stored();
    /// A mapping of a process begins, or ends.
    void open_region() { ++regions_; }
    void close_region();
    /// Whether it can be found by its name: a file without name and mapping leaves the cache.
    void set_named(bool named);
    std::uint64_t writeback_begins(std::uint64_t offset, std::uint64_t length) override {
        return begin_flush(offset, length).number;
    }
    void writeback_ended(std::uint64_t number) override { end_flush(number, Platter::FlushEnd::written); }
    void cache_gone() override { cached_ = nullptr; }

    /// A flush of the range begins; end_flush() tells how it went.
    Platter::Flush begin_flush(std::uint64_t offset, std::uint64_t length);
    void end_flush(FlushNumber number, Platter::FlushEnd end) { platter_.end_flush(number, end, touched_); }
    /// The flush ends, but one of its pages, by the draw, went to the place of another one.
    void end_flush_astray(FlushNumber number, std::uint64_t offset, std::uint64_t length, std::uint64_t draw);
    /// The process that asked for flushes is gone.
    void abandon_flushes() { platter_.abandon_flushes(touched_); }
    /// See Platter. The file must be mapped.
    std::uint64_t lose_power(const PowerLossDraws& draws) {
        take_as_written();
        return platter_.lose_power(extent_.data, touched_, draws);
    }
    std::uint64_t evict_lost(std::uint64_t stream) {
        take_as_written();
        return platter_.evict_lost(extent_.data, stream);
    }
    /// Takes bytes and what is durable of them, as far as they fit, from another file. Both must be mapped.
    void copy_from(const File& other);
    /// The n-th page that was ever used, from 0; nothing if there are not so many.
    std::optional<std::uint64_t> touched_page(std::uint64_t n) const;
    std::uint64_t touched_pages() const { return static_cast<std::uint64_t>(touched_pages_); }
    /// The file was there before the world: all of it is in use, and durable.
    void take_as_durable();
    bool mapped() const { return mappings_ > 0; }
    const Platter& platter() const { return platter_; }

    /// Ranges that handlers wrote which have not ended (kept only where the world checks it).
    void add_unpaid(const void* handler, std::uint64_t offset, std::uint64_t length) {
        unpaid_.push_back({handler, offset, length});
    }
    void remove_unpaid(const void* handler) {
        std::erase_if(unpaid_, [handler](const UnpaidRange& range) { return range.handler == handler; });
    }
    /// True if [offset, offset + length) meets a range that a handler other than `reader` has not paid for.
    bool unpaid(const void* reader, std::uint64_t offset, std::uint64_t length) const;

private:
    friend class Mapping;
    struct UnpaidRange {
        const void* handler;
        std::uint64_t offset;
        std::uint64_t length;
    };
    FileResult<void> map();
    void unmap();
    void count_touched(std::int64_t pages);
    void leave_cache();
    void fault_in_ahead(std::uint64_t page);

    std::shared_ptr<Store> store_;
    NameId name_;
    std::uint64_t size_;
    Extent extent_;
    std::string real_path_;  // of a kept store, else empty
    WallTime modified_{};
    PageSet touched_;
    Platter platter_;
    std::uint64_t change_ = 0;
    std::uint64_t written_end_ = 0;
    std::uint64_t faulted_in_ = 0;  // pages before this one were asked of the kernel ahead
    std::int64_t touched_pages_ = 0;
    std::uint64_t mappings_ = 0;
    PageCache* cache_ = nullptr;
    CachedFile* cached_ = nullptr;
    std::uint64_t regions_ = 0;
    bool named_ = true;
    std::vector<UnpaidRange> unpaid_;
};
using FilePtr = boost::intrusive_ptr<File>;

/// Keeps a file's bytes mapped.
class Mapping {
public:
    /// `limit` or `io` if the file cannot be mapped.
    static FileResult<Mapping> of(FilePtr file);
    Mapping(Mapping&&) = default;
    Mapping& operator=(Mapping&&) = delete;
    ~Mapping() {
        if (file_) file_->unmap();
    }

    File& file() const { return *file_; }
    std::span<std::byte> bytes() const { return {file_->data(), file_->size()}; }

private:
    explicit Mapping(FilePtr file) : file_(std::move(file)) {}
    FilePtr file_;
};

}  // namespace brokersim::sim
