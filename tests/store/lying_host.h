#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/store/big_endian.h"
#include "tests/support/forwarding_host.h"

/// Hosts that do not do what they say, each in one way that a store could be wrong in. A test whose store lives on one
/// must find a broken promise.
namespace brokersim::store::testing {

/// Hands out regions of a kind of its own for the files whose path begins with a prefix.
class LyingHost : public brokersim::testing::ForwardingHost {
public:
    LyingHost(Host& host, std::string prefix) : ForwardingHost(host), prefix_(std::move(prefix)) {}

    FileResult<MappedRegionPtr> map(const std::string& path) override { return lie(path, host_.map(path)); }
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) override {
        return lie(path, host_.create(path, size));
    }

protected:
    /// A file of theirs, as the store gets to see it.
    virtual MappedRegionPtr wrapped(const std::string& path, MappedRegionPtr region) = 0;
    bool covers(const std::string& path) const { return path.starts_with(prefix_); }

private:
    FileResult<MappedRegionPtr> lie(const std::string& path, FileResult<MappedRegionPtr> region) {
        if (!region || !covers(path)) return region;
        return wrapped(path, std::move(*region));
    }

    std::string prefix_;
};

/// Forwards to another region.
class RegionOnRegion : public MappedRegion {
public:
    explicit RegionOnRegion(MappedRegionPtr region) : region_(std::move(region)) {}
    std::uint64_t size() const override { return region_->size(); }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
        return region_->read(offset, length);
    }
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override {
        return region_->write(offset, length);
    }
    void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override {
        region_->flush(offset, length, std::move(done));
    }

protected:
    MappedRegionPtr region_;
};

/// Says that the log is flushed before it is, and never flushes it.
class EarlyFlushHost final : public LyingHost {
public:
    explicit EarlyFlushHost(Host& host) : LyingHost(host, "commitlog/") {}

private:
    class Region final : public RegionOnRegion {
    public:
        Region(Host& host, MappedRegionPtr region) : RegionOnRegion(std::move(region)), host_(host) {}
        void flush(std::uint64_t, std::uint64_t, Callback<void(FileResult<void>)> done) override {
            host_.soon([done = std::move(done)]() mutable { done({}); });
        }

    private:
        Host& host_;
    };
    MappedRegionPtr wrapped(const std::string&, MappedRegionPtr region) override {
        return MappedRegionPtr(new Region(host_, std::move(region)));
    }
};

/// What is written to the log reaches its file only some time after the units that point at it have reached theirs;
/// until then the process alone sees it. A flush of the log does not wait for it either.
class QueueFirstHost final : public LyingHost {
public:
    explicit QueueFirstHost(Host& host) : LyingHost(host, "commitlog/") {}

private:
    static constexpr Duration later = std::chrono::milliseconds(5);

    class Region final : public RegionOnRegion {
    public:
        Region(Host& host, MappedRegionPtr region) : RegionOnRegion(std::move(region)), host_(host) {
            const auto bytes = region_->read(0, region_->size());
            seen_.assign(bytes.begin(), bytes.end());
        }
        std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
            return std::span(seen_).subspan(offset, length);
        }
        std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override {
            host_.after(later, [this, kept = MappedRegionPtr(this), offset, length] {
                std::ranges::copy(std::span(seen_).subspan(offset, length), region_->write(offset, length).begin());
            });
            return std::span(seen_).subspan(offset, length);
        }

    private:
        Host& host_;
        std::vector<std::byte> seen_;
    };
    MappedRegionPtr wrapped(const std::string&, MappedRegionPtr region) override {
        return MappedRegionPtr(new Region(host_, std::move(region)));
    }
};

/// The checkpoint claims that an hour more is on disk than is.
class EagerCheckpointHost final : public LyingHost {
public:
    explicit EagerCheckpointHost(Host& host) : LyingHost(host, "checkpoint") {}

private:
    static constexpr std::int64_t hour_ms = 3'600'000;

    class Region final : public RegionOnRegion {
    public:
        using RegionOnRegion::RegionOnRegion;
        void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override {
            auto bytes = region_->write(0, 3 * sizeof(std::int64_t));  // times of log, queues and index
            for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::int64_t))
                save_big(bytes.data() + at, load_big<std::int64_t>(bytes.data() + at) + hour_ms);
            region_->flush(offset, length, std::move(done));
        }
    };
    MappedRegionPtr wrapped(const std::string&, MappedRegionPtr region) override {
        return MappedRegionPtr(new Region(std::move(region)));
    }
};

/// Files seem to be older than they are.
class AgingHost final : public brokersim::testing::ForwardingHost {
public:
    using ForwardingHost::ForwardingHost;
    FileResult<WallTime> modified_time(const std::string& path) override {
        auto changed = host_.modified_time(path);
        if (changed) *changed -= std::chrono::hours(1);
        return changed;
    }
};

/// The disk seems to be crowded.
class CrowdedHost final : public brokersim::testing::ForwardingHost {
public:
    using ForwardingHost::ForwardingHost;
    DiskUsage disk_usage() const override {
        const DiskUsage disk = host_.disk_usage();
        return {disk.capacity, disk.capacity / 100 * 88};
    }
};

/// What is removed from the log's directory is there still, for the store alone.
class CarelessHost final : public brokersim::testing::ForwardingHost {
public:
    using ForwardingHost::ForwardingHost;
    FileResult<void> remove(const std::string& path) override {
        if (path.starts_with("commitlog/")) return {};
        return host_.remove(path);
    }
};

}  // namespace brokersim::store::testing
