#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/host.h"
#include "live/files.h"
#include "live/task_loop.h"

namespace brokersim::live {

/// A lane that was opened: how many of its servers are free, and who waits for one.
struct LaneState {
    int free = 0;
    std::deque<Callback<void(LaneServer)>> waiting;
};

/// A Host over real files and the real clock, on the calling thread: what a store needs to be opened, recovered and
/// closed. The base of a host that serves: it has no network yet (connect() is refused, listen() is a broken
/// invariant). Lanes grant as many servers as they were opened with; debts of CPU are paid by having been run.
class FileHost final : public Host, private LaneServer::Owner {
public:
    /// `loop` and `files` must outlive the host. `name` is the node's name in the world ("broker/0").
    FileHost(TaskLoop& loop, Files& files, std::string name);

    Address address() const override { return {0x7F000001U, 0}; }
    std::string_view node_name() const override { return name_; }
    std::uint32_t incarnation() const override { return 0; }
    WallTime wall_ms() const override { return loop_.wall(); }
    MonoTime mono_ns() const override { return loop_.mono(); }
    int cores() const override;
    std::uint64_t memory_bytes() const override;

    TimerId after(Duration delay, Task fn) override { return loop_.after(delay, std::move(fn)); }
    void cancel(TimerId timer) override { loop_.cancel(timer); }
    void soon(Task fn) override { loop_.soon(std::move(fn)); }
    void open_lane(Lane lane, int servers) override;
    void start(Lane lane, Callback<void(LaneServer)> fn) override;
    void owe(Duration) override {}
    void paid(Task fn) override { loop_.soon(std::move(fn)); }

    void listen(std::uint16_t port, ConnectionEvents& events) override;
    ConnectionId connect(Address peer, Duration timeout, ConnectionEvents& events) override;
    void send(ConnectionId, protocol::Frame&&) override {}
    bool writable(ConnectionId) const override { return false; }
    void close(ConnectionId) override {}

    FileResult<std::vector<FileInfo>> list(const std::string& directory) override { return files_.list(directory); }
    FileResult<MappedRegionPtr> map(const std::string& path) override { return files_.map(path); }
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) override {
        return files_.create(path, size);
    }
    FileResult<void> remove(const std::string& path) override { return files_.remove(path); }
    FileResult<void> rename(const std::string& from, const std::string& to) override { return files_.rename(from, to); }
    FileResult<void> set_length(const std::string& path, std::uint64_t size) override {
        return files_.set_length(path, size);
    }
    FileResult<std::string> read_file(const std::string& path) override { return files_.read_file(path); }
    FileResult<void> write_file(const std::string& path, std::string_view content) override {
        return files_.write_file(path, content);
    }
    FileResult<WallTime> modified_time(const std::string& path) override { return files_.modified_time(path); }
    DiskUsage disk_usage() const override { return files_.disk_usage(); }
    void sync_file(const std::string& path, Callback<void(FileResult<void>)> done) override;
    void sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) override;
    void fetch(std::span<const Slice> slices, Task done) override;

    std::uint64_t draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const override;
    bool buggify(std::string_view) override { return false; }
    NameId name(std::string_view text) override;
    void note(const Note&) override {}  // nobody judges the live world yet

private:
    void free_server(Lane lane) override;
    void grant(Lane lane);

    TaskLoop& loop_;
    Files& files_;
    std::string name_;
    std::uint64_t next_connection_ = 1;
    std::array<std::optional<LaneState>, lane_count> lanes_;
    std::map<std::string, NameId, std::less<>> names_;
};

}  // namespace brokersim::live
