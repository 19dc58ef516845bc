#pragma once

#include <expected>
#include <map>
#include <string>

#include "core/host.h"
#include "core/protocol/frame.h"

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
    /// NettyRemotingClient closes the socket on which a request timed out.
    bool close_on_timeout = true;
};

/// The calling side of a node: one connection for each peer address, opened when first needed and again after it was
/// lost. Callbacks run as handlers and are forgotten when the client is destroyed; each is called exactly once before.
class RemotingClient final : public ConnectionEvents {
public:
    RemotingClient(Host& host, ClientEvents& events, RemotingClientOptions options = {});
    ~RemotingClient() override;

    /// Sends a request and calls `done` with the answer or the reason why there is none. `timeout` counts from now and
    /// includes connecting.
    void call(Address peer, Payload payload, Duration timeout, Callback<void(CallResult)> done);
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
    struct Connection;
    struct Call;

    Connection& connection_to(Address peer);
    void lose(ConnectionId id, CallError why);

    Host& host_;
    ClientEvents& events_;
    RemotingClientOptions options_;
    std::int32_t next_opaque_ = 1;
    std::map<ConnectionId, Connection> connections_;
    std::map<Address, ConnectionId> by_peer_;
};

/// What a server does with what comes in.
class ServerEvents {
public:
    virtual ~ServerEvents() = default;
    virtual void on_request(ConnectionId id, Frame&& frame) = 0;
    virtual void on_connection_closed(ConnectionId id) = 0;
};

/// The answering side of a node.
class RemotingServer final : public ConnectionEvents {
public:
    RemotingServer(Host& host, ServerEvents& events) : host_(host), events_(events) {}

    void listen(std::uint16_t port);
    /// Answers the request `opaque` of the connection; ignored if the connection is gone.
    void respond(ConnectionId id, std::int32_t opaque, Payload payload);
    void respond(ConnectionId id, std::int32_t opaque, ResponseCode code, std::string remark, Payload payload = Empty{});
    /// Sends a one-way request to a client on its own connection.
    void push(ConnectionId id, Payload payload);
    void close(ConnectionId id);
    /// Address of the client behind an open connection.
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
