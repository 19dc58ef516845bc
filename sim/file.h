#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "core/host.h"
#include "sim/store.h"

namespace brokersim::sim {

/// A bit for each page of a file.
class PageSet {
public:
    explicit PageSet(std::uint64_t pages) : words_((pages + 63) / 64) {}
    /// Adds pages [first, last]; returns how many were not in the set.
    std::int64_t add(std::uint64_t first, std::uint64_t last) {
        if (first != last) return add_several(first, last);
        std::uint64_t& word = words_[first / 64];
        const std::uint64_t mask = 1ULL << (first % 64);
        const std::int64_t added = (word & mask) == 0 ? 1 : 0;
        word |= mask;
        return added;
    }
    /// Takes pages [first, last] out; returns how many were in it.
    std::int64_t remove(std::uint64_t first, std::uint64_t last);
    /// One past the greatest page in the set; 0 if it is empty.
    std::uint64_t end() const;

private:
    std::int64_t add_several(std::uint64_t first, std::uint64_t last);

    std::vector<std::uint64_t> words_;
};

/// A file of a node: real mapped bytes, which pages of them were ever touched, and which were written since they were
/// last flushed. Lives as long as its name or a mapping of it. In memory it is always mapped; a file of a kept store
/// only while somebody holds a Mapping.
class File : public boost::intrusive_ref_counter<File, boost::thread_unsafe_counter> {
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
    /// Replaces the whole content in place, if nobody maps the file and the content takes as many pages as before.
    bool rewrite(std::string_view content);

    /// Pages of [offset, offset + length) are used from now on.
    void touch(std::uint64_t offset, std::uint64_t length) {
        if (length == 0) return;
        const std::int64_t fresh = touched_.add(offset / page_size, (offset + length - 1) / page_size);
        if (fresh != 0) count_touched(fresh);
    }
    /// The same, and they are dirty.
    void touch_to_write(std::uint64_t offset, std::uint64_t length) {
        touch(offset, length);
        if (length != 0) dirty_.add(offset / page_size, (offset + length - 1) / page_size);
    }
    /// All bytes from here on are zero, for nobody ever touched their pages. The size, where the file may be older than
    /// this world.
    std::uint64_t touched_end() const {
        return real_path_.empty() ? std::min(touched_.end() * page_size, size_) : size_;
    }
    /// The pages of the range are clean from now on; returns the bytes that had to be written.
    std::uint64_t clean(std::uint64_t offset, std::uint64_t length);

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

    std::shared_ptr<Store> store_;
    NameId name_;
    std::uint64_t size_;
    Extent extent_;
    std::string real_path_;  // of a kept store, else empty
    WallTime modified_{};
    PageSet touched_;
    PageSet dirty_;
    std::int64_t touched_pages_ = 0;
    std::uint64_t mappings_ = 0;
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
