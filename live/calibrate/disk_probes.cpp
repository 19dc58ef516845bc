#include "live/calibrate/disk_probes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "core/draw.h"

namespace brokersim::live {
namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t block = mib;           // of one call
constexpr std::uint64_t chunk = 8 * mib;       // whose writeback is begun together
constexpr std::uint64_t under_way = 32 * mib;  // between the writer and the disk
constexpr std::uint64_t piece = 16 * mib;      // of a spread
constexpr std::size_t least_operations = 8;
constexpr std::size_t most_operations = 20'000;

struct Freed {
    void operator()(void* memory) const { std::free(memory); }
};
using Buffer = std::unique_ptr<std::byte, Freed>;

/// Bytes that no device compresses, at an address that O_DIRECT takes.
Buffer random_bytes(std::uint64_t bytes) {
    Buffer buffer(static_cast<std::byte*>(std::aligned_alloc(ProbeFile::page, bytes)));
    for (std::uint64_t at = 0; at < bytes; at += sizeof(std::uint64_t)) {
        const std::uint64_t word = mix64(at);
        std::memcpy(buffer.get() + at, &word, sizeof word);
    }
    return buffer;
}

/// Begins writeback of a range, or waits for its end too.
int write_back(const ProbeFile& file, std::uint64_t from, std::uint64_t bytes, bool wait) {
    const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    return sync_file_range(file.fd(), static_cast<off_t>(from), static_cast<off_t>(bytes),
                           wait ? all : SYNC_FILE_RANGE_WRITE);
}

std::int64_t rate(std::uint64_t bytes, std::int64_t ns) {
    return static_cast<std::int64_t>(static_cast<unsigned __int128>(bytes) * 1'000'000'000 /
                                     static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 1)));
}

/// `reached[i]`: ns after which i + 1 pieces were there; all `bytes` were after `ns`.
Throughput throughput(std::uint64_t bytes, std::int64_t ns, const std::vector<std::int64_t>& reached) {
    Throughput made;
    made.bytes = bytes;
    made.ns = ns;
    const std::size_t half = reached.size() / 2;
    const std::int64_t half_ns = half == 0 ? 0 : reached[half - 1];
    made.bytes_per_second = rate(bytes - half * piece, ns - half_ns);
    made.at_first = half == 0 ? made.bytes_per_second : rate(half * piece, half_ns);
    std::vector<std::int64_t> pieces = reached;
    std::adjacent_difference(reached.begin(), reached.end(), pieces.begin());
    made.pieces = spread_of(std::move(pieces));
    return made;
}

}  // namespace

Probed<Throughput> write_sequentially(ProbeFile& file, std::uint64_t bytes, const Pace& pace) {
    const Buffer data = random_bytes(block);
    std::vector<std::int64_t> reached;
    const Stopwatch watch;
    std::uint64_t at = 0;
    while (at < bytes && (at < piece || !pace.over(watch))) {
        const std::uint64_t length = std::min(block, bytes - at);
        const ssize_t done = pwrite(file.fd(), data.get(), length, static_cast<off_t>(at));
        if (done != static_cast<ssize_t>(length)) return std::unexpected(errno_text("write"));
        at += length;
        if (at % chunk == 0 && write_back(file, at - chunk, chunk, false) != 0)
            return std::unexpected(errno_text("sync_file_range"));
        if (at % chunk == 0 && at > under_way && write_back(file, at - chunk - under_way, chunk, true) != 0)
            return std::unexpected(errno_text("sync_file_range"));
        if (at % piece == 0) reached.push_back(watch.ns());
    }
    file.set_size(at);
    if (write_back(file, 0, at, true) != 0) return std::unexpected(errno_text("sync_file_range"));
    const std::int64_t ns = watch.ns();
    if (fdatasync(file.fd()) != 0) return std::unexpected(errno_text("fdatasync"));
    return throughput(at, ns, reached);
}

Probed<Throughput> read_sequentially(const ProbeFile& file, const Pace& pace) {
    posix_fadvise(file.fd(), 0, 0, POSIX_FADV_NORMAL);
    const Buffer data = random_bytes(block);
    std::vector<std::int64_t> reached;
    const Stopwatch watch;
    std::uint64_t at = 0;
    while (at < file.size() && (at < piece || !pace.over(watch))) {
        const ssize_t done = pread(file.fd(), data.get(), block, static_cast<off_t>(at));
        if (done <= 0) return std::unexpected(errno_text("read"));
        at += static_cast<std::uint64_t>(done);
        if (at % piece == 0) reached.push_back(watch.ns());
    }
    return throughput(at, watch.ns(), reached);
}

