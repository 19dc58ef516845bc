#include "core/protocol/remoting.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace brokersim::protocol {

namespace {

// NettyRemotingClient looks for overdue asynchronous calls at this pace, and gives each one second more.
constexpr Duration first_scan = std::chrono::seconds(3);
constexpr Duration scan_interval = std::chrono::seconds(1);
constexpr Duration async_grace = std::chrono::seconds(1);

Frame request_frame(FrameKind kind, std::int32_t opaque, Payload&& payload) {
    return Frame{.kind = kind, .opaque = opaque, .code = 0, .remark = {}, .payload = std::move(payload)};
}

Frame response_frame(std::int32_t opaque, ResponseCode code, Text&& remark, Payload&& payload) {
    return Frame{.kind = FrameKind::response,
                 .opaque = opaque,
                 .code = static_cast<std::int32_t>(code),
                 .remark = std::move(remark),
                 .payload = std::move(payload)};
}

// Opaques count up and wrap around like Java's int; calls under way span far less than half of the circle.
std::int32_t next(std::int32_t& opaque) {
    const std::int32_t taken = opaque;
    opaque = static_cast<std::int32_t>(static_cast<std::uint32_t>(opaque) + 1);
    return taken;
}

std::uint64_t key_of(Address peer) { return static_cast<std::uint64_t>(peer.ip) << 16 | peer.port; }

template <class Calls>
auto find_call(Calls& calls, std::int32_t opaque) {
    auto found = std::lower_bound(calls.begin(), calls.end(), opaque, [](const auto& call, std::int32_t wanted) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(call.opaque) - static_cast<std::uint32_t>(wanted)) <
               0;
    });
    return found != calls.end() && found->opaque == opaque ? found : calls.end();
}

}  // namespace

RemotingClient::RemotingClient(Host& host, ClientEvents& events, RemotingClientOptions options)
    : host_(host), events_(events), options_(options), made_at_(host.mono_ns()) {}

RemotingClient::~RemotingClient() {
    for (auto& [id, connection] : connections_) {
        for (const Call& call : connection.calls) host_.cancel(call.timer);
        host_.close(id);
    }
}

void RemotingClient::call(Address peer, Payload payload, Duration timeout, Callback<void(CallResult)> done,
                          CallStyle style) {
    BROKERSIM_CHECK(timeout >= Duration::zero(), "negative time-out {} ns", timeout.count());
    Connection& connection = connection_to(peer);
    const std::int32_t opaque = next(next_opaque_);
    const Duration until = style == CallStyle::sync ? timeout : time_to_scan(timeout);
    const TimerId timer = host_.after(until, [this, to = connection.id, opaque] { time_out(to, opaque); });
    connection.calls.push_back({opaque, style, done_.put(std::move(done)), timer});
    send_or_wait(connection, request_frame(FrameKind::request, opaque, std::move(payload)));
}

void RemotingClient::send_one_way(Address peer, Payload payload) {
    send_or_wait(connection_to(peer), request_frame(FrameKind::one_way, next(next_opaque_), std::move(payload)));
}

void RemotingClient::respond(ConnectionId id, std::int32_t opaque, Payload payload) {
    host_.send(id, response_frame(opaque, ResponseCode::success, {}, std::move(payload)));
}

bool RemotingClient::connected(Address peer) const {
    const auto* found = by_peer_.find(key_of(peer));
    return found != nullptr && (*found)->open;
}

void RemotingClient::close_all() {
    auto lost = std::exchange(connections_, {});
    by_peer_.clear();
    for (const auto& [id, connection] : lost) host_.close(id);
    for (auto& [id, connection] : lost) end(std::move(connection), CallError::closed);
}

void RemotingClient::on_opened(ConnectionId id) {
    auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    connection.open = true;
    for (Frame& frame : connection.waiting) host_.send(id, std::move(frame));
    connection.waiting = {};
    events_.on_connection(connection.peer, true);
}

void RemotingClient::on_accepted(ConnectionId id, Address) {
    BROKERSIM_CHECK(false, "connection {} was accepted by a client", id.value);
}

void RemotingClient::on_frame(ConnectionId id, Frame&& frame) {
    auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    if (frame.kind != FrameKind::response) {
        events_.on_push(connection.peer, id, std::move(frame));
        return;
    }
    auto call = find_call(connection.calls, frame.opaque);
    if (call == connection.calls.end()) return;  // its time has run out
    host_.cancel(call->timer);
    Done done = done_.take(call->done);
    connection.calls.erase(call);
    done(std::move(frame));
}

