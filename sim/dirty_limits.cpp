#include "sim/dirty_limits.h"

#include <algorithm>

namespace brokersim::sim {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t interval = 200'000'000;            // between two measurements of the rates
constexpr std::int64_t period = 3 * second;               // over which the disk's rate is averaged
constexpr std::uint64_t first_rate_bytes = 100ULL << 20;  // a second, until something was measured

std::uint64_t each_second(std::uint64_t pages, std::int64_t elapsed) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(pages) * second /
                                      static_cast<std::uint64_t>(elapsed));
}

}  // namespace

void DirtyLimits::set(const PageCacheSpec& spec, std::uint64_t dirtyable) {
    granule_ = spec.granule;
    const auto part = [&](std::int64_t bytes, std::int64_t percent) {
        if (bytes > 0) return (static_cast<std::uint64_t>(bytes) + spec.granule - 1) / spec.granule;
        return dirtyable * static_cast<std::uint64_t>(percent) / 100;
    };
    hard_ = std::max<std::uint64_t>(part(spec.hard_bytes, spec.hard_ratio), 2);
    background_ = part(spec.background_bytes, spec.background_ratio);
    if (background_ >= hard_) background_ = hard_ / 2;
    if (writer_rate_ == 0) restart();
}

void DirtyLimits::restart() {
    disk_rate_ = first_rate_bytes / granule_;
    writer_rate_ = disk_rate_;
    dirtied_ = 0;
    written_ = 0;
    measured_at_ = 0;
}

/// 1 in the middle between free_run() and hard(), 2 at the one end and 0 at the other, steep there and flat between: a
/// cubic curve.
std::uint64_t DirtyLimits::ratio(std::uint64_t dirty) const {
    if (dirty >= hard_) return 0;
    const auto limit = static_cast<std::int64_t>(hard_);
    const std::int64_t middle = (static_cast<std::int64_t>(free_run()) + limit) / 2;
    constexpr auto whole = static_cast<std::int64_t>(one);
    const std::int64_t x = (middle - static_cast<std::int64_t>(dirty)) * whole / ((limit - middle) | 1);
    const std::int64_t cube = x * x / whole * x / whole;
    return static_cast<std::uint64_t>(std::clamp<std::int64_t>(cube + whole, 0, 2 * whole));
}

Duration DirtyLimits::pause(std::uint64_t pages, std::uint64_t dirty) const {
    if (dirty <= free_run()) return Duration::zero();
    const std::uint64_t rate = writer_rate_ * ratio(dirty) / one;
    if (rate == 0) return longest_pause;
    const std::uint64_t wanted = pages * static_cast<std::uint64_t>(second) / rate;
    return std::min(Duration(static_cast<std::int64_t>(wanted)), longest_pause);
}

void DirtyLimits::writeback_begins(std::int64_t now) {
    dirtied_ = 0;
    written_ = 0;
    measured_at_ = now;
}

void DirtyLimits::writeback_ended(std::uint64_t pages, std::uint64_t dirty, std::int64_t now) {
    written_ += pages;
    const std::int64_t elapsed = now - measured_at_;
    if (elapsed < interval) return;
    const std::uint64_t rate = each_second(written_, elapsed);
    const auto weight = static_cast<std::uint64_t>(std::min(elapsed, period) / 1'000'000);  // ms
    constexpr std::uint64_t all = period / 1'000'000;
    disk_rate_ = std::max<std::uint64_t>((disk_rate_ * (all - weight) + rate * weight) / all, 1);
    if (dirty > free_run() && dirtied_ > 0) {
        // What all writers may do together is what they did, corrected by how the disk kept up with it.
        const std::uint64_t did = each_second(dirtied_, elapsed);
        const std::uint64_t allowed = std::max<std::uint64_t>(writer_rate_ * ratio(dirty) / one, 1);
        const auto balanced = static_cast<std::uint64_t>(static_cast<unsigned __int128>(allowed) * disk_rate_ /
                                                         std::max<std::uint64_t>(did, 1));
        const std::uint64_t aim = std::clamp<std::uint64_t>(balanced, 1, disk_rate_);
        writer_rate_ = std::max<std::uint64_t>((writer_rate_ * 7 + aim) / 8, 1);
    }
    dirtied_ = 0;
    written_ = 0;
    measured_at_ = now;
}

}  // namespace brokersim::sim