std::vector<std::uint64_t> scattered_pages(const ProbeFile& file) {
    std::vector<std::uint64_t> pages(file.pages());
    std::iota(pages.begin(), pages.end(), std::uint64_t{0});
    for (std::uint64_t left = pages.size(); left > 1; --left)
        std::swap(pages[left - 1], pages[below(mix64(left), left)]);
    return pages;
}

Probed<SyncedWrites> write_at_random(const ProbeFile& file, const Pace& pace) {
    const Buffer data = random_bytes(ProbeFile::page);
    const std::vector<std::uint64_t> pages = scattered_pages(file);
    std::vector<std::int64_t> writes;
    std::vector<std::int64_t> flushes;
    const Stopwatch watch;
    while (writes.size() < std::min(most_operations, file.pages()) &&
           (writes.size() < least_operations || !pace.over(watch))) {
        const std::uint64_t at = pages[writes.size()] * ProbeFile::page;
        const Stopwatch one;
        const int fd = file.direct() >= 0 ? file.direct() : file.fd();
        if (pwrite(fd, data.get(), ProbeFile::page, static_cast<off_t>(at)) != static_cast<ssize_t>(ProbeFile::page))
            return std::unexpected(errno_text("write of 4 KiB"));
        if (file.direct() < 0 && write_back(file, at, ProbeFile::page, true) != 0)
            return std::unexpected(errno_text("sync_file_range"));
        const std::int64_t written = one.ns();
        if (fdatasync(file.fd()) != 0) return std::unexpected(errno_text("fdatasync"));
        writes.push_back(written);
        flushes.push_back(one.ns() - written);
    }
    return SyncedWrites{spread_of(std::move(writes)), spread_of(std::move(flushes))};
}

Probed<Spread> read_at_random(const ProbeFile& file, const Pace& pace) {
    posix_fadvise(file.fd(), 0, 0, POSIX_FADV_RANDOM);
    const Buffer data = random_bytes(ProbeFile::page);
    const std::vector<std::uint64_t> pages = scattered_pages(file);
    std::vector<std::int64_t> reads;
    const Stopwatch watch;
    while (reads.size() < std::min(most_operations, file.pages()) &&
           (reads.size() < least_operations || !pace.over(watch))) {
        const std::uint64_t at = pages[reads.size()] * ProbeFile::page;
        const Stopwatch one;
        if (pread(file.fd(), data.get(), ProbeFile::page, static_cast<off_t>(at)) <= 0)
            return std::unexpected(errno_text("read of 4 KiB"));
        reads.push_back(one.ns());
    }
    return spread_of(std::move(reads));
}

Probed<std::int64_t> read_at_once(const ProbeFile& file, int threads, std::int64_t ns) {
    posix_fadvise(file.fd(), 0, 0, POSIX_FADV_RANDOM);
    const std::vector<std::uint64_t> pages = scattered_pages(file);
    std::atomic<std::uint64_t> next = 0;
    std::atomic<std::uint64_t> done = 0;
    std::atomic<int> error = 0;
    const Stopwatch watch;
    {
        std::vector<std::jthread> readers;
        for (int i = 0; i < threads; ++i)
            readers.emplace_back([&] {
                const Buffer data = random_bytes(ProbeFile::page);
                while (watch.ns() < ns && error == 0) {
                    const std::uint64_t n = next++;
                    if (n >= pages.size()) return;  // the next one would be in memory already
                    const std::uint64_t at = pages[n] * ProbeFile::page;
                    if (pread(file.fd(), data.get(), ProbeFile::page, static_cast<off_t>(at)) <= 0) error = errno;
                    ++done;
                }
            });
    }
    if (error != 0) {
        errno = error;
        return std::unexpected(errno_text("read of 4 KiB"));
    }
    return static_cast<std::int64_t>(done) * 1'000'000'000 / std::max<std::int64_t>(watch.ns(), 1);
}

}  // namespace brokersim::live
