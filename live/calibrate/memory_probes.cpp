#include "live/calibrate/memory_probes.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/check.h"
#include "core/store/commit_log.h"
#include "live/file_host.h"
#include "live/overlay_files.h"

namespace brokersim::live {
namespace {

constexpr std::uint64_t most_mapped = 64 << 20;
constexpr std::uint64_t fault_around = 64 << 10;  // what one minor fault maps, as Linux does unless told otherwise
constexpr std::size_t fewest_rounds = 3;
constexpr std::size_t most_rounds = 50;
constexpr std::size_t most_major = 5000;

/// CPU time of this thread: what others do on the machine does not count.
std::int64_t cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool go_on(std::size_t rounds, const Stopwatch& watch, const Pace& pace) {
    return rounds < fewest_rounds || (rounds < most_rounds && !pace.over(watch));
}

void keep(std::byte) {}

/// CPU ns of each touch, reading one byte in each `stride`.
Probed<std::int64_t> touch_to_read(const ProbeFile& file, std::uint64_t bytes, std::uint64_t stride) {
    const auto mapping = ProbeMapping::make(file, bytes);
    if (!mapping) return std::unexpected(mapping.error());
    const std::int64_t began = cpu_ns();
    for (std::uint64_t at = 0; at < bytes; at += stride) keep(mapping->at()[at]);
    return (cpu_ns() - began) / static_cast<std::int64_t>((bytes + stride - 1) / stride);
}

/// The same for writing to each page, all of them mapped and clean.
Probed<std::int64_t> touch_to_write(const ProbeFile& file, std::uint64_t bytes) {
    if (fdatasync(file.fd()) != 0) return std::unexpected(errno_text("fdatasync"));
    const auto mapping = ProbeMapping::make(file, bytes);
    if (!mapping) return std::unexpected(mapping.error());
    for (std::uint64_t at = 0; at < bytes; at += ProbeFile::page) keep(mapping->at()[at]);
    const std::int64_t began = cpu_ns();
    for (std::uint64_t at = 0; at < bytes; at += ProbeFile::page) mapping->at()[at] = std::byte{1};
    return (cpu_ns() - began) / static_cast<std::int64_t>(bytes / ProbeFile::page);
}

/// The same for pages that are new: behind the file's end, which is where it was afterwards.
Probed<std::int64_t> touch_new(const ProbeFile& file, std::uint64_t bytes) {
    const std::uint64_t end = file.pages() * ProbeFile::page;
    if (ftruncate(file.fd(), static_cast<off_t>(end + bytes)) != 0) return std::unexpected(errno_text("ftruncate"));
    std::int64_t spent = 0;
    {
        const auto mapping = ProbeMapping::make(file, end + bytes);
        if (!mapping) return std::unexpected(mapping.error());
        const std::int64_t began = cpu_ns();
        for (std::uint64_t at = end; at < end + bytes; at += ProbeFile::page) mapping->at()[at] = std::byte{1};
        spent = cpu_ns() - began;
    }
    if (ftruncate(file.fd(), static_cast<off_t>(end)) != 0) return std::unexpected(errno_text("ftruncate"));
    return spent / static_cast<std::int64_t>(bytes / ProbeFile::page);
}

Probed<Spread> touch_cold(const ProbeFile& file, const Pace& pace) {
    const std::uint64_t bytes = file.pages() * ProbeFile::page;
    const auto mapping = ProbeMapping::make(file, bytes);
    if (!mapping) return std::unexpected(mapping.error());
    madvise(mapping->start(), bytes, MADV_RANDOM);
    std::vector<std::int64_t> times;
    const Stopwatch watch;
    for (const std::uint64_t page : scattered_pages(file)) {
        if (times.size() >= most_major || (times.size() >= 8 && pace.over(watch))) break;
        const Stopwatch one;
        keep(mapping->at()[page * ProbeFile::page]);
        times.push_back(one.ns());
    }
    return spread_of(std::move(times));
}

store::RecordFields message(std::span<const std::byte> body) {
    store::RecordFields fields;
    fields.born_host = Address{0x0A000009, 50'000};
    fields.store_host = Address{0x0A000001, 10'911};
    fields.topic = "orders";
    fields.properties =
        "UNIQ_KEY\x01"
        "0A0000010539000000000A3B5C7D0001\x02WAIT\x01true\x02TAGS\x01TagA\x02";
    fields.body = body;
    return fields;
}

/// A log in warm memory.
class WarmLog {
public:
    explicit WarmLog(const std::string& directory) : files_(loop_, directory), host_(loop_, files_, "calibrate") {}

    /// CPU ns of each of many appends.
    std::int64_t append(std::span<const std::byte> body) {
        store::RecordFields fields = message(body);
        const std::int64_t size = store::encoded_size(fields);
        std::int64_t spent = 0;
        for (int i = 0; i < batches; ++i) {
            if (!log_.room_ready(size * batch)) wait();
            const std::int64_t began = cpu_ns();
            for (int k = 0; k < batch; ++k) {
                const auto result = log_.append(fields);
                BROKERSIM_CHECK(result == store::CommitLog::Append::done, "nothing was appended to a log in memory");
                log_.publish(0);
            }
            spent += cpu_ns() - began;
            loop_.run_until_idle();
        }
        return spent / (batches * batch);
    }

private:
    static constexpr int batches = 8;
    static constexpr int batch = 32;

    void wait() {
        bool ready = false;
        log_.when_room_ready([&] { ready = true; });
        loop_.run_until(ready);
    }

    TaskLoop loop_;
    OverlayFiles files_;
    FileHost host_;
    store::CommitLog log_{host_, 16 << 20, {.wanted = true}};
};

}  // namespace

Probed<FaultCosts> touch_mapping(const ProbeFile& file, const Pace& pace) {
    const std::uint64_t bytes = std::min(file.size() / ProbeFile::page * ProbeFile::page, most_mapped);
    std::vector<std::int64_t> minor;
    std::vector<std::int64_t> fresh;
    std::vector<std::int64_t> write;
    if (const auto read = touch_to_read(file, bytes, ProbeFile::page); !read) return std::unexpected(read.error());
    const Stopwatch watch;
    while (go_on(minor.size(), watch, pace)) {
        const auto touched = touch_to_read(file, bytes, fault_around);
        if (!touched) return std::unexpected(touched.error());
        minor.push_back(*touched);
        const auto made = touch_new(file, bytes);
        if (!made) return std::unexpected(made.error());
        fresh.push_back(*made);
        const auto written = touch_to_write(file, bytes);
        if (!written) return std::unexpected(written.error());
        write.push_back(*written);
    }
    FaultCosts costs{.minor = spread_of(std::move(minor)),
                     .fresh = spread_of(std::move(fresh)),
                     .write = spread_of(std::move(write))};
    const auto kept = file.drop();
    if (!kept) return std::unexpected(kept.error());
    costs.kept = *kept;
    const auto major = touch_cold(file, pace);
    if (!major) return std::unexpected(major.error());
    costs.major = *major;
    return costs;
}

StoreWork run_store(const std::string& directory, const Pace& pace) {
    constexpr std::size_t small = 128;
    constexpr std::size_t large = 4096 + small;
    const std::vector<std::byte> body(64 << 10, std::byte{7});
    std::vector<std::int64_t> crc;
    std::vector<std::int64_t> base;
    std::vector<std::int64_t> each;
    WarmLog log(directory);
    const Stopwatch watch;
    while (go_on(crc.size(), watch, pace)) {
        const std::int64_t began = cpu_ns();
        std::int32_t sum = 0;
        for (std::size_t at = 0; at < body.size(); at += 1024)
            sum ^= store::body_crc(std::span(body).subspan(at, 1024));
        keep(static_cast<std::byte>(sum));
        crc.push_back((cpu_ns() - began) / static_cast<std::int64_t>(body.size() / 1024));
        const std::int64_t with_small = log.append(std::span(body).first(small));
        const std::int64_t with_large = log.append(std::span(body).first(large));
        const std::int64_t per_kib = std::max<std::int64_t>((with_large - with_small) / 4, 1);
        each.push_back(per_kib);
        base.push_back(std::max<std::int64_t>(with_small - per_kib / 8, 1));
    }
    return {.crc_per_kib = spread_of(std::move(crc)),
            .append = spread_of(std::move(base)),
            .append_per_kib = spread_of(std::move(each))};
}

}  // namespace brokersim::live
