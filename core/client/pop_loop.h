#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "core/client/client_config.h"
#include "core/client/client_instance.h"
#include "core/client/pop_acks.h"
#include "core/client/pop_consume_service.h"
#include "core/client/pop_queue.h"
#include "core/host.h"
#include "core/protocol/pop_messages.h"

namespace brokersim::client {

/// Pops messages (DefaultMQPushConsumerImpl.popMessage, PullMessageService): of each queue, or broker, one pop is alive
/// at a time, from its beginning until it is dropped; a broker without news holds it for 15 s. Pops are sent by the one
/// server of Lane::pull_request, and held back while too many messages of the queue are not acknowledged.
class PopLoop {
public:
    /// All references must outlive the loop.
    PopLoop(Host& host, ClientInstance& instance, PopConsumeService& handlers, PopAcks& acks, std::string group,
            const ClientConfig& config);

    /// Opens the lane.
    void start();
    /// Begins to pop, after `delay`.
    void begin(PopQueuePtr queue, Duration delay) { pop_later(std::move(queue), delay); }

private:
    void pop_now(PopQueuePtr queue);
    void pop_later(PopQueuePtr queue, Duration delay);
    void pop(const PopQueuePtr& queue, LaneServer server);
    void request(const PopQueuePtr& queue, Address broker);
    void answered(const PopQueuePtr& queue, protocol::CallResult answer);
    void found(const PopQueuePtr& queue, const protocol::PopMessageResponse& response);
    PoppedBatchPtr decode(const PopQueuePtr& queue, const protocol::PopMessageResponse& response);
    NameId name_of(const std::string& topic, const protocol::PopHandle& handle);
    void failed(const PopQueuePtr& queue, Duration delay);

    Host& host_;
    ClientInstance& instance_;
    PopConsumeService& handlers_;
    PopAcks& acks_;
    const std::string group_;
    const ClientConfig& config_;
    const std::int32_t init_mode_;
    /// Of queues from which messages came: by topic, broker, source and id.
    std::map<std::tuple<std::string, std::string, protocol::PopSource, std::int32_t>, NameId> names_;
    const NameId held_back_;
    const NameId failures_;
};

}  // namespace brokersim::client
