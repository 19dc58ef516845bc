#include "sim/network.h"

#include <algorithm>

#include "core/check.h"
#include "core/draw.h"
#include "sim/checksum.h"
#include "sim/process.h"
#include "sim/world.h"

namespace brokersim::sim {
namespace {

Distribution latency_of(const NetworkOptions& options) {
    if (options.latency_median == Duration::zero()) return Distribution::constant(0);
    return Distribution::log_normal(options.latency_median.count(), options.latency_p99.count());
}

}  // namespace

Network::Network(World& world) : world_(world), options_(world.options().network), latency_(latency_of(options_)) {}

// --- faults ----------------------------------------------------------------------------------------------------------

void Network::set_link(MachineId from, MachineId to, LinkFault fault) {
    BROKERSIM_CHECK(fault.loss_ppm < 1'000'000, "loss of {} ppm", fault.loss_ppm);
    if (fault == LinkFault{})
        faults_.erase({from, to});
    else
        faults_[{from, to}] = fault;
}

LinkFault Network::link(MachineId from, MachineId to) const {
    auto found = faults_.find({from, to});
    return found == faults_.end() ? LinkFault{} : found->second;
}

const LinkFault* Network::fault(const Connection& connection, int from) const {
    const Machine* source = connection.ends[from].machine;
    const Machine* target = connection.ends[1 - from].machine;
    if (faults_.empty() || source == nullptr || target == nullptr) return nullptr;
    auto found = faults_.find({source->id, target->id});
    return found == faults_.end() ? nullptr : &found->second;
}

/// Whether what end `from` transmitted reaches the other machine now.
bool Network::passes(const Connection& connection, int from) const {
    const Machine* target = connection.ends[1 - from].machine;
    if (target == nullptr || !target->powered) return false;
    const LinkFault* wrong = fault(connection, from);
    return wrong == nullptr || !wrong->blocked;
}

bool Network::same_machine(const Connection& connection) const {
    return connection.ends[0].machine == connection.ends[1].machine;
}

void Network::cancel(TimerId& timer) { world_.engine().cancel(std::exchange(timer, TimerId{})); }

// --- connections -----------------------------------------------------------------------------------------------------

void Network::listen(Process& process, std::uint16_t port, ConnectionEvents& events) {
    const bool added = listeners_.try_emplace({process.address().ip, port}, Listener{&process, &events}).second;
    BROKERSIM_CHECK(added, "port {} of {} is in use", port, process.machine().spec.name);
}

void Network::remove_listeners(const Process& process) {
    std::erase_if(listeners_, [&](const auto& entry) { return entry.second.process == &process; });
}

Connection* Network::find(const Process& process, ConnectionId id, int& end) const {
    const auto& ends = process.connection_ends();
    if (id.value == 0 || id.value > ends.size()) return nullptr;
    Connection* connection = ends[id.value - 1];
    if (connection == nullptr) return nullptr;
    end = connection->ends[0].process == &process && connection->ends[0].id == id ? 0 : 1;
    return connection;
}

ConnectionId Network::register_end(Connection& connection, int end, Process& process, ConnectionEvents& events) {
    auto& table = process.connection_ends();
    table.push_back(&connection);
    ConnectionEnd& made = connection.ends[end];
    made.process = &process;
    made.machine = &process.machine();
    made.events = &events;
    made.id = ConnectionId{table.size()};
    return made.id;
}

void Network::unregister_end(ConnectionEnd& end) {
    if (end.process != nullptr) end.process->connection_ends()[end.id.value - 1] = nullptr;
}

ConnectionId Network::connect(Process& process, Address peer, Duration timeout, ConnectionEvents& events) {
    Connection& connection = connections_.take();
    const ConnectionId id = register_end(connection, 0, process, events);
    ConnectionEnd& client = connection.ends[0];
    client.state = EndState::connecting;
    client.address = {process.address().ip, static_cast<std::uint16_t>(32768 + id.value % 28232)};  // Linux's range
    ConnectionEnd& server = connection.ends[1];
    server.address = peer;
    const auto machine = world_.machine_at(peer.ip);
    if (machine) server.machine = &world_.machine(*machine);

    const std::uint64_t ordinal = connects_[{process.id(), peer.ip, peer.port}]++;
    const std::uint64_t target = machine ? text_identity(server.machine->spec.name) : peer.ip;
    const std::uint64_t link = mix64(mix64(text_identity(process.node_name()) ^ mix64(target)) ^ peer.port) + ordinal;
    connection.streams[0].dice = draw_stream(world_.seed(), Purpose::network_latency, mix64(link));
    connection.streams[1].dice = draw_stream(world_.seed(), Purpose::network_latency, ~mix64(link));

    connection.connect_timeout = world_.engine().at(world_.now() + timeout, [this, &connection] {
        connection.connect_timeout = TimerId{};
        lose(connection, 0, NetError::timed_out);
    });
    connection.syn_backoff = options_.connect_retry;
    send_syn(connection);
    return id;
}

void Network::send_syn(Connection& connection) {
    const Duration flight(latency(connection, 0));
    ++connection.streams[0].sent;
    connection.syn = world_.engine().at(world_.now() + flight, [this, &connection] { arrive_syn(connection); });
}

void Network::arrive_syn(Connection& connection) {
    connection.syn = TimerId{};
    if (!passes(connection, 0)) {
        const Duration wait = std::exchange(connection.syn_backoff, connection.syn_backoff * 2);
        connection.syn = world_.engine().at(world_.now() + wait, [this, &connection] { send_syn(connection); });
        return;
    }
    auto listener = listeners_.find(connection.ends[1].address);
    if (listener == listeners_.end()) {
        transmit_control(connection, 1, StreamItem::Kind::refused);
        return;
    }
    register_end(connection, 1, *listener->second.process, *listener->second.events);
    connection.ends[1].state = EndState::accepting;
    transmit_control(connection, 1, StreamItem::Kind::opened);
}

void Network::send(Process& process, ConnectionId id, protocol::Frame&& frame) {
    int end = 0;
    Connection* connection = find(process, id, end);
    if (connection == nullptr || !connection->ends[end].live()) return;
    StreamItem& item = make_item(StreamItem::Kind::frame);
    item.size = static_cast<std::int64_t>(protocol::encoded_size(frame));
    item.frame = std::move(frame);
    process.allocate(item.size);
    std::uint64_t body = 0;
    if (const auto* message = get_if<protocol::SendMessageRequest>(&item.frame.payload))
        body = checksum(message->body.bytes);
    world_.fold(FoldKind::frame_sent, process.id(), frame_identity(item.frame), static_cast<std::uint64_t>(item.size),
                body);
    enqueue(*connection, end, item);
}

bool Network::writable(const Process& process, ConnectionId id) const {
    int end = 0;
    const Connection* connection = find(process, id, end);
    return connection != nullptr && connection->ends[end].live() &&
           connection->streams[end].waiting_bytes <= options_.socket_buffer_bytes;
}

void Network::close(Process& process, ConnectionId id) {
    int end = 0;
    if (Connection* connection = find(process, id, end)) close_end(*connection, end);
}

/// Closes one end in order. Frames that wait are still sent; frames that come are dropped.
void Network::close_end(Connection& connection, int end) {
    ConnectionEnd& closing = connection.ends[end];
    if (closing.state != EndState::open) {
        abort_end(connection, end, false);
        return;
    }
    unregister_end(closing);
    closing.state = EndState::closed;
    clear_list(connection.streams[1 - end].unread);
    enqueue(connection, end, make_item(StreamItem::Kind::closed));
}

/// Ends one end at once: what waits is lost, and the peer is told by a reset unless `silently`.
void Network::abort_end(Connection& connection, int end, bool silently) {
    ConnectionEnd& ending = connection.ends[end];
    unregister_end(ending);
    ending.state = EndState::gone;
    ending.told = true;
    cancel(connection.connect_timeout);
    if (end == 0) cancel(connection.syn);
    clear_waiting(connection.streams[end]);
    clear_list(connection.streams[1 - end].unread);
    if (!silently && connection.ends[1 - end].live()) transmit_control(connection, end, StreamItem::Kind::reset);
    release_if_done(connection);
}

template <class Visit>
void Network::each_end(Process& process, Visit&& visit) {
    auto& ends = process.connection_ends();
    for (std::size_t i = 0; i < ends.size(); ++i) {
        int end = 0;
        if (Connection* connection = find(process, ConnectionId{i + 1}, end)) visit(*connection, end);
    }
    ends.clear();
    ends.shrink_to_fit();
}

void Network::close_all(Process& process) {
    remove_listeners(process);
    each_end(process, [&](Connection& connection, int end) { close_end(connection, end); });
}

void Network::reset_all(Process& process) {
    remove_listeners(process);
    each_end(process, [&](Connection& connection, int end) { abort_end(connection, end, false); });
}

void Network::vanish_all(Process& process) {
    remove_listeners(process);
    each_end(process, [&](Connection& connection, int end) {
        Stream& stream = connection.streams[end];
        ItemList left_before;  // what had left the machine goes on; the rest was still in its card
        while (!stream.flight.empty()) {
            StreamItem& item = stream.flight.pop();
            if (item.left <= world_.now())
                left_before.push(item);
            else
                recycle(item);
        }
        stream.flight = left_before;
        if (stream.flight.empty()) cancel(stream.delivery);
        abort_end(connection, end, true);
    });
}

void Network::resume_reading(Process& process) {
    for (std::size_t i = 0; i < process.connection_ends().size(); ++i) {
        int end = 0;
        Connection* connection = find(process, ConnectionId{i + 1}, end);
        if (connection == nullptr) continue;
        for (StreamItem* item = connection->streams[1 - end].unread.head; item != nullptr; item = item->next)
            if (!std::exchange(item->acknowledged, true)) acknowledge(*connection, 1 - end, item->size);
    }
}

void Network::release_if_done(Connection& connection) {
    if (connection.busy > 0 || connection.ends[0].live() || connection.ends[1].live()) return;
    if (connection.syn.value != 0 || !connection.ends[0].told || !connection.ends[1].told) return;
    for (const Stream& stream : connection.streams)
        if (!stream.waiting.empty() || !stream.flight.empty() || !stream.unread.empty()) return;
    cancel(connection.connect_timeout);
    for (Stream& stream : connection.streams) {
        cancel(stream.delivery);
        cancel(stream.window);
        cancel(stream.silence);
        auto acknowledgements = std::move(stream.acknowledgements);
        acknowledgements.clear();
        stream = Stream{};
        stream.acknowledgements = std::move(acknowledgements);
    }
    connection.ends = {};
    ++connection.generation;
    connections_.give_back(connection);
}

void Network::clear() {
    items_.each([](StreamItem& item) { item.frame = protocol::Frame{}; });
}

}  // namespace brokersim::sim
