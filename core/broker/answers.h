#pragma once

#include <string>

#include "core/broker/request.h"
#include "core/protocol/remoting.h"
#include "core/slots.h"

namespace brokersim::broker {

/// How requests are answered: on the connection that they came on, not at all if one-way, and with a Refused note if
/// the answer is a refusal.
class Answers {
public:
    Answers(Host& host, protocol::RemotingServer& server) : host_(host), server_(server) {}

    /// Answers now; the caller's handler owes nothing more.
    void respond(const Origin& origin, protocol::ResponseCode code, Text remark,
                 protocol::Payload payload = protocol::Empty{});
    /// The same, and tells the surroundings that a request was refused.
    void refuse(const Origin& origin, Refusal refusal);
    /// Refuses once what the running handler owes has been paid.
    void refuse_when_paid(const Origin& origin, Refusal refusal);

private:
    struct Waiting {
        Origin origin;
        Refusal refusal;
    };

    Host& host_;
    protocol::RemotingServer& server_;
    Slots<Waiting> waiting_;
};

}  // namespace brokersim::broker
