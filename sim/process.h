#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.h"
#include "sim/collector.h"
#include "sim/engine.h"
#include "sim/machine.h"
#include "sim/occupancy.h"
#include "sim/types.h"
#include "sim/work.h"
#include "sim/world.h"

namespace brokersim::sim {

struct Connection;

/// One life of a node: the Host that it sees. Made and ended by the World. A dead process stays as an object (lane
/// servers and mappings may still refer to it) and does nothing any more.
class Process final : public Host, public LaneServer::Owner, public EventOwner {
public:
    /// `collector` may be null: its memory needs no pauses. `pauses` are the node's.
    Process(World& world, Machine& machine, NodeId id, std::uint32_t incarnation, FileTable& files,
            const CollectorSpec* collector, Pauses& pauses);
    ~Process() override;

    // --- Host -------------------------------------------------------------------------------------------------------

    Address address() const override { return address_; }
    std::string_view node_name() const override { return world_.node_name(id_); }
    std::uint32_t incarnation() const override { return incarnation_; }
    WallTime wall_ms() const override { return machine_.clock.wall(world_.now()); }
    MonoTime mono_ns() const override { return machine_.clock.mono(world_.now()); }
    int cores() const override { return machine_.spec.cores; }
    std::uint64_t memory_bytes() const override { return machine_.spec.memory_bytes; }
    DiskUsage disk_usage() const override;

    TimerId after(Duration delay, Task fn) override;
    void cancel(TimerId timer) override;
    void soon(Task fn) override;
    void open_lane(Lane lane, int servers) override;
    void start(Lane lane, Callback<void(LaneServer)> fn) override;
    void owe(Duration cpu) override;
    void paid(Task fn) override;

    void listen(std::uint16_t port, ConnectionEvents& events) override;
    ConnectionId connect(Address peer, Duration timeout, ConnectionEvents& events) override;
    void send(ConnectionId id, protocol::Frame&& frame) override;
    bool writable(ConnectionId id) const override;
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
    void sync_file(const std::string& path, Callback<void(FileResult<void>)> done) override;
    void sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) override;
    void fetch(std::span<const Slice> slices, Task done) override;

    std::uint64_t draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const override {
        return world_.draw(purpose, identity, n);
    }
    bool buggify(std::string_view place) override;
    NameId name(std::string_view text) override { return world_.names().id(text); }
    void note(const Note& note) override;

    // --- LaneServer::Owner, EventOwner ------------------------------------------------------------------------------

    void free_server(Lane lane) override;
    void fire(TimerId id, Task& task) override;

    // --- the world's side -------------------------------------------------------------------------------------------

    /// Makes the node and starts it, as the first handler.
    void begin(const NodeFactory& factory);
    /// Runs a piece of work that is due (or keeps it, while paused, or drops it, once dead) and takes it back.
    void run(Work& work);
    /// Calls `body` as a handler; the process must be awake().
    template <class Body>
    void handle(Body&& body) {
        begin_handler();
        body();
        end_handler();
    }
    /// Calls `body` within the handler that runs, if it is this process's own, else as a handler.
    template <class Body>
    void handle_or_continue(Body&& body) {
        if (world_.running() == this)
            body();
        else
            handle(std::forward<Body>(body));
    }
    /// Keeps `task` for the time after resume().
    void postpone(Task task, TimerId timer = {});
    /// The handler's wait for I/O, asleep in the page cache, may go on.
    void io_woken(Handler& handler);
    /// All CPU time of the handler has been served: called by the machine's cores.
    void paid_up(Handler& handler);
    /// SIGSTOP and SIGCONT.
    void suspend();
    void resume();
    /// A frame of so many bytes was received, or is sent: objects were made for it.
    void allocate(std::int64_t frame_bytes) {
        if (collector_ && collector_->allocate(frame_bytes) && !collection_due_) [[unlikely]]
            plan_collection();
    }
    /// Asserts Little's law for every lane: for what waits, and for what is served.
    void check_littles_law() const;
    /// Ends the life: the node object goes first, then whatever it left behind. `torn`: unpaid writes are cut off.
    void end(bool torn);

    Node* node() const { return node_.get(); }
    bool alive() const { return alive_; }
    /// Nothing of it runs: it is suspended, or collects garbage.
    bool paused() const { return paused_; }
    bool suspended() const { return suspended_; }
    bool awake() const { return alive_ && !paused_; }
    NodeId id() const { return id_; }
    Machine& machine() const { return machine_; }
    World& world() const { return world_; }
    /// The handler that runs; only within one.
    Handler& handler() {
        require_handler();
        return *current_;
    }
    /// Flushes a range of a file of this node: `done` runs as a handler when the disk has it.
    void flush(FilePtr file, std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done);
    FileTable& files() const { return files_; }

    /// The network's table of this process's ends: entry i belongs to ConnectionId i + 1, null when it is gone.
    std::vector<Connection*>& connection_ends() { return ends_; }
    const std::vector<Connection*>& connection_ends() const { return ends_; }

private:
    struct LaneState {
        int servers = 0;
        int busy = 0;
        WorkQueue waiting;
        Occupancy queue;          // what is in `waiting`
        Occupancy service;        // servers that are busy; each leaves as if it had entered at 0
        std::int64_t held = 0;    // LaneServers that exist
        std::uint64_t begun = 0;  // the instants at which every LaneServer so far was granted, summed modulo 2^64
    };

    void require_handler() const;
    void begin_handler();
    void end_handler();
    void settle(Handler& handler);
    void pay_io(Handler& handler);
    void run_paid(Handler& handler);
    void fold_writes(const Handler& handler);
    void deliver(Task task);
    /// `no_space` if the disk has no room for a file of that name and size.
    FileResult<void> require_room(const std::string& path, std::uint64_t size) const;
    void fold_file(std::string_view operation, const std::string& path, std::uint64_t size, std::uint64_t checksum);
    void tear_writes(Handler& handler, std::uint64_t n);
    void withdraw(Handler& handler);
    void unlink_unpaid(Handler& handler);
    void recycle(Handler& handler);
    void grant(Lane lane);
    void freed(Lane lane, int servers);
    void check_littles_law(Lane lane) const;
    void halt();
    void go_on();
    void plan_collection();
    void begin_collection();
    void end_collection();
    void count_collection();
    void discard(WorkQueue& queue);
    void recycle(Work& work);
    Work& new_work();
    MappedRegionPtr region(Mapping mapping);

    World& world_;
    Machine& machine_;
    const NodeId id_;
    const std::uint32_t incarnation_;
    const Address address_;
    FileTable& files_;
    std::unique_ptr<Node> node_;
    bool alive_ = true;
    bool paused_ = false;     // either of these
    bool suspended_ = false;  // SIGSTOP
    bool collecting_ = false;
    bool collection_due_ = false;
    std::optional<Collector> collector_;
    Pauses& pauses_;
    TimerId collection_;  // its beginning or its end
    WorldTime collection_began_{};
    Handler* current_ = nullptr;  // the handler that runs, or the one to be used next
    Handler* first_unpaid_ = nullptr;
    Handler* last_unpaid_ = nullptr;
    std::array<LaneState, lane_count> lanes_;
    WorkQueue backlog_;                   // what was due while paused
    std::uint64_t postponed_timers_ = 0;  // timers that fired while paused, and have not run
    std::vector<Connection*> ends_;
    std::uint64_t buggify_calls_ = 0;
};

}  // namespace brokersim::sim
