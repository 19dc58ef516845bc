#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/bare_host.h"

namespace brokersim::broker::testing {

/// A bare host on which CPU time takes time: what a handler owes delays its `paid`. Cores are plenty, and a lane server
/// is free again as soon as it is dropped. Forcing a file to disk takes `flush_takes`.
class DebtHost final : public Host {
public:
    explicit DebtHost(brokersim::testing::BareHost& base) : base_(base) {}

    Duration flush_takes{};

    Address address() const override { return base_.address(); }
    std::string_view node_name() const override { return base_.node_name(); }
    std::uint32_t incarnation() const override { return base_.incarnation(); }
    WallTime wall_ms() const override { return base_.wall_ms(); }
    MonoTime mono_ns() const override { return base_.mono_ns(); }
    int cores() const override { return base_.cores(); }
    std::uint64_t memory_bytes() const override { return base_.memory_bytes(); }

    TimerId after(Duration delay, Task fn) override { return base_.after(delay, handler(std::move(fn))); }
    void cancel(TimerId timer) override { base_.cancel(timer); }
    void soon(Task fn) override { base_.soon(handler(std::move(fn))); }
    void open_lane(Lane lane, int servers) override { base_.open_lane(lane, servers); }
    void start(Lane lane, Callback<void(LaneServer)> fn) override {
        base_.start(lane, [this, fn = std::move(fn)](LaneServer server) mutable {
            owed_ = Duration::zero();
            fn(std::move(server));
        });
    }
    void owe(Duration cpu) override { owed_ += cpu; }
    void paid(Task fn) override { base_.after(owed_, handler(std::move(fn))); }

    void listen(std::uint16_t port, ConnectionEvents& events) override { base_.listen(port, events); }
    ConnectionId connect(Address peer, Duration timeout, ConnectionEvents& events) override {
        return base_.connect(peer, timeout, events);
    }
    void send(ConnectionId id, protocol::Frame&& frame) override { base_.send(id, std::move(frame)); }
    bool writable(ConnectionId id) const override { return base_.writable(id); }
    void close(ConnectionId id) override { base_.close(id); }

    FileResult<std::vector<FileInfo>> list(const std::string& directory) override { return base_.list(directory); }
    FileResult<MappedRegionPtr> map(const std::string& path) override { return slow(base_.map(path)); }
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) override {
        return slow(base_.create(path, size));
    }
    FileResult<void> remove(const std::string& path) override { return base_.remove(path); }
    FileResult<void> rename(const std::string& from, const std::string& to) override { return base_.rename(from, to); }
    FileResult<void> set_length(const std::string& path, std::uint64_t size) override {
        return base_.set_length(path, size);
    }
    FileResult<std::string> read_file(const std::string& path) override { return base_.read_file(path); }
    FileResult<void> write_file(const std::string& path, std::string_view content) override {
        return base_.write_file(path, content);
    }
    DiskUsage disk_usage() const override { return base_.disk_usage(); }
    FileResult<WallTime> modified_time(const std::string& path) override { return base_.modified_time(path); }
    void sync_file(const std::string& path, Callback<void(FileResult<void>)> done) override {
        base_.sync_file(path, std::move(done));
    }
    void sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) override {
        base_.sync_directory(path, std::move(done));
    }
    void fetch(std::span<const Slice> slices, Task done) override { base_.fetch(slices, std::move(done)); }

    std::uint64_t draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const override {
        return base_.draw(purpose, identity, n);
    }
    bool buggify(std::string_view place) override { return base_.buggify(place); }
    NameId name(std::string_view text) override { return base_.name(text); }
    void note(const Note& note) override { base_.note(note); }

private:
    class SlowRegion final : public MappedRegion {
    public:
        SlowRegion(DebtHost& host, MappedRegionPtr base) : host_(host), base_(std::move(base)) {}
        std::uint64_t size() const override { return base_->size(); }
        std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
            return base_->read(offset, length);
        }
        std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override {
            return base_->write(offset, length);
        }
        void flush(std::uint64_t, std::uint64_t, Callback<void(FileResult<void>)> done) override {
            host_.after(host_.flush_takes, [done = std::move(done)]() mutable { done({}); });
        }

    private:
        DebtHost& host_;
        MappedRegionPtr base_;
    };

    FileResult<MappedRegionPtr> slow(FileResult<MappedRegionPtr> region) {
        if (!region) return region;
        return MappedRegionPtr(new SlowRegion(*this, std::move(*region)));
    }
    Task handler(Task fn) {
        return [this, fn = std::move(fn)]() mutable {
            owed_ = Duration::zero();
            fn();
        };
    }

    brokersim::testing::BareHost& base_;
    Duration owed_{};
};

}  // namespace brokersim::broker::testing
