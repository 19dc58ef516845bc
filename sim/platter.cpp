#include "sim/platter.h"

#include <algorithm>
#include <cstring>

#include "core/draw.h"

namespace brokersim::sim {
namespace {

constexpr std::uint64_t sectors = page_size / sector_size;

}  // namespace

Platter::Copy Platter::copy_of(const std::byte* data, std::uint64_t page) {
    auto copy = std::make_shared<Page>();
    std::memcpy(copy->data(), data + page * page_size, page_size);
    return copy;
}

void Platter::make_dirty(std::uint64_t first, std::uint64_t last, const std::byte* data) {
    dirty_.add_each_new(first, last, [&](std::uint64_t page) {
        if (written_.test(page) || !under_way_.empty()) keep(page, data);
        if (any_lost_) lost_.remove(page, page);
    });
}

/// A clean page is written to: what it was is still needed if it is durable, or if flushes carry it.
void Platter::keep(std::uint64_t page, const std::byte* data) {
    const FlushNumber newest = newest_flush_of(page);
    const bool lost = lost_.test(page);
    const auto found = apart_.find(page);
    if (found == apart_.end()) {
        if (!written_.test(page) && newest == 0) return;  // zero on the disk
        Apart apart;
        const Copy now = copy_of(data, page);
        if (written_.test(page)) apart.durable = now;
        if (newest != 0) apart.carried.push_back({newest, now, lost});
        apart_.emplace(page, std::move(apart));
    } else if (newest != 0 && (found->second.carried.empty() || found->second.carried.back().newest < newest)) {
        found->second.carried.push_back({newest, copy_of(data, page), lost});
    }
}

FlushNumber Platter::newest_flush_of(std::uint64_t page) const {
    for (auto flush = under_way_.rbegin(); flush != under_way_.rend(); ++flush)
        if (flush->first <= page && page <= flush->last) return flush->number;
    return 0;
}

Platter::Flush Platter::begin_flush(std::uint64_t first, std::uint64_t last) {
    const auto pages = static_cast<std::uint64_t>(dirty_.remove(first, last));
    under_way_.push_back({++flushes_, first, last});
    return {flushes_, pages * page_size};
}

void Platter::end_flush(FlushNumber number, FlushEnd end, const PageSet& touched) {
    const auto flush = std::ranges::find(under_way_, number, &UnderWay::number);
    if (flush == under_way_.end()) return;
    const UnderWay ended = *flush;
    under_way_.erase(flush);
    if (end == FlushEnd::failed) lose_carried(ended, touched);
    for (auto at = apart_.lower_bound(ended.first); at != apart_.end() && at->first <= ended.last;) {
        if (end == FlushEnd::written) {
            settle(at, number);
        } else {
            forget_carried(at->second);
            ++at;
        }
    }
    if (end == FlushEnd::written) note_written(ended.first, ended.last, touched);
}

/// Pages that a failed flush carried, and that nobody has written to since, are clean and not on the disk.
void Platter::lose_carried(const UnderWay& flush, const PageSet& touched) {
    touched.each([&](std::uint64_t page) {
        if (page < flush.first || page > flush.last || dirty_.test(page)) return;
        const auto apart = apart_.find(page);
        const auto since = [&](const Carried& one) { return one.newest >= flush.number; };
        const bool newer = apart != apart_.end() && (apart->second.durable_since > flush.number ||
                                                     std::ranges::any_of(apart->second.carried, since));
        if (!newer) lose(page);
    });
}

/// A clean page is not what the disk holds, if it isn't.
void Platter::lose(std::uint64_t page) {
    if (written_.test(page) && !apart_.contains(page)) return;
    lost_.add(page, page);
    any_lost_ = true;
}

void Platter::note_written(std::uint64_t first, std::uint64_t last, const PageSet& touched) {
    if (!any_lost_) return written_.add_common(first, last, touched);
    for (std::uint64_t page = first; page <= last; ++page) {
        const bool carried = !lost_.test(page) && (!dirty_.test(page) || apart_.contains(page));
        if (carried && touched.test(page)) written_.add(page, page);
    }
}

/// A page that a flush carried has been written. Moves on to the next page.
void Platter::settle(std::map<std::uint64_t, Apart>::iterator& at, FlushNumber number) {
    Apart& apart = at->second;
    const auto carried = std::ranges::find_if(apart.carried, [&](const auto& one) { return one.newest >= number; });
    const bool here = carried != apart.carried.end();
    // A later flush was quicker; or this one does not carry the page, which was lost, or is dirty since before it
    // began.
    if (apart.durable_since > number || (!here && (lost_.test(at->first) || dirty_.test(at->first)))) {
        forget_carried(apart);
        ++at;
        return;
    }
    if (!here) {  // not written to since: the page cache holds it
        at = apart_.erase(at);
        return;
    }
    if (!carried->lost) {
        apart.durable = carried->content;
        apart.durable_since = number;
        written_.add(at->first, at->first);
    }
    forget_carried(apart);
    ++at;
}

/// Drops what no flush under way carries, and what is older than what is durable.
void Platter::forget_carried(Apart& apart) const {
    const FlushNumber oldest = under_way_.empty() ? flushes_ + 1 : under_way_.front().number;
    std::erase_if(apart.carried, [oldest, since = apart.durable_since](const Carried& one) {
        return one.newest < oldest || one.newest <= since;
    });
}

void Platter::abandon_flushes(const PageSet& touched) {
    for (const UnderWay& flush : under_way_)
        touched.each([&](std::uint64_t page) {
            if (page < flush.first || page > flush.last || lost_.test(page)) return;
            if (apart_.contains(page) || !written_.test(page)) dirty_.add(page, page);
        });
    under_way_.clear();
    for (auto& [page, apart] : apart_) apart.carried.clear();
}

void Platter::end_flush_astray(FlushNumber number, std::uint64_t from, std::uint64_t to, const PageSet& touched,
                               const std::byte* data) {
    const Copy before = durable_copy(from, data);
    end_flush(number, FlushEnd::written, touched);
    const Copy astray = durable_copy(from, data);
    for (const auto& [page, content] : {std::pair(to, astray), std::pair(from, before)}) {
        Apart& apart = apart_[page];
        apart.durable = content;
        apart.durable_since = flushes_;
        if (!dirty_.test(page)) lose(page);
    }
}

/// Whether nothing but `durable` can be on the disk.
bool Platter::surely_durable(std::uint64_t page) const {
    return lost_.test(page) || (!dirty_.test(page) && newest_flush_of(page) == 0);
}

Platter::Copy Platter::durable_copy(std::uint64_t page, const std::byte* data) const {
    if (const auto apart = apart_.find(page); apart != apart_.end()) return apart->second.durable;
    return written_.test(page) ? copy_of(data, page) : nullptr;
}

bool Platter::put_durable(std::uint64_t page, std::byte* data) const {
    static constexpr Page zero{};
    const auto apart = apart_.find(page);
    if (apart == apart_.end() && written_.test(page)) return false;
    const Page* durable = apart == apart_.end() ? nullptr : apart->second.durable.get();
    const std::byte* content = durable == nullptr ? zero.data() : durable->data();
    std::byte* at = data + page * page_size;
    if (std::memcmp(at, content, page_size) == 0) return false;
    std::memcpy(at, content, page_size);
    return true;
}

/// True if the page is not what it was in the page cache.
bool Platter::draw_page(std::uint64_t page, std::byte* data, const PowerLossDraws& draws) const {
    const std::uint64_t draw = draw_at(draws.stream, page);
    std::byte* at = data + page * page_size;
    Page before;
    std::memcpy(before.data(), at, page_size);
    Page newer = before;
    if (const auto apart = apart_.find(page); apart != apart_.end() && !apart->second.carried.empty()) {
        // What flushes carry may be what reached the disk, as well as what was written since.
        const auto& carried = apart->second.carried;
        const std::uint64_t which = below(draw, carried.size() + 1);
        if (which < carried.size() && !carried[which].lost) newer = *carried[which].content;
    }
    const bool whole = (draw & 3) != 0;
    std::uint64_t is_new = draw >> 8 & 0xFF;  // a bit for each sector
    if (whole) is_new = (draw >> 16 & 7) < draws.eighths ? 0xFF : 0;
    put_durable(page, data);
    for (std::uint64_t sector = 0; sector < sectors; ++sector)
        if ((is_new >> sector & 1) != 0)
            std::memcpy(at + sector * sector_size, newer.data() + sector * sector_size, sector_size);
    return std::memcmp(before.data(), at, page_size) != 0;
}

std::uint64_t Platter::lose_power(std::byte* data, const PageSet& touched, const PowerLossDraws& draws) {
    std::uint64_t changed = 0;
    touched.each([&](std::uint64_t page) {
        const bool differs = surely_durable(page) ? put_durable(page, data) : draw_page(page, data, draws);
        if (differs) ++changed;
    });
    apart_.clear();
    under_way_.clear();
    dirty_.assign_from(PageSet(0));
    written_.assign_from(touched);
    lost_.assign_from(PageSet(0));
    return changed;
}

std::uint64_t Platter::evict_lost(std::byte* data, std::uint64_t stream) {
    std::uint64_t evicted = 0;
    const PageSet lost = lost_;
    lost.each([&](std::uint64_t page) {
        if ((draw_at(stream, page) & 1) != 0) return;
        if (put_durable(page, data)) ++evicted;
        apart_.erase(page);
        written_.add(page, page);
        lost_.remove(page, page);
    });
    return evicted;
}

void Platter::take_over(const Platter& old, std::uint64_t pages, const PageSet& touched) {
    dirty_.assign_from(old.dirty_);
    written_.assign_from(old.written_);
    lost_.assign_from(old.lost_);
    any_lost_ = old.any_lost_;
    apart_ = old.apart_;
    apart_.erase(apart_.lower_bound(pages), apart_.end());
    under_way_ = old.under_way_;
    flushes_ = old.flushes_;
    abandon_flushes(touched);
}

}  // namespace brokersim::sim
