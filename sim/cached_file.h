#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

namespace brokersim::sim {

/// Who a cached file is to the world outside of the cache: is told when the kernel writes dirty pages to the disk.
class PageOwner {
public:
    /// The kernel begins to write [offset, offset + length) as it stands; returns a number for writeback_ended.
    virtual std::uint64_t writeback_begins(std::uint64_t offset, std::uint64_t length) = 0;
    /// All of that is on the disk.
    virtual void writeback_ended(std::uint64_t number) = 0;
    /// The cache ends before its owner.
    virtual void cache_gone() = 0;

protected:
    ~PageOwner() = default;
};

/// 64 neighbouring pages of a file: where each lies in memory, and a bit for each thing that is true of it.
struct PageGroup {
    static constexpr std::uint32_t nowhere = UINT32_MAX;

    std::uint64_t present = 0;     // in memory
    std::uint64_t mapped = 0;      // in the page tables of the process, to be read
    std::uint64_t writable = 0;    // to be written: dirty, and seen to be by the kernel
    std::uint64_t young = 0;       // used since reclaim looked at it: the processor's accessed bit
    std::uint64_t referenced = 0;  // was young once, on the inactive list: the next time makes it active
    std::uint64_t dirty = 0;
    std::uint64_t writeback = 0;  // being written to the disk
    std::uint64_t reading = 0;    // being read from the disk, or about to be
    std::uint64_t stored = 0;     // the disk holds it: not a hole
    std::uint64_t marker = 0;     // whoever uses it first reads on ahead
    std::array<std::uint32_t, 64> frames;

    PageGroup() { frames.fill(nowhere); }
};

/// What the page cache knows of one file. Made by PageCache::add.
class CachedFile {
public:
    CachedFile(std::uint32_t number, PageOwner* owner, std::uint64_t place, std::uint64_t bytes, int page_shift)
        : number_(number), owner_(owner), place_(place), bytes_(bytes), shift_(page_shift) {
        groups_.resize(((bytes + (1ULL << shift_) - 1) >> shift_) / 64 + 1);
    }

    /// True if all of [offset, offset + length), length > 0, is in the process's page tables: then it counts as used.
    bool hit_to_read(std::uint64_t offset, std::uint64_t length) { return hit<&PageGroup::mapped>(offset, length); }
    /// The same for writing.
    bool hit_to_write(std::uint64_t offset, std::uint64_t length) { return hit<&PageGroup::writable>(offset, length); }

    std::uint32_t number() const { return number_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t pages() const { return (bytes_ + (1ULL << shift_) - 1) >> shift_; }
    std::uint64_t first_page(std::uint64_t offset) const { return offset >> shift_; }
    std::uint64_t last_page(std::uint64_t offset, std::uint64_t length) const {
        return (offset + length - 1) >> shift_;
    }
    bool resident(std::uint64_t page) const { return any(page, &PageGroup::present); }
    bool dirty(std::uint64_t page) const { return any(page, &PageGroup::dirty); }
    std::uint64_t dirty_pages() const { return dirty_pages_; }
    std::uint64_t resident_pages() const { return resident_pages_; }

private:
    friend class PageCache;

    template <std::uint64_t PageGroup::* Set>
    bool hit(std::uint64_t offset, std::uint64_t length) {
        const std::uint64_t first = offset >> shift_;
        const std::uint64_t last = (offset + length - 1) >> shift_;
        ++uses_;
        PageGroup* group = groups_[first / 64].get();
        if (group == nullptr || first / 64 != last / 64) return false;
        const std::uint64_t mask = ~0ULL << (first % 64) & ~0ULL >> (63 - last % 64);
        if ((group->*Set & mask) != mask) return false;
        group->young |= mask;
        return true;
    }
    bool any(std::uint64_t page, std::uint64_t PageGroup::* set) const {
        const PageGroup* group = groups_[page / 64].get();
        return group != nullptr && (group->*set >> (page % 64) & 1) != 0;
    }
    PageGroup& group(std::uint64_t page) {
        std::unique_ptr<PageGroup>& found = groups_[page / 64];
        if (!found) found = std::make_unique<PageGroup>();
        return *found;
    }

    std::uint32_t number_;
    PageOwner* owner_;
    std::uint64_t place_;  // on the disk
    std::uint64_t bytes_;
    int shift_;
    std::uint64_t uses_ = 0;
    std::uint64_t resident_pages_ = 0;
    std::uint64_t dirty_pages_ = 0;
    std::int64_t dirty_since_ = 0;  // ns; of a file with dirty pages
    bool expired_ = false;          // waits in the flusher's queue
    std::uint64_t cursor_ = 0;      // where the flusher goes on
    std::uint64_t ahead_next_ = 0;  // behind what was read last
    std::uint64_t ahead_window_ = 0;
    std::vector<std::uint64_t> operations_;  // under way, by number
    std::vector<std::unique_ptr<PageGroup>> groups_;
};

}  // namespace brokersim::sim
