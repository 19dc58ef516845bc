#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/host.h"
#include "core/protocol/remoting.h"

namespace brokersim::client {

/// Which name server a client asks: a random one, kept as long as its connection lives, then the next of the list
/// (NettyRemotingClient.getAndCreateNameserverChannel).
class NameServers {
public:
    /// `identity` keys the draw of the first one. The list must not be empty.
    NameServers(Host& host, protocol::RemotingClient& remoting, std::vector<Address> addresses, std::uint64_t identity);

    /// Asks; a server that refuses the connection is passed over for the next, once around the list. `timeout` is for
    /// the whole.
    void ask(protocol::GetRouteRequest request, Duration timeout, Callback<void(protocol::CallResult)> done);

private:
    struct Question {
        protocol::GetRouteRequest request;
        MonoTime deadline;
        std::size_t tries_left;
        Callback<void(protocol::CallResult)> done;
    };
    void try_one(std::unique_ptr<Question> question);

    Host& host_;
    protocol::RemotingClient& remoting_;
    std::vector<Address> addresses_;
    std::size_t index_;
    bool chosen_ = false;  // the first question has not been asked yet
};

}  // namespace brokersim::client
