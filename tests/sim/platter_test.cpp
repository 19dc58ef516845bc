#include "sim/platter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/draw.h"

namespace brokersim::sim {
namespace {

constexpr std::uint64_t pages = 4;

/// A file's bytes, its platter, and what may be on the disk by the promises of sim/platter.h.
class FileOfPages {
public:
    FileOfPages()
        : data(pages * page_size), touched(pages), platter(pages), history(pages, {0}), sure(pages, 0), lost(pages) {}

    /// Fills a page with a value that it never had.
    void write(std::uint64_t page) {
        touched.add(page, page);
        platter.before_write(page, page, data.data());
        lost[page] = false;
        ++newest;
        std::memset(data.data() + page * page_size, newest, page_size);
        history[page].push_back(newest);
    }
    void begin_flush(std::uint64_t first, std::uint64_t last) {
        UnderWay flush{platter.begin_flush(first, last).number, first, {}};
        for (std::uint64_t page = first; page <= last; ++page)
            flush.versions.push_back(lost[page] ? nothing : history[page].size() - 1);
        under_way.push_back(std::move(flush));
    }
    void end_flush(std::size_t which, Platter::FlushEnd end) {
        const UnderWay flush = under_way.at(which);
        under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(which));
        platter.end_flush(flush.number, end, touched);
        for (std::size_t i = 0; i < flush.versions.size(); ++i) {
            const std::uint64_t page = flush.first + i;
            const std::size_t version = flush.versions[i];
            if (version == nothing || version <= sure[page]) continue;
            if (end == Platter::FlushEnd::written)
                sure[page] = version;
            else if (version + 1 == history[page].size())
                lose(page, version);
        }
    }
    /// A page is clean and not on the disk: flushes that are under way do not carry it either.
    void lose(std::uint64_t page, std::size_t version) {
        lost[page] = true;
        for (UnderWay& flush : under_way)
            if (page >= flush.first && page < flush.first + flush.versions.size())
                if (std::size_t& carried = flush.versions[page - flush.first]; carried == version) carried = nothing;
    }
    void lose_power(std::uint64_t seed) {
        platter.lose_power(data.data(), touched, {seed, seed % 9});
        under_way.clear();
        for (std::uint64_t page = 0; page < pages; ++page) {
            for (std::uint64_t sector = 0; sector < page_size / sector_size; ++sector) check(page, sector);
            // From now on this is what there is.
            history[page] = {static_cast<unsigned char>(data[page * page_size])};
            sure[page] = 0;
            lost[page] = false;
            const auto* begin = data.data() + page * page_size;
            if (std::memcmp(begin, begin + sector_size, page_size - sector_size) != 0) write(page), flush_now(page);
        }
    }
    void flush_now(std::uint64_t page) {
        begin_flush(page, page);
        end_flush(under_way.size() - 1, Platter::FlushEnd::written);
    }

