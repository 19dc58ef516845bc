#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/host.h"
#include "core/protocol/frame.h"
#include "sim/types.h"

namespace brokersim::sim {

class Machine;
class Process;

/// What travels on a stream.
struct StreamItem {
    enum class Kind : std::uint8_t {
        opened,    // the server's kernel accepted (SYN-ACK)
        accepted,  // the client knows it (the third packet of TCP's handshake)
        frame,
        closed,   // the sender closed in order (FIN)
        reset,    // the sender's process died, or nobody is there (RST)
        refused,  // nobody listens (RST)
    };

    StreamItem* next = nullptr;
    WorldTime sent{};  // handed to the stream
    WorldTime left{};  // the last byte left the sender's machine
    WorldTime due{};   // arrives
    std::int64_t size = 0;
    Kind kind = Kind::frame;
    bool acknowledged = false;  // a paused receiver's kernel had room for it
    protocol::Frame frame;
};

/// A frame by its kind, payload type and opaque, for the digest.
inline std::uint64_t frame_identity(const protocol::Frame& frame) {
    return static_cast<std::uint64_t>(frame.kind) << 48 | static_cast<std::uint64_t>(frame.payload.index()) << 32 |
           static_cast<std::uint32_t>(frame.opaque);
}

struct ItemList {
    StreamItem* head = nullptr;
    StreamItem* tail = nullptr;

    bool empty() const { return head == nullptr; }
    void push(StreamItem& item) {
        item.next = nullptr;
        (head == nullptr ? head : tail->next) = &item;
        tail = &item;
    }
    StreamItem& pop() {
        StreamItem& first = *head;
        head = first.next;
        return first;
    }
};

/// One direction of a connection: from end i to end 1 - i.
struct Stream {
    struct Acknowledgement {
        WorldTime at;
        std::int64_t bytes;
    };

    ItemList waiting;  // at the sender, for the window (or for the connection to open)
    ItemList flight;   // transmitted, in the order of sending, which is that of arrival
    ItemList unread;   // arrived at a process that is paused
    std::int64_t waiting_bytes = 0;
    std::int64_t window_used = 0;  // transmitted, not acknowledged
    std::int64_t unread_bytes = 0;
    std::vector<Acknowledgement> acknowledgements;  // on their way back, in order, from `first_acknowledgement` on
    std::size_t first_acknowledgement = 0;
    std::int64_t silent_bytes = 0;  // delivered, but the way back of their acknowledgement is blocked
    std::uint64_t dice = 0;         // draw_stream of the latencies
    std::uint64_t sent = 0;         // items transmitted
    TimerId delivery;
    TimerId window;   // the next acknowledgement that lets a waiting frame go
    TimerId silence;  // repeats the question for an acknowledgement
    bool stalled = false;
    WorldTime stalled_since{};
    WorldTime silent_since{};
    Duration stall_backoff{};
    Duration silence_backoff{};
};

enum class EndState : std::uint8_t {
    absent,      // never was there
    connecting,  // a client that waits for the server's kernel
    accepting,   // a server whose kernel waits for the client
    open,
    closed,  // closed in order, or told that the connection is gone
    gone,    // its process died, or gave up: whatever still comes is answered with a reset
};

struct ConnectionEnd {
    EndState state = EndState::absent;
    Process* process = nullptr;
    Machine* machine = nullptr;
    ConnectionEvents* events = nullptr;
    ConnectionId id;
    Address address;
    bool told = true;  // false: lost while its process was paused, which will be told when it is resumed

    bool live() const {
        return state == EndState::connecting || state == EndState::accepting || state == EndState::open;
    }
};

/// End 0 connected, end 1 listened. In a pool of the Network; `generation` tells lives of the object apart.
struct Connection {
    Connection* next = nullptr;
    std::uint64_t generation = 1;
    std::array<ConnectionEnd, 2> ends;
    std::array<Stream, 2> streams;
    TimerId connect_timeout;
    TimerId syn;
    Duration syn_backoff{};
    int busy = 0;  // calls that still use the object
};

}  // namespace brokersim::sim
