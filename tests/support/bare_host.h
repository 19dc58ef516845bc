#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/protocol/frame.h"

namespace brokersim::testing {

/// The smallest world that core can live in: every host of a BareWorld shares one clock that moves only when a test
/// says so, debts are paid at once, lanes have no contention beyond their number of servers, connections deliver frames
/// by function call (in order, at the same instant, from the world's queue), and files are plain buffers that survive a
/// BareHost (they belong to the world). It proves the shape of core/host.h, and core's unit tests run on it.
class BareHost;

class BareWorld {
public:
    explicit BareWorld(std::uint64_t seed = 1);
    ~BareWorld();

    /// A new host named `name` at 10.0.0.`last_byte`. Making one with a name that exists kills the old host: its
    /// timers and work are forgotten, its connections are reset, its files stay.
    BareHost& host(const std::string& name, int last_byte);
    /// Destroys the host as a crash would: connections are reset at their peers. Destroy the node first.
    void kill(const std::string& name);
    /// Cuts a host off, or connects it again. Meanwhile connecting to or from it times out, and what is sent, closed or
    /// reset on its connections waits until both ends can be heard again, as TCP has it.
    void silence(const std::string& name, bool silent);

    /// Runs everything that is due, moving the clock on to `time_from_now` and no further.
    void run_for(Duration time_from_now);
    /// Runs what is due at this instant.
    void settle() { run_for(Duration::zero()); }
    MonoTime now() const { return now_; }

    std::vector<std::pair<std::string, Note>> notes;  // (node, note), in order
    template <class T>
    std::vector<T> notes_of() const {
        std::vector<T> found;
        for (const auto& [node, note] : notes)
            if (const auto* wanted = std::get_if<T>(&note)) found.push_back(*wanted);
        return found;
    }
    std::string text(NameId id) const { return names_.at(id.value); }

private:
    friend class BareHost;
    struct Event {
        MonoTime at;
        std::uint64_t order;
        auto operator<=>(const Event&) const = default;
    };
    struct Due {
        BareHost* host;  // null: for the world itself
        Task task;
    };
    struct Connection {
        BareHost* ends[2] = {nullptr, nullptr};
        ConnectionEvents* events[2] = {nullptr, nullptr};
        ConnectionId ids[2];
    };

    struct Held {
        std::string from;
        std::string to;
        BareHost* host;
        Task task;
    };

    std::uint64_t schedule(MonoTime at, BareHost* host, Task task);
    void forget(BareHost* host);
    void pass(const BareHost& from, BareHost* to, Task task);

    std::uint64_t seed_;
    MonoTime now_{};
    std::uint64_t order_ = 0;
    std::uint64_t next_connection_ = 1;
    std::map<Event, Due> due_;
    std::map<std::uint64_t, Event> by_id_;
    std::map<std::string, std::unique_ptr<BareHost>> hosts_;
    std::vector<std::unique_ptr<BareHost>> dead_;
    std::map<Address, std::pair<BareHost*, ConnectionEvents*>> listeners_;
    std::vector<std::shared_ptr<Connection>> connections_;
    std::set<std::string> silent_;
    std::vector<Held> held_;                                               // by silence
    std::map<std::string, std::map<std::string, MappedRegionPtr>> files_;  // by node, by path
    std::map<std::string, std::uint32_t> lives_;
    std::vector<std::string> names_;
    std::map<std::string, NameId, std::less<>> name_ids_;
};

class BareHost final : public Host, public LaneServer::Owner {
public:
    BareHost(BareWorld& world, std::string name, Address address, std::uint32_t incarnation);

    Address address() const override { return address_; }
    std::string_view node_name() const override { return name_; }
    std::uint32_t incarnation() const override { return incarnation_; }
    WallTime wall_ms() const override;
    MonoTime mono_ns() const override { return world_.now_; }
    int cores() const override { return 4; }
    std::uint64_t memory_bytes() const override { return 8ULL << 30; }

    TimerId after(Duration delay, Task fn) override;
    void cancel(TimerId timer) override;
    void soon(Task fn) override;
    void open_lane(Lane lane, int servers) override;
    void start(Lane lane, Callback<void(LaneServer)> fn) override;
    void owe(Duration) override {}
    void paid(Task fn) override { soon(std::move(fn)); }
    void free_server(Lane lane) override;

    void listen(std::uint16_t port, ConnectionEvents& events) override;
    ConnectionId connect(Address peer, Duration timeout, ConnectionEvents& events) override;
    void send(ConnectionId id, protocol::Frame&& frame) override;
    bool writable(ConnectionId) const override { return true; }
    void close(ConnectionId id) override;

    FileResult<std::vector<FileInfo>> list(const std::string& directory) override;
    FileResult<MappedRegionPtr> map(const std::string& path) override;
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) override;
    FileResult<void> remove(const std::string& path) override;
    FileResult<void> rename(const std::string& from, const std::string& to) override;
    FileResult<void> set_length(const std::string& path, std::uint64_t size) override;
    FileResult<std::string> read_file(const std::string& path) override;
    FileResult<void> write_file(const std::string& path, std::string_view content) override;
    FileResult<WallTime> modified_time(const std::string& path) override;
    DiskUsage disk_usage() const override;
    void sync_file(const std::string& path, Callback<void(FileResult<void>)> done) override;
    void sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) override;
    void fetch(std::span<const Slice> slices, Task done) override;

    std::uint64_t draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const override;
    bool buggify(std::string_view) override { return false; }
    NameId name(std::string_view text) override;
    void note(const Note& note) override { world_.notes.emplace_back(name_, note); }

    /// Files of this node may not grow beyond this many bytes in all: create() then says `no_space`.
    std::uint64_t disk_bytes = UINT64_MAX;

private:
    friend class BareWorld;
    struct LaneState {
        int free = 0;
        std::deque<Callback<void(LaneServer)>> waiting;
    };
    void grant(Lane lane);
    std::map<std::string, MappedRegionPtr>& files() { return world_.files_[name_]; }

    BareWorld& world_;
    std::string name_;
    Address address_;
    std::uint32_t incarnation_;
    std::map<Lane, LaneState> lanes_;
};

}  // namespace brokersim::testing
