#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "core/store/store_config.h"
#include "tests/support/forwarding_host.h"

namespace brokersim::store::testing {

/// The disk that a store's files share with others; it outlives the node's lives.
struct SharedDisk {
    std::uint64_t capacity = 512 * 1024;
    std::uint64_t others = 0;  // bytes that are not the store's

    /// Lets the others grow or shrink until that share of the disk is used.
    void fill(std::int64_t percent, std::uint64_t own) {
        const std::uint64_t used = capacity * static_cast<std::uint64_t>(percent) / 100;
        others = used < own ? 0 : used - own;
    }
};

/// Stands between a store and its host and judges each log file that a running store removes, by rules of its own:
/// it is the oldest and not the only one; it was not changed for fileReservedTime, or what the store last heard of the
/// disk is above diskSpaceCleanForciblyRatio; if it is not for the disk, it is the hour, or it was asked for; and
/// nobody reads it, or readers have had it for destroyMapedFileIntervalForcibly. What holds when retention looks at a
/// file that is read allows its removal also later.
class RetentionWitness final : public brokersim::testing::ForwardingHost {
public:
    class Events {
    public:
        /// The log begins at `log_begin` now.
        virtual void on_log_files_removed(std::int64_t log_begin) = 0;
        virtual void on_wrong_removal(std::string what) = 0;

    protected:
        ~Events() = default;
    };
    RetentionWitness(Host& host, const StoreConfig& config, const SharedDisk& disk, Events& events)
        : ForwardingHost(host), config_(config), disk_(disk), events_(events) {}

    /// Only what a running store removes is judged, and not what recovery or an end in order does.
    void watch(bool on) { watching_ = on; }
    /// Retention was asked to act at any hour, in this life.
    void asked() { asked_ = true; }
    /// Somebody begins to read in the log file that begins there, or ends.
    void held(std::int64_t file);
    void released(std::int64_t file) { --readers_[file].count; }
    bool any_held() const;
    /// Whether the removal of a file may have begun, in this life, which had to wait for its readers.
    bool any_leaving() const { return !begun_.empty(); }
    /// Whether no file has been removed for some seconds: queues and index have lost then what the log has.
    bool quiet() const { return host_.mono_ns() - last_removal_ > std::chrono::seconds(5); }
    /// Above which share of the disk files go whether they are due or not.
    bool crowded() const { return above(disk_usage_now(), config_.diskSpaceCleanForciblyRatio); }

    DiskUsage disk_usage() const override;
    FileResult<void> remove(const std::string& path) override;

private:
    struct Readers {
        int count = 0;
        MonoTime first;  // when somebody began to read it, in this life
    };
    DiskUsage disk_usage_now() const { return {disk_.capacity, disk_.others + host_.disk_usage().used}; }
    static bool above(const DiskUsage& disk, std::int64_t percent) {
        return disk.used * 100 > disk.capacity * static_cast<std::uint64_t>(percent);
    }
    std::string judge(const std::string& path, std::int64_t file);
    /// By what retention was last told.
    std::string too_early(const std::string& path) const;

    const StoreConfig config_;
    const SharedDisk& disk_;
    Events& events_;
    bool watching_ = false;
    bool asked_ = false;
    mutable DiskUsage told_{.capacity = 1, .used = 0};
    std::map<std::int64_t, Readers> readers_;
    mutable std::set<std::int64_t> begun_;  // files that were to go at some time, but were read
    MonoTime last_removal_{};
};

}  // namespace brokersim::store::testing