    std::vector<std::byte> data;
    PageSet touched;
    Platter platter;
    struct UnderWay {
        FlushNumber number;
        std::uint64_t first;
        std::vector<std::size_t> versions;
    };
    std::vector<UnderWay> under_way;
    std::vector<std::vector<unsigned char>> history;  // of each page: what it was, in order
    std::vector<std::size_t> sure;                    // index into it: what is surely on the disk, or something newer
    std::vector<bool> lost;                           // clean, and not on the disk
    unsigned char newest = 0;
    static constexpr std::size_t nothing = SIZE_MAX;

private:
    void check(std::uint64_t page, std::uint64_t sector) const {
        const std::byte* at = data.data() + page * page_size + sector * sector_size;
        for (std::uint64_t i = 1; i < sector_size; ++i) RC_ASSERT(at[i] == at[0]);
        const auto first = history[page].begin() + static_cast<std::ptrdiff_t>(sure[page]);
        RC_ASSERT(std::find(first, history[page].end(), static_cast<unsigned char>(at[0])) != history[page].end());
    }
};

RC_GTEST_PROP(Platter, ASectorIsNeverOlderThanWhatWasFlushed, ()) {
    FileOfPages file;
    const int steps = *rc::gen::inRange(1, 120);
    for (int i = 0; i < steps; ++i) {
        const auto page = *rc::gen::inRange<std::uint64_t>(0, pages);
        switch (*rc::gen::inRange(0, 8)) {
            case 0:
            case 1:
            case 2:
                file.write(page);
                break;
            case 3:
            case 4:
                file.begin_flush(page, *rc::gen::inRange<std::uint64_t>(page, pages));
                break;
            case 5:
            case 6:
                if (!file.under_way.empty())
                    file.end_flush(*rc::gen::inRange<std::size_t>(0, file.under_way.size()),
                                   *rc::gen::weightedElement<Platter::FlushEnd>(
                                       {{4, Platter::FlushEnd::written}, {1, Platter::FlushEnd::failed}}));
                break;
            default:
                if (*rc::gen::inRange(0, 3) == 0) file.lose_power(*rc::gen::arbitrary<std::uint64_t>());
        }
    }
    while (!file.under_way.empty()) file.end_flush(0, Platter::FlushEnd::written);
    file.lose_power(*rc::gen::arbitrary<std::uint64_t>());
}

TEST(Platter, KeepsNothingOfPagesThatWereNeverWrittenBackOrAreClean) {
    FileOfPages file;
    for (std::uint64_t page = 0; page < pages; ++page) file.write(page);
    for (std::uint64_t page = 0; page < pages; ++page) file.write(page);
    EXPECT_EQ(file.platter.kept_copies(), 0U);
    file.begin_flush(0, pages - 1);
    file.end_flush(0, Platter::FlushEnd::written);
    file.write(1);
    EXPECT_EQ(file.platter.kept_copies(), 1U);
    file.flush_now(1);
    EXPECT_EQ(file.platter.kept_copies(), 0U);
}

TEST(Platter, AFailedFlushLosesItsPagesAlthoughASecondOneSucceeds) {
    FileOfPages file;
    file.write(0);
    file.flush_now(0);
    file.write(0);
    file.begin_flush(0, 0);
    file.end_flush(0, Platter::FlushEnd::failed);
    EXPECT_EQ(file.platter.begin_flush(0, 0).bytes, 0U);  // clean
    file.platter.lose_power(file.data.data(), file.touched, {7, 8});
    EXPECT_EQ(file.data[0], std::byte{1});
}

TEST(Platter, APageThatIsNotFlushedIsOldNewOrTorn) {
    int old = 0, torn = 0, fresh = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        FileOfPages file;
        file.write(0);
        file.flush_now(0);
        file.write(0);
        file.platter.lose_power(file.data.data(), file.touched, {mix64(seed), seed % 9});
        const auto ones = std::count(file.data.begin(), file.data.begin() + page_size, std::byte{1});
        ++(ones == page_size ? old : ones == 0 ? fresh : torn);
    }
    EXPECT_GT(old, 20);
    EXPECT_GT(torn, 20);
    EXPECT_GT(fresh, 20);
}

TEST(Platter, AWriteThatWentAstrayShowsWhenThePagesLeaveTheCache) {
    FileOfPages file;
    for (std::uint64_t page = 0; page < 2; ++page) file.write(page), file.flush_now(page);  // 1, 2
    file.write(0);                                                                          // 3
    file.begin_flush(0, 0);
    file.platter.end_flush_astray(file.under_way[0].number, 0, 1, file.touched, file.data.data());
    EXPECT_EQ(file.data[0], std::byte{3});
    EXPECT_EQ(file.data[page_size], std::byte{2});
    file.platter.lose_power(file.data.data(), file.touched, {1, 8});
    EXPECT_EQ(file.data[0], std::byte{1});
    EXPECT_EQ(file.data[page_size], std::byte{3});
}

}  // namespace
}  // namespace brokersim::sim
