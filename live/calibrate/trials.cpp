#include "live/calibrate/trials.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "core/draw.h"

namespace brokersim::live {
namespace {

void keep(std::byte) {}

Probed<ProbeMapping> cold_mapping(const ProbeFile& file, int advice) {
    const auto kept = file.drop();
    if (!kept) return std::unexpected(kept.error());
    auto mapping = ProbeMapping::make(file, file.pages() * ProbeFile::page);
    if (mapping && madvise(mapping->start(), mapping->bytes(), advice) != 0)
        return std::unexpected(errno_text("madvise"));
    return mapping;
}

}  // namespace

Probed<std::int64_t> touch_in_order(const ProbeFile& file, const Pace& pace) {
    const auto mapping = cold_mapping(file, MADV_NORMAL);
    if (!mapping) return std::unexpected(mapping.error());
    const Stopwatch watch;
    for (std::uint64_t at = 0; at < mapping->bytes(); at += ProbeFile::page) {
        keep(mapping->at()[at]);
        if (at % (1 << 20) == 0) pace.tick();
    }
    return watch.ns();
}

std::vector<std::uint64_t> random_pages(const ProbeFile& file, std::uint64_t count) {
    std::vector<std::uint64_t> pages = scattered_pages(file);
    pages.resize(std::min<std::size_t>(pages.size(), count));
    return pages;
}

Probed<std::int64_t> touch_at_random(const ProbeFile& file, std::uint64_t count, const Pace& pace) {
    const std::vector<std::uint64_t> pages = random_pages(file, count);
    const auto mapping = cold_mapping(file, MADV_RANDOM);
    if (!mapping) return std::unexpected(mapping.error());
    const Stopwatch watch;
    for (const std::uint64_t page : pages) {
        keep(mapping->at()[page * ProbeFile::page]);
        pace.tick();
    }
    return watch.ns();
}

Probed<std::int64_t> append(const std::string& directory, std::uint64_t bytes, std::uint64_t flush_every,
                            const Pace& pace) {
    auto file = ProbeFile::make(directory);
    if (!file) return std::unexpected(file.error());
    if (ftruncate(file->fd(), static_cast<off_t>(bytes)) != 0) return std::unexpected(errno_text("ftruncate"));
    const auto mapping = ProbeMapping::make(*file, bytes);
    if (!mapping) return std::unexpected(mapping.error());
    std::vector<std::byte> piece(append_piece);
    for (std::size_t at = 0; at < piece.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = mix64(at);
        std::memcpy(piece.data() + at, &word, sizeof word);
    }
    auto* start = static_cast<std::byte*>(mapping->start());
    const Stopwatch watch;
    for (std::uint64_t at = 0; at < bytes; at += append_piece) {
        pace.tick();
        std::memcpy(start + at, piece.data(), append_piece);
        const std::uint64_t end = at + append_piece;
        if (flush_every > 0 && end % flush_every == 0 && msync(start + end - flush_every, flush_every, MS_SYNC) != 0)
            return std::unexpected(errno_text("msync"));
    }
    return watch.ns();
}

}  // namespace brokersim::live
