#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/broker/broker.h"
#include "core/protocol/frame.h"
#include "tests/broker/debt_host.h"
#include "tests/support/bare_host.h"

namespace brokersim::broker::testing {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;
using protocol::Frame;
using protocol::FrameKind;
using protocol::ResponseCode;

/// One end of a connection to a node, driven frame by frame; remembers all that comes.
class RawClient final : public ConnectionEvents {
public:
    RawClient(BareHost& host, Address peer) : host_(host) { id_ = host.connect(peer, std::chrono::seconds(3), *this); }

    /// Sends a request and returns its opaque.
    std::int32_t send(protocol::Payload payload, FrameKind kind = FrameKind::request);
    void close() { host_.close(id_); }

    /// The answer to a request; null if there is none yet.
    const Frame* answer(std::int32_t opaque) const;
    /// Requests that the peer pushed, of one payload type.
    template <class T>
    std::vector<T> pushed() const {
        std::vector<T> found;
        for (const Frame& frame : frames_)
            if (const auto* wanted = get_if<T>(&frame.payload); wanted && frame.kind == FrameKind::one_way)
                found.push_back(*wanted);
        return found;
    }
    bool closed() const { return closed_; }

    void on_opened(ConnectionId) override {}
    void on_accepted(ConnectionId, Address) override {}
    void on_frame(ConnectionId, Frame&& frame) override { frames_.push_back(std::move(frame)); }
    void on_closed(ConnectionId, NetError) override { closed_ = true; }

private:
    BareHost& host_;
    ConnectionId id_;
    std::int32_t next_opaque_ = 100;
    bool closed_ = false;
    std::vector<Frame> frames_;
};

/// Answers every request with success, and remembers what it was asked: stands where a name server listens.
class RecordingServer final : public protocol::ServerEvents {
public:
    explicit RecordingServer(BareHost& host) : server_(host, *this) { server_.listen(9876); }

    template <class T>
    std::vector<T> asked() const {
        std::vector<T> found;
        for (const Frame& frame : frames_)
            if (const auto* wanted = get_if<T>(&frame.payload)) found.push_back(*wanted);
        return found;
    }
    void on_request(ConnectionId id, Frame&& frame) override {
        if (frame.kind == FrameKind::request) server_.respond(id, frame.opaque, protocol::RegisterBrokerResponse{});
        frames_.push_back(std::move(frame));
    }
    void on_connection_closed(ConnectionId) override {}

private:
    protocol::RemotingServer server_;
    std::vector<Frame> frames_;
};

/// A world with one broker, one name server that only listens, and clients.
class BrokerWorld {
public:
    BrokerWorld();
    ~BrokerWorld();

    /// Starts the broker (again); its files are kept from life to life.
    void start_broker();
    /// The broker's process dies.
    void kill_broker();
    /// The broker ends in order; runs the world until it has.
    void stop_broker();
    RawClient& client();
    /// Sends a request and runs the world until it is answered or a second has passed; fails the test without answer.
    Frame ask(RawClient& client, protocol::Payload payload);

    /// What a well-behaved client of group "g" at topic "orders" sends.
    static protocol::SendMessageRequest message(std::string topic = "orders", std::int32_t queue_id = 0);
    static protocol::PullMessageRequest pull(std::int64_t from, std::string topic = "orders",
                                             std::int32_t queue_id = 0);
    static protocol::HeartbeatRequest heartbeat(std::string client_id, std::string group = "g",
                                                std::vector<std::string> topics = {"orders"}, std::int64_t version = 1);

    BareWorld world;
    BrokerOptions options;
    std::function<void(Broker&)> prepare;  // called with a broker that is about to start
    bool with_debts = false;               // CPU time takes time, and so does
    Duration flush_takes{};                // forcing a file to disk
    Host* broker_host = nullptr;
    std::unique_ptr<Broker> broker;
    std::unique_ptr<RecordingServer> name_server;
    static constexpr Address broker_address{0x0A000001, 10911};

private:
    std::vector<std::unique_ptr<RawClient>> clients_;
    std::vector<std::unique_ptr<DebtHost>> debt_hosts_;
    int hosts_ = 10;
};

}  // namespace brokersim::broker::testing
