#include <algorithm>

#include "core/check.h"
#include "core/draw.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"

namespace brokersim::sim {

StreamItem& Network::make_item(StreamItem::Kind kind) {
    StreamItem& item = items_.take();
    item.kind = kind;
    item.sent = world_.now();
    item.size = 0;
    item.acknowledged = false;
    return item;
}

void Network::recycle(StreamItem& item) {
    if (item.kind == StreamItem::Kind::frame) {
        item.frame.remark = {};
        item.frame.payload.reset();
    }
    items_.give_back(item);
}

void Network::clear_list(ItemList& list) {
    while (!list.empty()) recycle(list.pop());
}

void Network::clear_waiting(Stream& stream) {
    clear_list(stream.waiting);
    stream.waiting_bytes = 0;
    cancel(stream.window);
}

void Network::clear_flight(Stream& stream) {
    clear_list(stream.flight);
    cancel(stream.delivery);
    stream.stalled = false;
}

// --- the sending side ------------------------------------------------------------------------------------------------

void Network::collect_acknowledgements(Stream& stream) const {
    auto& list = stream.acknowledgements;
    while (stream.first_acknowledgement < list.size() && list[stream.first_acknowledgement].at <= world_.now())
        stream.window_used -= list[stream.first_acknowledgement++].bytes;
    if (stream.first_acknowledgement < list.size()) return;
    list.clear();
    stream.first_acknowledgement = 0;
}

/// A frame larger than the window goes alone.
bool Network::fits(Stream& stream, const StreamItem& item) const {
    if (stream.window_used == 0 || stream.window_used + item.size <= options_.window_bytes) return true;
    collect_acknowledgements(stream);
    return stream.window_used == 0 || stream.window_used + item.size <= options_.window_bytes;
}

void Network::enqueue(Connection& connection, int from, StreamItem& item) {
    Stream& stream = connection.streams[from];
    if (connection.ends[from].state != EndState::connecting && stream.waiting.empty() && fits(stream, item)) {
        transmit(connection, from, item);
        return;
    }
    stream.waiting.push(item);
    stream.waiting_bytes += item.size;
    auto& longest = connection.ends[from].machine->traffic.longest_queue_bytes;
    longest = std::max(longest, stream.waiting_bytes);
    arm_window(connection, from);
}

void Network::pump(Connection& connection, int from) {
    Stream& stream = connection.streams[from];
    if (!connection.ends[from].machine->powered) clear_waiting(stream);
    while (!stream.waiting.empty() && fits(stream, *stream.waiting.head)) {
        StreamItem& item = stream.waiting.pop();
        stream.waiting_bytes -= item.size;
        transmit(connection, from, item);
    }
    arm_window(connection, from);
}

/// Sees to it that what waits goes on when the next acknowledgement is there.
void Network::arm_window(Connection& connection, int from) {
    Stream& stream = connection.streams[from];
    if (stream.waiting.empty() || stream.window.value != 0 || stream.acknowledgements.empty()) return;
    const WorldTime next = std::max(world_.now(), stream.acknowledgements[stream.first_acknowledgement].at);
    stream.window = world_.engine().at(next, [this, &connection, from] {
        connection.streams[from].window = TimerId{};
        pump(connection, from);
        release_if_done(connection);
    });
}

/// One-way latency of the next item, in ns. Drawn for (link, n-th item).
std::int64_t Network::latency(const Connection& connection, int from) {
    if (same_machine(connection)) return options_.loopback_latency.count();
    const Stream& stream = connection.streams[from];
    std::int64_t time = latency_.sample(draw_at(stream.dice, stream.sent));
    if (const LinkFault* wrong = fault(connection, from)) {
        time += wrong->extra_delay.count();
        if (wrong->loss_ppm > 0) time += loss_delay(stream, wrong->loss_ppm);
    }
    return time;
}

std::int64_t Network::loss_delay(const Stream& stream, std::uint32_t loss_ppm) const {
    const std::uint64_t dice = mix64(~stream.dice);
    Duration delay{0};
    Duration wait = options_.retransmission_timeout;
    for (std::uint64_t attempt = 0; delay + wait < options_.retransmission_give_up; ++attempt) {
        if (below(draw_at(dice, stream.sent * 64 + attempt), 1'000'000) >= loss_ppm) break;
        delay += wait;
        wait = std::min(wait * 2, options_.retransmission_longest);
    }
    return delay.count();
}

void Network::transmit(Connection& connection, int from, StreamItem& item) {
    Stream& stream = connection.streams[from];
    stream.window_used += item.size;
    BROKERSIM_CHECK(stream.window_used <= std::max(options_.window_bytes, item.size), "{} bytes in a window of {}",
                    stream.window_used, options_.window_bytes);
    item.left = world_.now();
    if (!same_machine(connection) && item.size > 0) {
        const auto bytes = static_cast<std::uint64_t>(item.size);
        const std::int64_t now = ns_of(world_.now());
        const std::int64_t out = connection.ends[from].machine->outgoing.pass(now, bytes);
        const std::int64_t in = connection.ends[1 - from].machine->incoming.pass(now, bytes);
        item.left = WorldTime(Duration(std::max(out, in)));
    }
    const Duration flight(latency(connection, from));
    ++stream.sent;
    item.due = item.left + flight;  // or later: when all before it have arrived
    if (item.kind == StreamItem::Kind::frame) {
        NetworkCounters& traffic = connection.ends[from].machine->traffic;
        ++traffic.frames_sent;
        traffic.bytes_sent += static_cast<std::uint64_t>(item.size);
    }
    stream.flight.push(item);
    if (stream.delivery.value == 0) arm_delivery(connection, from);
}

void Network::transmit_control(Connection& connection, int from, StreamItem::Kind kind) {
    transmit(connection, from, make_item(kind));
}

// --- on the way ------------------------------------------------------------------------------------------------------

void Network::arm_delivery(Connection& connection, int from) {
    Stream& stream = connection.streams[from];
    const WorldTime due = std::max(world_.now(), stream.flight.head->due);
    stream.delivery = world_.engine().at(due, [this, &connection, from] { deliver(connection, from); });
}

void Network::deliver(Connection& connection, int from) {
    Stream& stream = connection.streams[from];
    stream.delivery = TimerId{};
    if (!passes(connection, from)) {
        stall(connection, from);
        release_if_done(connection);
        return;
    }
    stream.stalled = false;
    StreamItem& item = stream.flight.pop();
    if (!stream.flight.empty()) arm_delivery(connection, from);
    ++connection.busy;
    arrive(connection, from, item);
    --connection.busy;
    release_if_done(connection);
}

/// The head of the flight does not arrive: it is sent again after the retransmission time-out, doubling, until the
/// sender gives up. A sender whose process or machine died does not try again.
void Network::stall(Connection& connection, int from) {
    Stream& stream = connection.streams[from];
    const EndState sender = connection.ends[from].state;
    if (sender == EndState::gone || sender == EndState::absent || !connection.ends[from].machine->powered) {
        clear_flight(stream);
        return;
    }
    if (!stream.stalled) {
        stream.stalled = true;
        stream.stalled_since = world_.now();
        stream.stall_backoff = options_.retransmission_timeout;
    }
    const WorldTime end = stream.stalled_since + options_.retransmission_give_up;
    if (world_.now() >= end) {
        clear_waiting(stream);
        clear_flight(stream);
        lose(connection, from, NetError::timed_out);
        return;
    }
    const WorldTime again = std::min(end, world_.now() + stream.stall_backoff);
    stream.stall_backoff = std::min(stream.stall_backoff * 2, options_.retransmission_longest);
    stream.delivery = world_.engine().at(again, [this, &connection, from] { deliver(connection, from); });
}

// --- the receiving side ----------------------------------------------------------------------------------------------

void Network::arrive(Connection& connection, int from, StreamItem& item) {
    const ConnectionEnd& receiver = connection.ends[1 - from];
    if (!receiver.live()) {
        const bool answer = receiver.state == EndState::gone && item.kind != StreamItem::Kind::reset &&
                            item.kind != StreamItem::Kind::refused && connection.ends[from].live();
        if (answer) transmit_control(connection, 1 - from, StreamItem::Kind::reset);
        acknowledge(connection, from, item.size);
        recycle(item);
        return;
    }
    if (!receiver.process->paused()) {
        acknowledge(connection, from, item.size);
        apply(connection, from, item);
        return;
    }
    Stream& stream = connection.streams[from];
    if (stream.unread_bytes + item.size <= options_.socket_buffer_bytes) {
        item.acknowledged = true;
        acknowledge(connection, from, item.size);
    }
    stream.unread_bytes += item.size;
    stream.unread.push(item);
    receiver.process->postpone(
        [this, &connection, from, generation = connection.generation] { read_unread(connection, generation, from); });
}

/// A process that was paused reads what came meanwhile. Runs within its handler.
void Network::read_unread(Connection& connection, std::uint64_t generation, int from) {
    if (connection.generation != generation || connection.streams[from].unread.empty()) return;
    Stream& stream = connection.streams[from];  // (an own close() has emptied it)
    StreamItem& item = stream.unread.pop();
    stream.unread_bytes -= item.size;
    ++connection.busy;
    apply(connection, from, item);
    --connection.busy;
    release_if_done(connection);
}

/// The receiver's kernel has the bytes: they leave the sender's window one latency later, if the way back is open.
void Network::acknowledge(Connection& connection, int from, std::int64_t bytes) {
    if (bytes == 0) return;
    Stream& stream = connection.streams[from];
    if (!passes(connection, 1 - from)) {
        stream.silent_bytes += bytes;
        if (stream.silence.value != 0) return;
        stream.silent_since = world_.now();
        stream.silence_backoff = options_.retransmission_timeout;
        arm_silence(connection, from);
        return;
    }
    collect_acknowledgements(stream);
    const Duration back = same_machine(connection) ? options_.loopback_latency : options_.latency_median;
    stream.acknowledgements.push_back({world_.now() + back, bytes});
    arm_window(connection, from);
}

void Network::arm_silence(Connection& connection, int from) {
    Stream& stream = connection.streams[from];
    const WorldTime end = stream.silent_since + options_.retransmission_give_up;
    const WorldTime again = std::min(end, world_.now() + stream.silence_backoff);
    stream.silence_backoff = std::min(stream.silence_backoff * 2, options_.retransmission_longest);
    stream.silence = world_.engine().at(again, [this, &connection, from] { ask_again(connection, from); });
}

/// The sender repeats what was delivered but never acknowledged, or gives up.
void Network::ask_again(Connection& connection, int from) {
    Stream& stream = connection.streams[from];
    stream.silence = TimerId{};
    if (passes(connection, from) && passes(connection, 1 - from)) {
        acknowledge(connection, from, std::exchange(stream.silent_bytes, 0));
    } else if (world_.now() < stream.silent_since + options_.retransmission_give_up) {
        arm_silence(connection, from);
    } else if (connection.ends[from].live()) {
        clear_waiting(stream);
        clear_flight(stream);
        lose(connection, from, NetError::timed_out);
    }
    release_if_done(connection);
}

}  // namespace brokersim::sim
