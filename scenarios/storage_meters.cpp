#include "scenarios/storage_meters.h"

#include <algorithm>

#include "scenarios/measures/quantities.h"
#include "sim/machine.h"

namespace brokersim::scenario {
namespace {

constexpr std::int64_t million = 1'000'000;

std::int64_t hit_ppm(std::uint64_t uses, std::uint64_t misses) {
    return uses == 0 ? million
                     : static_cast<std::int64_t>((uses - std::min(uses, misses)) * std::uint64_t{million} / uses);
}

Rational whole(std::uint64_t number) { return {static_cast<std::int64_t>(number), 1}; }

}  // namespace

void StorageMeters::watch(sim::Machine& machine) {
    if (machine.page_cache && numbers_.insert(machine.id.value).second) machines_.push_back({&machine, {}, {}});
}

void StorageMeters::begin(std::int64_t now) {
    begun_ = now;
    for (Watched& watched : machines_) {
        watched.machine->page_cache->forget_peaks();
        watched.cache = watched.machine->page_cache->counters();
        watched.disk = watched.machine->disk->counters();
        uses_ += watched.cache.uses;
        misses_ += watched.cache.misses;
    }
}

void StorageMeters::sample() {
    if (machines_.empty()) return;
    std::uint64_t uses = 0, misses = 0, dirty = 0;
    for (const Watched& watched : machines_) {
        const sim::PageCacheCounters counters = watched.machine->page_cache->counters();
        uses += counters.uses;
        misses += counters.misses;
        dirty += watched.machine->page_cache->dirty_bytes();
    }
    hits_.values.push_back(hit_ppm(uses - uses_, misses - misses_));
    dirty_.values.push_back(static_cast<std::int64_t>(dirty));
    uses_ = uses;
    misses_ = misses;
}

void StorageMeters::finish(std::int64_t now, Metrics& metrics, std::map<std::string, Series>& series) const {
    if (machines_.empty()) return;
    std::uint64_t uses = 0, misses = 0, evicted = 0, major = 0, written = 0, flushes = 0, peak = 0, dirty_peak = 0;
    std::int64_t throttled = 0, busy = 0;
    for (const Watched& watched : machines_) {
        const sim::PageCacheCounters cache = watched.machine->page_cache->counters();
        const sim::DiskCounters disk = watched.machine->disk->counters();
        uses += cache.uses - watched.cache.uses;
        misses += cache.misses - watched.cache.misses;
        evicted += cache.evicted_pages - watched.cache.evicted_pages;
        major += cache.major_faults - watched.cache.major_faults;
        throttled += cache.throttled_ns - watched.cache.throttled_ns;
        peak = std::max(peak, cache.peak_bytes);
        dirty_peak = std::max(dirty_peak, cache.dirty_peak_bytes);
        written += disk.written_bytes - watched.disk.written_bytes;
        flushes += disk.flushes - watched.disk.flushes;
        busy = std::max(busy, disk.busy_ns - watched.disk.busy_ns);
    }
    if (uses > 0) metrics["page_cache.hit_ratio"] = ratio(hit_ppm(uses, misses), million);
    metrics["page_cache.peak_bytes"] = whole(peak);
    metrics["page_cache.dirty_peak_bytes"] = whole(dirty_peak);
    metrics["page_cache.evicted_pages"] = whole(evicted);
    metrics["page_cache.major_faults"] = whole(major);
    metrics["disk.written_bytes"] = whole(written);
    metrics["disk.flushes"] = whole(flushes);
    if (now > begun_) metrics["disk.busy_ratio"] = ratio(busy, now - begun_);
    metrics["broker.throttled_ms"] = milliseconds(throttled);
    series["page_cache.hit_ppm"] = hits_;
    series["page_cache.dirty_bytes"] = dirty_;
}

}  // namespace brokersim::scenario
