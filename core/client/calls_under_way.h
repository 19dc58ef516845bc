#pragma once

#include <cstdint>
#include <utility>

#include "core/client/message_listener.h"
#include "core/slots.h"

namespace brokersim::client {

/// The listener calls of a service that are under way, each with what the service must know of it (`Call`, which may
/// hold the thread's server: it is given back when the call is finished or dropped). Outlives the service as long as
/// applications hold some of them. The service befriends it and has `void ended(std::uint32_t, Call&&, ConsumeStatus)`,
/// which is told of each finished call as long as the service lives.
template <class Service, class Call>
class CallsUnderWay final : public ListenerCalls {
public:
    explicit CallsUnderWay(Service& service) : service_(&service) {}
    void service_ends() { service_ = nullptr; }

    std::uint32_t begin(Call&& call) { return under_way_.put(std::move(call)); }
    void finish(std::uint32_t number, ConsumeStatus status) override {
        Call call = under_way_.take(number);
        if (service_ != nullptr) service_->ended(number, std::move(call), status);
    }
    void drop(std::uint32_t number) override { under_way_.take(number); }

private:
    Service* service_;  // null once it is gone
    Slots<Call> under_way_;
};

}  // namespace brokersim::client
