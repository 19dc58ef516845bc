#pragma once

#include "core/broker/request.h"
#include "core/host.h"
#include "core/slots.h"

namespace brokersim::broker {

/// Serves requests whose work is a look into a table: each owes a constant CPU time, and is worked on, with all that
/// others can see of it, when that has been paid.
class SmallRequests : public Processor {
public:
    SmallRequests(Host& host, Duration cost) : host_(host), cost_(cost) {}

    void process(Request&& request, LaneServer) final {
        host_.owe(cost_);
        const std::uint32_t slot = waiting_.put(std::move(request));
        host_.paid([this, slot] { work(waiting_.take(slot)); });
    }

protected:
    ~SmallRequests() = default;
    /// Does what the request asks for, and answers it.
    virtual void work(Request request) = 0;

private:
    Host& host_;
    Duration cost_;
    Slots<Request> waiting_;
};

}  // namespace brokersim::broker