void RemotingClient::on_closed(ConnectionId id, NetError) {
    auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const CallError why = found->second.open ? CallError::closed : CallError::connect_failed;
    end(remove(id), why);
}

RemotingClient::Connection& RemotingClient::connection_to(Address peer) {
    if (Connection** known = by_peer_.find(key_of(peer))) return **known;
    const ConnectionId id = host_.connect(peer, options_.connect_timeout, *this);
    auto [made, fresh] =
        connections_.emplace(id, Connection{.id = id, .peer = peer, .open = false, .waiting = {}, .calls = {}});
    BROKERSIM_CHECK(fresh, "the host gave connection {} twice", id.value);
    by_peer_.try_emplace(key_of(peer), &made->second);
    return made->second;
}

void RemotingClient::send_or_wait(Connection& connection, Frame&& frame) {
    if (connection.open)
        host_.send(connection.id, std::move(frame));
    else
        connection.waiting.push_back(std::move(frame));
}

/// From now to the first scan that ends an asynchronous call with this time-out, if it begins now.
Duration RemotingClient::time_to_scan(Duration timeout) const {
    const Duration age = host_.mono_ns() - made_at_;
    const Duration overdue = age + timeout + async_grace - first_scan;
    const auto scans = overdue <= Duration::zero() ? 0 : (overdue + scan_interval - Duration(1)) / scan_interval;
    return first_scan + scans * scan_interval - age;
}

void RemotingClient::time_out(ConnectionId id, std::int32_t opaque) {
    Connection& connection = connections_.at(id);
    auto call = find_call(connection.calls, opaque);
    BROKERSIM_CHECK(call != connection.calls.end(), "request {} timed out after it had ended", opaque);
    Done done = done_.take(call->done);
    const bool close = call->style == CallStyle::sync && connection.open && options_.close_on_timeout;
    connection.calls.erase(call);
    if (!connection.open)
        std::erase_if(connection.waiting, [opaque](const Frame& frame) { return frame.opaque == opaque; });
    if (!close) {
        done(std::unexpected(CallError::timed_out));
        return;
    }
    Connection lost = remove(id);
    host_.close(id);
    done(std::unexpected(CallError::timed_out));
    end(std::move(lost), CallError::closed);
}

RemotingClient::Connection RemotingClient::remove(ConnectionId id) {
    auto removed = connections_.extract(id);
    by_peer_.erase(key_of(removed.mapped().peer));
    return std::move(removed.mapped());
}

/// Tells of a connection that is no longer known here. Whoever is told may already open the next one.
void RemotingClient::end(Connection&& lost, CallError why) {
    for (const Call& call : lost.calls) host_.cancel(call.timer);
    if (lost.open) events_.on_connection(lost.peer, false);
    for (const Call& call : lost.calls) done_.take(call.done)(std::unexpected(why));
}

void RemotingServer::listen(std::uint16_t port) { host_.listen(port, *this); }

void RemotingServer::respond(ConnectionId id, std::int32_t opaque, Payload payload) {
    host_.send(id, response_frame(opaque, ResponseCode::success, {}, std::move(payload)));
}

void RemotingServer::respond(ConnectionId id, std::int32_t opaque, ResponseCode code, Text remark, Payload payload) {
    host_.send(id, response_frame(opaque, code, std::move(remark), std::move(payload)));
}

void RemotingServer::push(ConnectionId id, Payload payload) {
    host_.send(id, request_frame(FrameKind::one_way, next(next_opaque_), std::move(payload)));
}

void RemotingServer::close(ConnectionId id) {
    if (peers_.erase(id) != 0) host_.close(id);
}

Address RemotingServer::peer(ConnectionId id) const {
    auto found = peers_.find(id);
    BROKERSIM_CHECK(found != peers_.end(), "connection {} is not open", id.value);
    return found->second;
}

void RemotingServer::close_all() {
    for (const auto& [id, peer] : std::exchange(peers_, {})) host_.close(id);
}

void RemotingServer::on_opened(ConnectionId id) {
    BROKERSIM_CHECK(false, "connection {} was opened by a server", id.value);
}

void RemotingServer::on_accepted(ConnectionId id, Address peer) { peers_.emplace(id, peer); }

void RemotingServer::on_frame(ConnectionId id, Frame&& frame) {
    if (frame.kind == FrameKind::response || !peers_.contains(id)) return;
    events_.on_request(id, std::move(frame));
}

void RemotingServer::on_closed(ConnectionId id, NetError) {
    if (peers_.erase(id) != 0) events_.on_connection_closed(id);
}

}  // namespace brokersim::protocol
