#pragma once

#include <cstdint>
#include <string>

#include "core/host.h"
#include "core/protocol/frame.h"

namespace brokersim::broker {

/// Who asked, and for what: all that an answer needs of its request.
struct Origin {
    ConnectionId connection;
    Address peer;  // kept here because the connection may go before the answer comes
    std::int32_t opaque = 0;
    std::int32_t code = 0;  // RocketMQ's request code, 0 for requests of another protocol
    bool one_way = false;   // no answer is read
};

/// A request on its way through the broker.
struct Request {
    Origin origin;
    protocol::Payload payload;
    MonoTime arrived;    // came in from the network
    MonoTime queued;     // entered the queue of its lane
    bool woken = false;  // a held pull that runs again: it is neither held again nor does it commit
};

/// Why a request is not served; both become the answer.
struct Refusal {
    protocol::ResponseCode code;
    std::string remark;
};

/// What the servers of a lane do with a request. Runs as a handler; `server` goes back to the lane when it is dropped
/// and what the dropping handler owes has been paid.
class Processor {
public:
    virtual void process(Request&& request, LaneServer server) = 0;

protected:
    ~Processor() = default;
};

/// Takes a frame that came in apart.
Request make_request(ConnectionId connection, Address peer, protocol::Frame&& frame, MonoTime now);

}  // namespace brokersim::broker
