#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/callback.h"
#include "core/draw.h"
#include "core/notes.h"
#include "core/types.h"

/// The one door between a node and the world.
///
/// A node (broker, name server, producer, consumer, coordinator) is a single-threaded state machine. Everything that it
/// knows of time, other nodes, files and chance it gets from the Host that it was made with; everything that it does
/// goes through it. `sim::Process` implements it for a simulated world; tests have a bare one; a live one follows the
/// same contract. All calls are made from the node's handlers, on the run's one thread.
///
/// Handlers. The host calls the node: a timer fires, a frame arrives, a lane server is granted, something has been
/// paid. Each such call is a *handler*. It runs at one instant: its clocks stand still. It runs up debts: CPU time by
/// `owe`, I/O by touching mapped files. The handler has *ended* when all its debts are paid. Whatever another handler
/// could observe (a write position, a queue unit, a freed lock, a reply, a started timer) is done in `paid(fn)`, which
/// runs when this handler has ended, as a handler of its own; with no debts, that is at this very instant.
namespace brokersim {

namespace protocol {
struct Frame;
}

/// The thread pools of the real systems. A server of a lane does one thing at a time; a machine has cores for all.
enum class Lane : std::uint8_t {
    // broker
    send,
    pull,
    heartbeat,
    client_manage,
    consumer_manage,
    admin,
    ack,
    load_balance,
    reput,
    coordinator,
    // name server
    route,
    registration,
    // client
    scheduled,
    rebalance,
    pull_request,
    consume,
    group_heartbeat,
};
inline constexpr std::size_t lane_count = static_cast<std::size_t>(Lane::group_heartbeat) + 1;

enum class NetError : std::uint8_t {
    refused,    // nobody listens there
    timed_out,  // silence
    closed,     // the peer closed, in order
    reset,      // the peer's process died, or the stream broke
};

/// What a node that has connections is told. The object must outlive the connections. A ConnectionId is never reused.
class ConnectionEvents {
public:
    virtual ~ConnectionEvents() = default;
    /// The connect() that gave `id` succeeded; frames may be sent (frames sent before wait for it).
    virtual void on_opened(ConnectionId id) = 0;
    /// Somebody connected to a port on which this node listens.
    virtual void on_accepted(ConnectionId id, Address peer) = 0;
    virtual void on_frame(ConnectionId id, protocol::Frame&& frame) = 0;
    /// The connection is gone (or never came to be); nothing more comes on it. Not called after an own close().
    virtual void on_closed(ConnectionId id, NetError why) = 0;
};

enum class FileErrorCode : std::uint8_t { not_found, exists, no_space, wrong_size, io, limit };
struct FileError {
    FileErrorCode code;
    std::string what;  // path and the reason, for people
};
template <class T>
using FileResult = std::expected<T, FileError>;

/// A whole file in memory, MAP_SHARED. Bytes are touched only through read() and write(): the machine learns which
/// pages were touched, and the cost (page faults, throttling) lands on the handler that touched them. The real mapping
/// may block the process at a page fault in the live world; `Host::fetch` lets a host avoid that.
class MappedRegion : public Pinned {
public:
    virtual std::uint64_t size() const = 0;
    /// A view of the mapping, valid until the handler returns. [offset, offset + length) must lie inside the file.
    virtual std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) = 0;
    /// The same, to be written to before the handler returns. No other handler may read the range before the debts of
    /// this one are paid.
    virtual std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) = 0;
    /// Forces [offset, offset + length) to stable storage (msync). Asynchronous: `done` runs later, as a handler. After
    /// an error the range must be taken as lost: the kernel marks the pages clean all the same.
    virtual void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) = 0;
    /// Bytes that keep the mapping alive and are not written again as long as the slice lives; counts as a read.
    Slice pin(std::uint64_t offset, std::uint64_t length) { return {PinnedPtr(this), read(offset, length)}; }
};
using MappedRegionPtr = boost::intrusive_ptr<MappedRegion>;

struct DiskUsage {  // bytes
    std::uint64_t capacity;
    std::uint64_t used;
};

struct FileInfo {
    std::string name;  // within its directory
    std::uint64_t size;
    bool directory;
};

/// Holds one server of a lane. When it is dropped the server is freed as soon as the debts of the handler that drops it
/// are paid. A blocking call of the real system keeps it until the answer or the time-out is there.
class LaneServer {
public:
    class Owner {
    public:
        virtual void free_server(Lane lane) = 0;

    protected:
        ~Owner() = default;
    };

    LaneServer() = default;
    LaneServer(Owner& owner, Lane lane) : owner_(&owner), lane_(lane) {}
    LaneServer(LaneServer&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), lane_(other.lane_) {}
    LaneServer& operator=(LaneServer&& other) noexcept {
        if (this != &other) {
            release();
            owner_ = std::exchange(other.owner_, nullptr);
            lane_ = other.lane_;
        }
        return *this;
    }
    ~LaneServer() { release(); }

    void release() {
        if (owner_ != nullptr) std::exchange(owner_, nullptr)->free_server(lane_);
    }
    explicit operator bool() const { return owner_ != nullptr; }

private:
    Owner* owner_ = nullptr;
    Lane lane_{};
};

