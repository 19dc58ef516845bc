#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "core/hash_table.h"
#include "core/host.h"
#include "core/protocol/frame.h"
#include "core/slots.h"

/// Requests and answers over connections, as RocketMQ's remoting layer has them: many requests at a time on one
/// connection, matched by `opaque`; time-outs; pushes from the other side on the same connection; late answers ignored.
namespace brokersim::protocol {

enum class CallError : std::uint8_t {
    connect_failed,  // refused, or silence until the connect time-out
    timed_out,       // no answer in time; a late one is dropped
    closed,          // the connection went away with the request under way
};
using CallResult = std::expected<Frame, CallError>;

/// What the other side of a client's connections may begin by itself.
class ClientEvents {
public:
    virtual ~ClientEvents() = default;
    /// A request (usually one-way) that the server at `peer` pushed.
    virtual void on_push(Address peer, ConnectionId id, Frame&& frame) = 0;
    /// A connection was opened (`open`) or is gone.
    virtual void on_connection(Address /*peer*/, bool /*open*/) {}
};

struct RemotingClientOptions {
    Duration connect_timeout = std::chrono::seconds(3);
    /// NettyRemotingClient closes the socket on which a synchronous request timed out, once it is open.
    bool close_on_timeout = true;
};

/// The two ways of NettyRemotingClient to wait for an answer; they differ in what happens when none comes.
enum class CallStyle : std::uint8_t {
    sync,   // invokeSync: ends exactly at the time-out, and closes the connection (see close_on_timeout)
    async,  // invokeAsync: ends at the first scan of the response table (3 s after the client was made, then every
            // second) that finds the call older than its time-out plus one second; the connection stays open
};

/// The calling side of a node: one connection for each peer address, opened when first needed and again after it was
/// lost. Callbacks run inside the handler that brought the answer, the time-out or the loss (NettyRemotingClient's
/// callback threads are not modelled), and are forgotten when the client is destroyed; each is called exactly once
/// before. They may call the client, but must not destroy it. What is sent is sent at once: a caller with debts sends
/// from `Host::paid`.
class RemotingClient final : public ConnectionEvents {
public:
    RemotingClient(Host& host, ClientEvents& events, RemotingClientOptions options = {});
    ~RemotingClient() override;

    /// Sends a request and calls `done` with the answer or the reason why there is none. `timeout` counts from now and
    /// includes connecting; a request that times out before its connection is open is not sent.
    void call(Address peer, Payload payload, Duration timeout, Callback<void(CallResult)> done,
              CallStyle style = CallStyle::sync);
    /// Sends and forgets; nothing happens if no connection can be made.
    void send_one_way(Address peer, Payload payload);
    /// Answers a request that was pushed.
    void respond(ConnectionId id, std::int32_t opaque, Payload payload);
    /// True if an open connection to `peer` exists.
    bool connected(Address peer) const;
    /// Closes every connection in order; calls under way end with CallError::closed.
    void close_all();

    void on_opened(ConnectionId id) override;
    void on_accepted(ConnectionId id, Address peer) override;
    void on_frame(ConnectionId id, Frame&& frame) override;
    void on_closed(ConnectionId id, NetError why) override;

private:
    using Done = Callback<void(CallResult)>;
    struct Call {
        std::int32_t opaque;
        CallStyle style;
        std::uint32_t done;  // slot of its callback
        TimerId timer;
    };
    struct Connection {
        ConnectionId id;
        Address peer;
        bool open = false;
        std::vector<Frame> waiting;  // for the connection to open
        std::vector<Call> calls;     // in the order of their opaques
    };

    Connection& connection_to(Address peer);
    void send_or_wait(Connection& connection, Frame&& frame);
    Duration time_to_scan(Duration timeout) const;
    void time_out(ConnectionId id, std::int32_t opaque);
    Connection remove(ConnectionId id);
    void end(Connection&& lost, CallError why);

    Host& host_;
    ClientEvents& events_;
    RemotingClientOptions options_;
    MonoTime made_at_;
    std::int32_t next_opaque_ = 1;
    std::map<ConnectionId, Connection> connections_;
    HashTable<std::uint64_t, Connection*> by_peer_;  // the same, by key_of(their peers)
    Slots<Done> done_;
};

/// What a server does with what comes in.
class ServerEvents {
public:
    virtual ~ServerEvents() = default;
    /// A request (or one-way) of the client behind `id`. Responses of clients to pushes are dropped before.
    virtual void on_request(ConnectionId id, Frame&& frame) = 0;
    /// The client's connection is gone; not called for those that this side closed.
    virtual void on_connection_closed(ConnectionId id) = 0;
};

/// The answering side of a node. It sends at once: a handler with debts answers from `Host::paid`.
class RemotingServer final : public ConnectionEvents {
public:
    RemotingServer(Host& host, ServerEvents& events) : host_(host), events_(events) {}

    void listen(std::uint16_t port);
    /// Answers the request `opaque` of the connection with success (Kafka's payloads carry their error themselves);
    /// ignored if the connection is gone.
    void respond(ConnectionId id, std::int32_t opaque, Payload payload);
    /// The same with a code and, for people, the reason.
    void respond(ConnectionId id, std::int32_t opaque, ResponseCode code, Text remark, Payload payload = Empty{});
    /// Sends a one-way request to a client on its own connection.
    void push(ConnectionId id, Payload payload);
    void close(ConnectionId id);
    /// Address of the client behind an open connection; `id` must be open.
    Address peer(ConnectionId id) const;
    bool open(ConnectionId id) const { return peers_.contains(id); }
    /// Closes every connection in order.
    void close_all();

    void on_opened(ConnectionId id) override;
    void on_accepted(ConnectionId id, Address peer) override;
    void on_frame(ConnectionId id, Frame&& frame) override;
    void on_closed(ConnectionId id, NetError why) override;

private:
    Host& host_;
    ServerEvents& events_;
    std::int32_t next_opaque_ = 1;
    std::map<ConnectionId, Address> peers_;
};

}  // namespace brokersim::protocol
