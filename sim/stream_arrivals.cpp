#include "core/check.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"

namespace brokersim::sim {

/// What has arrived at the living end 1 - from means something to its process. Within a handler of the process if it
/// reads late (after a pause), else outside of handlers. Takes the item back.
void Network::apply(Connection& connection, int from, StreamItem& item) {
    const int to = 1 - from;
    ConnectionEnd& receiver = connection.ends[to];
    switch (item.kind) {
        case StreamItem::Kind::frame:
            apply_frame(connection, from, item);
            return;
        case StreamItem::Kind::opened:
            recycle(item);
            receiver.state = EndState::open;
            cancel(connection.connect_timeout);
            transmit_control(connection, to, StreamItem::Kind::accepted);
            pump(connection, to);
            world_.fold_event(FoldKind::connection, receiver.process->id(), receiver.id.value, 0, 0);
            receiver.process->handle_or_continue([&] { receiver.events->on_opened(receiver.id); });
            return;
        case StreamItem::Kind::accepted:
            recycle(item);
            receiver.state = EndState::open;
            world_.fold_event(FoldKind::connection, receiver.process->id(), receiver.id.value, 1, 0);
            receiver.process->handle_or_continue(
                [&] { receiver.events->on_accepted(receiver.id, connection.ends[from].address); });
            return;
        case StreamItem::Kind::closed:
            recycle(item);
            lose(connection, to, NetError::closed);
            return;
        case StreamItem::Kind::reset:
            recycle(item);
            lose(connection, to, NetError::reset);
            return;
        case StreamItem::Kind::refused:
            recycle(item);
            lose(connection, to, NetError::refused);
            return;
    }
}

void Network::apply_frame(Connection& connection, int from, StreamItem& item) {
    ConnectionEnd& receiver = connection.ends[1 - from];
    Process& process = *receiver.process;
    NetworkCounters& traffic = receiver.machine->traffic;
    ++traffic.frames_received;
    traffic.bytes_received += static_cast<std::uint64_t>(item.size);
    process.allocate(item.size);
    world_.fold_event(FoldKind::frame_arrived, process.id(), frame_identity(item.frame),
                      static_cast<std::uint64_t>(item.size), receiver.id.value);
    world_.tell_frame({connection.ends[from].process->id(), process.id(), item.sent, item.left,
                       static_cast<std::uint32_t>(item.size), item.frame});
    process.handle_or_continue([&] {
        receiver.events->on_frame(receiver.id, std::move(item.frame));
        recycle(item);  // what the node left of the frame is dropped by this handler
    });
}

/// A living end learns that its connection is gone, and its process is told (once).
void Network::lose(Connection& connection, int end, NetError why) {
    ConnectionEnd& losing = connection.ends[end];
    if (!losing.live()) return;
    const bool known = losing.state != EndState::accepting;
    losing.state = why == NetError::closed ? EndState::closed : EndState::gone;
    cancel(connection.connect_timeout);
    if (end == 0) cancel(connection.syn);
    clear_waiting(connection.streams[end]);
    Process& process = *losing.process;
    world_.fold_event(FoldKind::connection, process.id(), losing.id.value, 2 + static_cast<std::uint64_t>(why), 0);
    if (known && process.paused()) {
        losing.told = false;
        process.postpone([this, &connection, generation = connection.generation, end, why] {
            if (connection.generation == generation && !connection.ends[end].told) tell_lost(connection, end, why);
        });
        return;
    }
    ++connection.busy;
    if (known)
        process.handle_or_continue([&] { tell_lost(connection, end, why); });
    else
        unregister_end(losing);
    --connection.busy;
    release_if_done(connection);
}

/// The process is told; after an own close() it is not.
void Network::tell_lost(Connection& connection, int end, NetError why) {
    ConnectionEnd& lost = connection.ends[end];
    lost.told = true;
    unregister_end(lost);
    clear_list(connection.streams[1 - end].unread);
    lost.events->on_closed(lost.id, why);
    release_if_done(connection);
}

}  // namespace brokersim::sim
