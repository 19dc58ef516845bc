#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "sim/page_set.h"
#include "sim/store.h"

namespace brokersim::sim {

inline constexpr std::uint64_t sector_size = 512;  // what a disk writes whole or not at all

/// A flush that is under way; flushes of one file are numbered from 1.
using FlushNumber = std::uint64_t;

/// Decides which of the pages that may or may not have reached the disk did, when the power goes: a keyed draw for each
/// page of each file.
struct PowerLossDraws {
    std::uint64_t stream = 0;   // of one file in one power cut
    std::uint64_t eighths = 4;  // of such pages that are new, 0..8: drawn once for a whole cut
};

/// What the disk holds of one file, beside its bytes in memory (the page cache, which the Platter never owns: each call
/// that needs it is given its beginning).
///
/// A page is *dirty* from its first write until a flush takes it. What is durable of a page is kept apart only while it
/// differs from the page cache, and not if it is zero because it was never written back: an append to fresh pages costs
/// one test of a bit. A flush carries every page of its range as it stands when the flush begins (a page that is
/// written meanwhile keeps a copy of that), and makes it durable when it ends: what a caller may rely on is what it had
/// written before it asked. In between, the disk may hold the one or the other. A later write to such a page may also
/// have reached the disk, as that of any dirty page may, since the kernel writes back when it likes. A *lost* page is
/// clean although the disk holds something else, since a flush has failed or a write went astray: until it is written
/// to, no flush carries it.
class Platter {
public:
    explicit Platter(std::uint64_t pages) : dirty_(pages), written_(pages), lost_(pages) {}

    /// Pages [first, last] will be written to; `data` still holds what they were. True if one of them was clean.
    bool before_write(std::uint64_t first, std::uint64_t last, const std::byte* data) {
        if (dirty_.holds(first, last)) return false;
        make_dirty(first, last, data);
        return true;
    }

    struct Flush {
        FlushNumber number = 0;
        std::uint64_t bytes = 0;  // of dirty pages
    };
    /// A flush of pages [first, last] begins: they are clean now.
    Flush begin_flush(std::uint64_t first, std::uint64_t last);

    enum class FlushEnd : std::uint8_t {
        written,
        failed,  // Linux's rule: the pages stay clean, but are not on the disk
    };
    /// The flush ends. `touched` are the pages that were ever used. A number that is not under way is ignored: its
    /// pages were taken away meanwhile.
    void end_flush(FlushNumber number, FlushEnd end, const PageSet& touched);
    /// Flushes under way will never end, since their process has: pages that they carried may or may not be on the
    /// disk.
    void abandon_flushes(const PageSet& touched);

    /// The flush ends well, as far as anybody can tell; but the disk has written page `from` over page `to`, and has
    /// left on `from` what was there. In memory both stay as they are.
    void end_flush_astray(FlushNumber number, std::uint64_t from, std::uint64_t to, const PageSet& touched,
                          const std::byte* data);

    /// Pages [first, last] are on the disk as they stand.
    void take_as_durable(std::uint64_t first, std::uint64_t last) { written_.add(first, last); }
    bool dirty(std::uint64_t page) const { return dirty_.test(page); }
    std::uint64_t dirty_pages() const { return dirty_.count(); }
    /// Copies of durable content that are kept at this moment.
    std::size_t kept_copies() const { return apart_.size(); }

    /// The power goes and comes back: `data`, which holds the page cache, becomes what is read from the disk, and all
    /// is clean. Pages that are not durable as they stand are old, new, or torn at a sector boundary. Returns how many
    /// pages changed.
    std::uint64_t lose_power(std::byte* data, const PageSet& touched, const PowerLossDraws& draws);
    /// Lost pages may leave the page cache; some do by the draw, and `data` gets what the disk holds. Returns how many.
    std::uint64_t evict_lost(std::byte* data, std::uint64_t stream);

    /// Becomes what `old` is of its first `pages`, for a copy of their bytes; flushes that it has under way are
    /// abandoned.
    void take_over(const Platter& old, std::uint64_t pages, const PageSet& touched);

private:
    using Page = std::array<std::byte, page_size>;
    using Copy = std::shared_ptr<const Page>;  // null: zero
    /// A page as flushes up to `newest` carry it, which were under way when it was written to.
    struct Carried {
        FlushNumber newest;
        Copy content;
        bool lost;  // they do not carry it: it was lost
    };
    /// A page whose durable content is not that of the page cache, or won't be for sure.
    struct Apart {
        Copy durable;
        FlushNumber durable_since = 0;  // number of the flush that wrote it
        std::vector<Carried> carried;   // by `newest`
    };
    struct UnderWay {
        FlushNumber number;
        std::uint64_t first;
        std::uint64_t last;
    };

    void make_dirty(std::uint64_t first, std::uint64_t last, const std::byte* data);
    void keep(std::uint64_t page, const std::byte* data);
    void lose(std::uint64_t page);
    void lose_carried(const UnderWay& flush, const PageSet& touched);
    void note_written(std::uint64_t first, std::uint64_t last, const PageSet& touched);
    FlushNumber newest_flush_of(std::uint64_t page) const;
    void settle(std::map<std::uint64_t, Apart>::iterator& at, FlushNumber number);
    void forget_carried(Apart& apart) const;
    static Copy copy_of(const std::byte* data, std::uint64_t page);
    Copy durable_copy(std::uint64_t page, const std::byte* data) const;
    /// Puts what is durable of a page over what `data` holds of it; true if that was something else.
    bool put_durable(std::uint64_t page, std::byte* data) const;
    bool surely_durable(std::uint64_t page) const;
    bool draw_page(std::uint64_t page, std::byte* data, const PowerLossDraws& draws) const;

    PageSet dirty_;
    PageSet written_;  // pages of which the disk may hold more than zeros
    PageSet lost_;
    bool any_lost_ = false;  // ever
    std::map<std::uint64_t, Apart> apart_;
    std::vector<UnderWay> under_way_;
    FlushNumber flushes_ = 0;
};

}  // namespace brokersim::sim
