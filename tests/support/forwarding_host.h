#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/host.h"

namespace brokersim::testing {

/// Hands every call on to another host, which must outlive it. A test's host derives from it and changes what it is
/// about.
class ForwardingHost : public Host {
public:
    explicit ForwardingHost(Host& host) : host_(host) {}

    Address address() const override { return host_.address(); }
    std::string_view node_name() const override { return host_.node_name(); }
    std::uint32_t incarnation() const override { return host_.incarnation(); }
    WallTime wall_ms() const override { return host_.wall_ms(); }
    MonoTime mono_ns() const override { return host_.mono_ns(); }
    int cores() const override { return host_.cores(); }
    std::uint64_t memory_bytes() const override { return host_.memory_bytes(); }
    TimerId after(Duration delay, Task fn) override { return host_.after(delay, std::move(fn)); }
    void cancel(TimerId timer) override { host_.cancel(timer); }
    void soon(Task fn) override { host_.soon(std::move(fn)); }
    void open_lane(Lane lane, int servers) override { host_.open_lane(lane, servers); }
    void start(Lane lane, Callback<void(LaneServer)> fn) override { host_.start(lane, std::move(fn)); }
    void owe(Duration cpu) override { host_.owe(cpu); }
    void paid(Task fn) override { host_.paid(std::move(fn)); }
    void listen(std::uint16_t port, ConnectionEvents& events) override { host_.listen(port, events); }
    ConnectionId connect(Address peer, Duration timeout, ConnectionEvents& events) override {
        return host_.connect(peer, timeout, events);
    }
    void send(ConnectionId id, protocol::Frame&& frame) override { host_.send(id, std::move(frame)); }
    bool writable(ConnectionId id) const override { return host_.writable(id); }
    void close(ConnectionId id) override { host_.close(id); }
    FileResult<std::vector<FileInfo>> list(const std::string& directory) override { return host_.list(directory); }
    FileResult<MappedRegionPtr> map(const std::string& path) override { return host_.map(path); }
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) override {
        return host_.create(path, size);
    }
    FileResult<void> remove(const std::string& path) override { return host_.remove(path); }
    FileResult<void> rename(const std::string& from, const std::string& to) override { return host_.rename(from, to); }
    FileResult<void> set_length(const std::string& path, std::uint64_t size) override {
        return host_.set_length(path, size);
    }
    FileResult<std::string> read_file(const std::string& path) override { return host_.read_file(path); }
    FileResult<void> write_file(const std::string& path, std::string_view content) override {
        return host_.write_file(path, content);
    }
    FileResult<WallTime> modified_time(const std::string& path) override { return host_.modified_time(path); }
    DiskUsage disk_usage() const override { return host_.disk_usage(); }
    void sync_file(const std::string& path, Callback<void(FileResult<void>)> done) override {
        host_.sync_file(path, std::move(done));
    }
    void sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) override {
        host_.sync_directory(path, std::move(done));
    }
    void fetch(std::span<const Slice> slices, Task done) override { host_.fetch(slices, std::move(done)); }
    std::uint64_t draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const override {
        return host_.draw(purpose, identity, n);
    }
    bool buggify(std::string_view place) override { return host_.buggify(place); }
    NameId name(std::string_view text) override { return host_.name(text); }
    void note(const Note& note) override { host_.note(note); }

protected:
    Host& host_;
};

}  // namespace brokersim::testing
