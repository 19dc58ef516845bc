#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "core/host.h"
#include "sim/connection.h"
#include "sim/distribution.h"
#include "sim/options.h"
#include "sim/pool.h"
#include "sim/types.h"

namespace brokersim::sim {

class World;

/// What is wrong with one direction between two machines. The default is nothing.
struct LinkFault {
    bool blocked = false;        // silence; streams break once the retransmission time-out gives up
    Duration extra_delay{0};     // added to each one-way latency
    std::uint32_t loss_ppm = 0;  // of frames; a loss is repaired after the retransmission time-out, doubling, and in
                                 // any case before the sender would give up
    bool operator==(const LinkFault&) const = default;
};

/// Streams between nodes, as TCP gives them: ordered, nothing lost inside a living stream, a bounded window, loss seen
/// as delay, a partition as silence and then a broken stream, a killed process as a reset. Delivery of a frame is one
/// engine event.
///
/// A frame waits at its sender while the window is full (the bytes of delivered frames come back one median latency
/// after delivery); then it passes the sender's card and the receiver's (both reserved in the order of sending; the
/// later end counts), then takes a latency that is drawn for (link, n-th item), and never overtakes. A link is a
/// direction of a connection, known by the name of the node that connects, the machine and port connected to, and how
/// often that was done before: other traffic does not shift its dice.
///
/// What cannot arrive (a blocked link, a machine without power) is repeated after the retransmission time-out,
/// doubling. When that gives up, the sending end sees `timed_out`; its peer sees `reset` when it next sends and the way
/// is open, else `timed_out` too. A peer that never sends stays half open, as with TCP without keep-alive.
class Network {
public:
    explicit Network(World& world);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    // --- faults, by the runner --------------------------------------------------------------------------------------

    /// Replaces what is wrong from one machine to another (one direction; LinkFault{} heals). Items under way are
    /// subject to `blocked` when they would arrive, to delay and loss when they are sent.
    void set_link(MachineId from, MachineId to, LinkFault fault);
    LinkFault link(MachineId from, MachineId to) const;
    void heal_all() { faults_.clear(); }

    // --- for processes ----------------------------------------------------------------------------------------------

    void listen(Process& process, std::uint16_t port, ConnectionEvents& events);
    ConnectionId connect(Process& process, Address peer, Duration timeout, ConnectionEvents& events);
    void send(Process& process, ConnectionId id, protocol::Frame&& frame);
    bool writable(const Process& process, ConnectionId id) const;
    void close(Process& process, ConnectionId id);

    // --- for the world ----------------------------------------------------------------------------------------------

    /// The process ends by itself: its connections are closed in order.
    void close_all(Process& process);
    /// It was killed: what it had not transmitted is lost, its peers see a reset.
    void reset_all(Process& process);
    /// Its machine lost power: the same, without a word.
    void vanish_all(Process& process);
    /// A resumed process reads again: what its kernel had no room for is acknowledged.
    void resume_reading(Process& process);
    /// Drops every frame under way. For the end of the world.
    void clear();

private:
    struct Listener {
        Process* process;
        ConnectionEvents* events;
    };

    // network.cpp: connections
    Connection* find(const Process& process, ConnectionId id, int& end) const;
    ConnectionId register_end(Connection& connection, int end, Process& process, ConnectionEvents& events);
    void unregister_end(ConnectionEnd& end);
    void send_syn(Connection& connection);
    void arrive_syn(Connection& connection);
    void close_end(Connection& connection, int end);
    void abort_end(Connection& connection, int end, bool silently);
    template <class Visit>
    void each_end(Process& process, Visit&& visit);
    void release_if_done(Connection& connection);
    void remove_listeners(const Process& process);

    // streams.cpp: what travels on them
    StreamItem& make_item(StreamItem::Kind kind);
    void recycle(StreamItem& item);
    void enqueue(Connection& connection, int from, StreamItem& item);
    void transmit(Connection& connection, int from, StreamItem& item);
    void transmit_control(Connection& connection, int from, StreamItem::Kind kind);
    bool fits(Stream& stream, const StreamItem& item) const;
    void collect_acknowledgements(Stream& stream) const;
    void pump(Connection& connection, int from);
    void arm_window(Connection& connection, int from);
    void arm_delivery(Connection& connection, int from);
    void deliver(Connection& connection, int from);
    void stall(Connection& connection, int from);
    void arrive(Connection& connection, int from, StreamItem& item);
    void read_unread(Connection& connection, std::uint64_t generation, int from);
    void acknowledge(Connection& connection, int from, std::int64_t bytes);
    void arm_silence(Connection& connection, int from);
    void ask_again(Connection& connection, int from);
    void clear_list(ItemList& list);
    void clear_waiting(Stream& stream);
    void clear_flight(Stream& stream);

    // arrivals.cpp: what arrivals mean to the processes
    void apply(Connection& connection, int from, StreamItem& item);
    void apply_frame(Connection& connection, int from, StreamItem& item);
    void lose(Connection& connection, int end, NetError why);
    void tell_lost(Connection& connection, int end, NetError why);

    std::int64_t latency(const Connection& connection, int from);
    bool same_machine(const Connection& connection) const;
    bool passes(const Connection& connection, int from) const;
    const LinkFault* fault(const Connection& connection, int from) const;
    std::int64_t loss_delay(const Stream& stream, std::uint32_t loss_ppm) const;
    void cancel(TimerId& timer);

    World& world_;
    const NetworkOptions& options_;
    Distribution latency_;
    std::map<std::pair<MachineId, MachineId>, LinkFault> faults_;  // only links that have one
    std::map<Address, Listener> listeners_;
    std::map<std::tuple<NodeId, std::uint32_t, std::uint16_t>, std::uint64_t> connects_;  // begun so far, for the dice
    Pool<Connection> connections_;
    Pool<StreamItem> items_;
};

}  // namespace brokersim::sim
