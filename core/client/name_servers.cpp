#include "core/client/name_servers.h"

#include <utility>

#include "core/check.h"

namespace brokersim::client {

NameServers::NameServers(Host& host, protocol::RemotingClient& remoting, std::vector<Address> addresses,
                         std::uint64_t identity)
    : host_(host), remoting_(remoting), addresses_(std::move(addresses)) {
    BROKERSIM_CHECK(!addresses_.empty(), "a client of {} has no name server", host_.node_name());
    index_ = below(host_.draw(Purpose::pick_name_server, identity, 0), addresses_.size());
}

void NameServers::ask(protocol::GetRouteRequest request, Duration timeout, Callback<void(protocol::CallResult)> done) {
    try_one(std::make_unique<Question>(
        Question{std::move(request), host_.mono_ns() + timeout, addresses_.size(), std::move(done)}));
}

void NameServers::try_one(std::unique_ptr<Question> question) {
    if (!chosen_ || !remoting_.connected(addresses_[index_])) {
        if (chosen_) index_ = (index_ + 1) % addresses_.size();
        chosen_ = true;
    }
    --question->tries_left;
    Question& asked = *question;
    remoting_.call(addresses_[index_], asked.request, asked.deadline - host_.mono_ns(),
                   [this, question = std::move(question)](protocol::CallResult answer) mutable {
                       const bool refused = !answer && answer.error() == protocol::CallError::connect_failed;
                       if (refused && question->tries_left > 0 && question->deadline > host_.mono_ns()) {
                           try_one(std::move(question));
                           return;
                       }
                       question->done(std::move(answer));
                   });
}

}  // namespace brokersim::client
