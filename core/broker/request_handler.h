#pragma once

#include "core/host.h"
#include "core/protocol/frame.h"

namespace brokersim::broker {

/// Something that answers requests which the broker itself does not know: Kafka's group coordinator. All calls come
/// from the broker's handlers.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;
    /// The store has been loaded, and nobody can connect yet.
    virtual void start() = 0;
    /// Handles one request in a handler that holds the server of Lane::coordinator; the server is freed when what this
    /// call owes has been paid. The answer goes out through the broker's RemotingServer, now or later. False if the
    /// request is none of its own: the broker then answers "request type not supported".
    virtual bool handle(ConnectionId connection, protocol::Frame&& frame) = 0;
    /// The connection is gone; nothing that is still owed on it can be delivered.
    virtual void connection_closed(ConnectionId connection) = 0;
    /// The broker shuts down: last answers may still go out, nothing more comes in, and the store is closed next.
    virtual void stop() {}
};

}  // namespace brokersim::broker
