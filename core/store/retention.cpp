#include "core/store/retention.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "core/whole_number.h"

namespace brokersim::store {
namespace {

constexpr Duration first_round = std::chrono::seconds(60);
constexpr int rounds_of_a_request = 20;
constexpr std::int64_t hour_ms = 3'600'000;

bool above(const DiskUsage& disk, std::int64_t percent) {
    const auto share = static_cast<std::uint64_t>(percent);
    return disk.used > disk.capacity / 100 * share + disk.capacity % 100 * share / 100;
}

}  // namespace

std::optional<std::vector<int>> parse_hours(const std::string& text) {
    std::vector<int> hours;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(';', at), text.size());
        const auto hour = whole_number<int>(std::string_view(text).substr(at, end - at));
        if (!hour || *hour < 0 || *hour > 23) return std::nullopt;
        hours.push_back(*hour);
        at = end + 1;
    }
    return hours;
}

Retention::Retention(Host& host, CommitLog& log, QueueTable& queues, Index& index, const StoreConfig& config)
    : host_(host),
      log_(log),
      queues_(queues),
      index_(index),
      config_(config),
      not_removed_(host.name("store.files_not_removed")) {}

void Retention::start(std::vector<int> hours) {
    hours_ = std::move(hours);
    first_ = host_.mono_ns() + first_round;
    queues_from_ = log_.min_offset();
    started_ = true;
    arm();
}

void Retention::stop() {
    started_ = false;
    host_.cancel(std::exchange(timer_, TimerId{}));
}

void Retention::wake() {
    grown_ = true;
    arm();
}

void Retention::ask() {
    asked_rounds_ = rounds_of_a_request;
    arm();
}

void Retention::arm() {
    if (!started_ || running_ || timer_ != TimerId{}) return;
    if (!grown_ && !disk_full_ && log_.files().file_count() < 2) return;
    const MonoTime now = host_.mono_ns();
    const Duration step = config_.cleanResourceInterval;
    const MonoTime next = now < first_ ? first_ : first_ + ((now - first_) / step + 1) * step;
    timer_ = host_.after(next - now, [this] { round(); });
}

void Retention::round() {
    timer_ = TimerId{};
    running_ = true;
    grown_ = false;
    const bool crowded = short_of_space();
    const bool asked = asked_rounds_ > 0;
    if (asked) --asked_rounds_;
    if (crowded || asked || in_hour()) return remove_log_files(config_.deleteFileBatchMax);
    if (held_since_) return remove_log_files(1);
    remove_queue_files(0);
}

bool Retention::short_of_space() {
    const DiskUsage disk = host_.disk_usage();
    const bool forced = above(disk, std::clamp<std::int64_t>(config_.diskSpaceCleanForciblyRatio, 30, 85));
    const bool warning = above(disk, std::clamp<std::int64_t>(config_.diskSpaceWarningLevelRatio, 35, 90));
    at_once_ = (forced || warning) && config_.cleanFileForciblyEnable;
    // Between both levels it stays as it is.
    disk_full_ = warning || (disk_full_ && forced);
    return above(disk, std::clamp<std::int64_t>(config_.diskMaxUsedSpaceRatio, 10, 95));
}

bool Retention::in_hour() const {
    const std::int64_t hour = epoch_ms(host_.wall_ms()) / hour_ms % 24;
    return std::ranges::find(hours_, hour) != hours_.end();
}

bool Retention::due(std::size_t file) const {
    if (at_once_) return true;
    const auto modified = log_.files().modified_time(file);
    return modified && epoch_ms(host_.wall_ms()) >= epoch_ms(*modified) + config_.fileReservedTime * hour_ms;
}

void Retention::remove_log_files(std::int64_t left) {
    timer_ = TimerId{};
    while (left > 0 && log_.files().file_count() > 1 && (held_since_ || due(0)) && remove_first()) {
        --left;
        if (left > 0 && config_.deleteCommitLogFilesInterval > Duration::zero()) {
            timer_ = host_.after(config_.deleteCommitLogFilesInterval, [this, left] { remove_log_files(left); });
            return;
        }
    }
    remove_queue_files(0);
}

bool Retention::remove_first() {
    const MonoTime now = host_.mono_ns();
    if (held_since_ && now - *retried_at_ < config_.redeleteHangedFileInterval) return false;
    const bool patience_ended = held_since_ && now - *held_since_ >= config_.destroyMapedFileIntervalForcibly;
    const auto removed = log_.files().remove_first(patience_ended);
    if (!removed) failed();
    if (removed && *removed) {
        held_since_.reset();
        return true;
    }
    if (!held_since_) held_since_ = now;
    retried_at_ = now;
    return false;
}

void Retention::remove_queue_files(std::size_t next) {
    timer_ = TimerId{};
    // What leads to a file that is leaving goes when it has gone: a crash would bring it back.
    const PhysicalOffset log_min{log_.files().file_start(0)};
    if (log_min <= queues_from_) return end_round();
    for (const auto& all = queues_.all(); next < all.size(); ++next) {
        const auto removed = all[next]->units.remove_before(log_min);
        if (!removed) failed();
        if (removed && *removed > 0 && config_.deleteConsumeQueueFilesInterval > Duration::zero()) {
            timer_ =
                host_.after(config_.deleteConsumeQueueFilesInterval, [this, next] { remove_queue_files(next + 1); });
            return;
        }
    }
    if (!index_.remove_before(log_min)) failed();
    queues_from_ = log_min;
    end_round();
}

void Retention::end_round() {
    running_ = false;
    arm();
}

}  // namespace brokersim::store
