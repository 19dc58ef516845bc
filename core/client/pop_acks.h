#pragma once

#include <cstdint>
#include <string>

#include "core/client/client_config.h"
#include "core/client/client_instance.h"
#include "core/host.h"
#include "core/protocol/pop_info.h"

namespace brokersim::client {

/// Tells brokers what became of popped messages (DefaultMQPushConsumerImpl.ackAsync, changePopInvisibleTimeAsync). An
/// answer is not waited for, nothing is tried twice: a message whose acknowledgement gets lost comes again.
class PopAcks {
public:
    /// References must outlive the object.
    PopAcks(Host& host, ClientInstance& instance, std::string group);

    /// The message is done with. `topic` is the subscribed one.
    void acknowledge(const std::string& topic, const protocol::PopHandle& handle);
    /// The message shall come again in `after`.
    void hide(const std::string& topic, const protocol::PopHandle& handle, Millis after);

private:
    template <class Request>
    void send(const std::string& topic, const protocol::PopHandle& handle, Request request);

    Host& host_;
    ClientInstance& instance_;
    std::string group_;
    NameId failures_;
};

/// How long a message stays hidden after it could not be handled, by how often that was so before (popDelayLevel).
Millis pop_delay(std::int32_t reconsume_times);

}  // namespace brokersim::client
