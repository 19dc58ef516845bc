#include "core/broker/request.h"

#include <utility>

#include "core/protocol/codec.h"

namespace brokersim::broker {

Request make_request(ConnectionId connection, Address peer, protocol::Frame&& frame, MonoTime now) {
    const auto code = protocol::request_code(frame.payload);
    const Origin origin{connection, peer, frame.opaque, code ? static_cast<std::int32_t>(*code) : 0,
                        frame.kind == protocol::FrameKind::one_way};
    return {.origin = origin, .payload = std::move(frame.payload), .arrived = now, .queued = now, .woken = false};
}

}  // namespace brokersim::broker
