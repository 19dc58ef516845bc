#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "core/hash_table.h"
#include "core/host.h"
#include "sim/distribution.h"
#include "sim/pool.h"
#include "sim/types.h"

namespace brokersim::sim {

class Machine;
class Process;
class World;
struct Connection;
struct Stream;
struct StreamItem;

/// What is wrong with one direction between two machines. The default is nothing.
struct LinkFault {
    bool blocked = false;        // silence; streams break once the retransmission time-out gives up
    Duration extra_delay{0};     // added to each one-way latency
    std::uint32_t loss_ppm = 0;  // of frames; each loss is repaired after the (doubling) retransmission time-out

    bool operator==(const LinkFault&) const = default;
};

/// Streams between nodes, as TCP gives them: ordered, nothing lost inside a living stream, a bounded window, loss seen
/// as delay, a partition as silence and then a broken stream, a killed process as a reset. Delivery of a frame is one
/// engine event.
///
/// A frame waits at its sender while the window is full (the bytes of delivered frames come back one median latency
/// after delivery); then it passes the sender's card and the receiver's (both reserved in the order of sending, the
/// later one counts), then takes a latency that is drawn for (link, n-th frame), and never overtakes. Links are keyed
/// by the names of the connecting node and of the machine connected to, port, direction, and how often that
/// was connected before: other traffic does not shift the dice.
class Network {
public:
    explicit Network(World& world);
    ~Network();

    // --- faults, by the runner --------------------------------------------------------------------------------------

    /// Replaces what is wrong from one machine to another (one direction; LinkFault{} heals). Frames under way are
    /// subject to `blocked` when they would arrive, to the others when they are sent.
    void set_link(MachineId from, MachineId to, LinkFault fault);
    LinkFault link(MachineId from, MachineId to) const;
    void heal_all() { faults_.clear(); }

    // --- for processes ----------------------------------------------------------------------------------------------

    void listen(Process& process, std::uint16_t port, ConnectionEvents& events);
    ConnectionId connect(Process& process, Address peer, Duration timeout, ConnectionEvents& events);
    void send(Process& process, ConnectionId id, protocol::Frame&& frame);
    bool writable(const Process& process, ConnectionId id) const;
    void close(Process& process, ConnectionId id);
    /// Closes all in order (the process ends by itself), or resets all (it was killed).
    void close_all(Process& process);
    void reset_all(Process& process);
    /// The machine lost its power: its processes' ends vanish without a word.
    void vanish_all(Process& process);
    /// A resumed process reads again: acknowledges what its kernel had no room for.
    void resume_reading(Process& process);

    std::uint64_t open_connections() const { return live_; }

private:
    struct Listener {
        Process* process;
        ConnectionEvents* events;
    };

    Connection* find(const Process& process, ConnectionId id, int& end) const;
    Connection& make_connection();
    ConnectionId register_end(Connection& connection, int end, Process& process);
    void arrive_syn(Connection& connection, std::uint64_t generation);
    void retry_syn(Connection& connection);
    void accept(Connection& connection, const Listener& listener);
    void give_up_connecting(Connection& connection, std::uint64_t generation);
    void refuse(Connection& connection, std::uint64_t generation);

    void enqueue(Connection& connection, int from, StreamItem& item);
    void transmit(Connection& connection, int from, StreamItem& item);
    void pump(Connection& connection, int from);
    void arm_delivery(Connection& connection, int from);
    void arm_acknowledgement(Connection& connection, int from);
    void deliver(Connection& connection, int from);
    void deliver_item(Connection& connection, int from, StreamItem& item);
    void deliver_frame(Connection& connection, int from, StreamItem& item);
    void hand_over(Connection& connection, std::uint64_t generation, int from, StreamItem& item);
    void stall(Connection& connection, int from);
    void acknowledge(Connection& connection, int from, std::int64_t bytes);
    void wait_for_acknowledgement(Connection& connection, int from);
    void acknowledgements_due(Connection& connection, int from);
    void break_stream(Connection& connection, int from);
    void answer_with_reset(Connection& connection, int from);
    void end_closed(Connection& connection, int end, NetError why);
    void drop_end(Connection& connection, int end);
    void clear_stream(Connection& connection, int from);
    void clear_waiting(Stream& stream);
    void release_if_done(Connection& connection);
    void recycle(StreamItem& item);

    bool passes(const Connection& connection, int from) const;
    bool blocked(MachineId from, MachineId to) const;
    std::int64_t latency(Connection& connection, int from);
    std::int64_t loss_delay(Connection& connection, int from, std::uint32_t loss_ppm) const;

    World& world_;
    Distribution latency_;
    std::int64_t acknowledge_latency_;
    bool no_latency_;
    std::map<std::pair<MachineId, MachineId>, LinkFault> faults_;
    std::map<Address, Listener> listeners_;
    std::map<std::tuple<NodeId, MachineId, std::uint16_t>, std::uint64_t> connects_;  // begun so far, for the dice
    Pool<Connection> connections_;
    Pool<StreamItem> items_;
    std::uint64_t live_ = 0;
};

}  // namespace brokersim::sim