class Host {
public:
    virtual ~Host() = default;

    // --- who and when -----------------------------------------------------------------------------------------------

    /// This node's IPv4 address (the port is 0).
    virtual Address address() const = 0;
    /// The node's name in the world: "broker/0", "billing/2".
    virtual std::string_view node_name() const = 0;
    /// How often this node was started before: 0 in its first life. Keys draws that must differ between lives.
    virtual std::uint32_t incarnation() const = 0;
    virtual WallTime wall_ms() const = 0;
    virtual MonoTime mono_ns() const = 0;
    virtual int cores() const = 0;
    /// Memory of the machine in bytes (what RocketMQ calls total physical memory).
    virtual std::uint64_t memory_bytes() const = 0;

    // --- work -------------------------------------------------------------------------------------------------------

    /// Runs `fn` as a handler once `delay` (>= 0) has passed on the monotonic clock.
    virtual TimerId after(Duration delay, Task fn) = 0;
    /// Cancels a timer that has not fired; anything else (fired, cancelled, zero) is ignored.
    virtual void cancel(TimerId timer) = 0;
    /// Runs `fn` at this instant as a handler of its own, once the running one has returned.
    virtual void soon(Task fn) = 0;
    /// Gives a lane its number of servers (>= 1). Called once for each lane, before it is used.
    virtual void open_lane(Lane lane, int servers) = 0;
    /// Runs `fn` as a handler when a server of `lane` is free; requests are granted in order.
    virtual void start(Lane lane, Callback<void(LaneServer)> fn) = 0;
    /// Adds CPU time to the debts of the running handler.
    virtual void owe(Duration cpu) = 0;
    /// Runs `fn` as a handler when the debts of the running handler are paid; several run in the order of the calls.
    virtual void paid(Task fn) = 0;

    // --- network ----------------------------------------------------------------------------------------------------

    /// Accepts connections on `port`, which must not be in use by this node.
    virtual void listen(std::uint16_t port, ConnectionEvents& events) = 0;
    /// Begins to connect. The outcome is on_opened or on_closed (refused at once where a machine answers; silence until
    /// `timeout` where none does).
    virtual ConnectionId connect(Address peer, Duration timeout, ConnectionEvents& events) = 0;
    /// Queues a frame on the stream: ordered, nothing lost inside a living stream. Ignored if the connection is gone.
    virtual void send(ConnectionId id, protocol::Frame&& frame) = 0;
    /// False while the bytes queued on this side exceed the socket buffer: a polite sender waits.
    virtual bool writable(ConnectionId id) const = 0;
    /// Closes in order: what was queued is still delivered, then the peer sees `closed`. Ignored if already gone.
    virtual void close(ConnectionId id) = 0;

    // --- files ------------------------------------------------------------------------------------------------------
    // Paths are relative to the node's own root and use '/'. Missing parent directories are made.

    virtual FileResult<std::vector<FileInfo>> list(const std::string& directory) = 0;  // sorted by name
    /// Maps an existing file whole. `not_found`; `wrong_size` for an empty one; `limit` if no more can be mapped.
    virtual FileResult<MappedRegionPtr> map(const std::string& path) = 0;
    /// Creates a file of `size` zero bytes and maps it; `exists` if it is there, `no_space` if it does not fit.
    virtual FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) = 0;
    virtual FileResult<void> remove(const std::string& path) = 0;
    virtual FileResult<void> rename(const std::string& from, const std::string& to) = 0;
    virtual FileResult<void> set_length(const std::string& path, std::uint64_t size) = 0;
    virtual FileResult<std::string> read_file(const std::string& path) = 0;
    virtual FileResult<void> write_file(const std::string& path, std::string_view content) = 0;
    virtual FileResult<WallTime> modified_time(const std::string& path) = 0;
    /// Of the file system that holds the node's files.
    virtual DiskUsage disk_usage() const = 0;
    /// Forces a file's content, or a directory's entries, to stable storage. `done` runs later, as a handler.
    virtual void sync_file(const std::string& path, Callback<void(FileResult<void>)> done) = 0;
    virtual void sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) = 0;
    /// Asks for pages ahead: `done` runs as a handler once the slices can be read without waiting for a disk.
    virtual void fetch(std::span<const Slice> slices, Task done) = 0;

    // --- chance -----------------------------------------------------------------------------------------------------

    /// The random number that belongs to (purpose, identity, n) in this run; drawing it twice gives it twice.
    virtual std::uint64_t draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const = 0;
    /// "May I be unlucky here?": true now and then where a run hunts for bugs, never in the live world. `place` names
    /// the rare but legal behaviour.
    virtual bool buggify(std::string_view place) = 0;

    // --- telling ----------------------------------------------------------------------------------------------------

    /// The small number that stands for `text` in notes, the same for every node of the world.
    virtual NameId name(std::string_view text) = 0;
    virtual void note(const Note& note) = 0;
};

/// A node of the world, made for one life: created, started, then shut down in order or destroyed at once (killed).
class Node {
public:
    virtual ~Node() = default;
    virtual void start() = 0;
    /// Ends in order (last flush, offsets persisted, unregistered ...), then calls `done` once.
    virtual void shutdown(Task done) = 0;
};

}  // namespace brokersim
