#pragma once

#include <cstdint>
#include <memory>
#include <string>
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
    std::int64_t add(std::uint64_t first, std::uint64_t last);
    /// Takes pages [first, last] out; returns how many were in it.
    std::int64_t remove(std::uint64_t first, std::uint64_t last);

private:
    std::vector<std::uint64_t> words_;
};

/// A file of a node: real mapped bytes, which pages of them were ever touched, and which were written since they were
/// last flushed. Lives as long as its name or a mapping of it.
class File : public boost::intrusive_ref_counter<File, boost::thread_unsafe_counter> {
public:
    /// `extent` is empty for an empty file, and for a file of a kept store that is not mapped yet.
    File(std::shared_ptr<Store> store, NameId name, std::uint64_t size, Extent extent, std::string real_path);
    ~File();

    std::uint64_t size() const { return size_; }
    NameId name() const { return name_; }
    std::byte* data() const { return extent_.data; }
    std::span<const std::byte> bytes() const { return {extent_.data, size_}; }
    WallTime modified() const { return modified_; }
    void set_modified(WallTime time) { modified_ = time; }
    void renamed(NameId name, std::string real_path) {
        name_ = name;
        real_path_ = std::move(real_path);
    }
    const std::string& real_path() const { return real_path_; }
    /// Maps the bytes of a kept store's file unless they are.
    FileResult<void> ensure_mapped();

    /// Pages of [offset, offset + length) are used from now on.
    void touch(std::uint64_t offset, std::uint64_t length) {
        if (length == 0) return;
        const std::uint64_t first = offset / page_size;
        const std::uint64_t last = (offset + length - 1) / page_size;
        if (const std::int64_t fresh = touched_.add(first, last); fresh != 0) count_touched(fresh);
    }
    /// The same, and they are dirty.
    void touch_to_write(std::uint64_t offset, std::uint64_t length) {
        touch(offset, length);
        if (length != 0) dirty_.add(offset / page_size, (offset + length - 1) / page_size);
    }
    /// The pages of the range are clean from now on; returns the bytes that had to be written.
    std::uint64_t clean(std::uint64_t offset, std::uint64_t length);

    /// Ranges that handlers wrote which have not ended (kept only where the world checks it).
    void add_unpaid(const void* handler, std::uint64_t offset, std::uint64_t length) {
        unpaid_.push_back({handler, offset, length});
    }
    void remove_unpaid(const void* handler);
    /// True if [offset, offset + length) meets a range that a handler other than `reader` has not paid for.
    bool unpaid(const void* reader, std::uint64_t offset, std::uint64_t length) const;

private:
    struct UnpaidRange {
        const void* handler;
        std::uint64_t offset;
        std::uint64_t length;
    };
    void count_touched(std::int64_t pages);

    std::shared_ptr<Store> store_;
    NameId name_;
    std::uint64_t size_;
    Extent extent_;
    std::string real_path_;  // of a kept store
    WallTime modified_{};
    PageSet touched_;
    PageSet dirty_;
    std::int64_t touched_pages_ = 0;
    std::vector<UnpaidRange> unpaid_;
};
using FilePtr = boost::intrusive_ptr<File>;

}  // namespace brokersim::sim
