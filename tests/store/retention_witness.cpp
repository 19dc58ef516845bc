#include "tests/store/retention_witness.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/store/mapped_file_queue.h"
#include "core/store/retention.h"

namespace brokersim::store::testing {
namespace {

const std::string directory = "commitlog";
constexpr std::int64_t hour_ms = 3'600'000;

}  // namespace

void RetentionWitness::held(std::int64_t file) {
    const auto [readers, first] = readers_.try_emplace(file);
    if (first) readers->second.first = host_.mono_ns();
    ++readers->second.count;
}

bool RetentionWitness::any_held() const {
    return std::ranges::any_of(readers_, [](const auto& file) { return file.second.count > 0; });
}

FileResult<void> RetentionWitness::remove(const std::string& path) {
    if (!watching_ || !path.starts_with(directory + "/")) return host_.remove(path);
    const std::int64_t file = std::stoll(path.substr(directory.size() + 1));
    const std::string wrong = judge(path, file);
    auto removed = host_.remove(path);
    if (!removed) return removed;
    begun_.erase(file);
    last_removal_ = host_.mono_ns();
    if (!wrong.empty()) events_.on_wrong_removal(path + " is removed, " + wrong);
    const auto left = host_.list(directory);
    events_.on_log_files_removed(left && !left->empty() ? std::stoll(left->front().name)
                                                        : file + config_.mappedFileSizeCommitLog);
    return removed;
}

std::string RetentionWitness::judge(const std::string& path, std::int64_t file) {
    const auto files = host_.list(directory);
    if (!files || files->size() < 2) return "the only one";
    if (directory + "/" + files->front().name != path) return "but " + files->front().name + " is older";
    if (const auto readers = readers_.find(file); readers != readers_.end() && readers->second.count > 0)
        if (host_.mono_ns() - readers->second.first < config_.destroyMapedFileIntervalForcibly)
            return "and somebody reads it";
    return begun_.contains(file) ? "" : too_early(path);
}

DiskUsage RetentionWitness::disk_usage() const {
    told_ = disk_usage_now();
    for (const auto& [file, readers] : readers_)
        if (const auto path = directory + "/" + offset_file_name(file); readers.count > 0 && too_early(path).empty())
            begun_.insert(file);
    return told_;
}

std::string RetentionWitness::too_early(const std::string& path) const {
    if (above(told_, config_.diskSpaceCleanForciblyRatio)) return {};
    const std::int64_t now = epoch_ms(host_.wall_ms());
    const auto changed = host_.modified_time(path);
    if (!changed || now < epoch_ms(*changed) + config_.fileReservedTime * hour_ms)
        return "but it was changed not long ago, and there is room on the disk";
    const auto hours = parse_hours(config_.deleteWhen);
    const bool in_hour = std::ranges::find(*hours, now / hour_ms % 24) != hours->end();
    if (in_hour || asked_ || above(told_, config_.diskMaxUsedSpaceRatio)) return {};
    return "but it is not the hour";
}

}  // namespace brokersim::store::testing
