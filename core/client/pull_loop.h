#pragma once

#include <cstdint>
#include <string>

#include "core/client/client_config.h"
#include "core/client/client_instance.h"
#include "core/client/message_service.h"
#include "core/client/owned_queue.h"
#include "core/client/start_offset.h"
#include "core/host.h"

namespace brokersim::client {

/// What a pull loop asks of its consumer.
class PullLoopOwner {
public:
    /// Whether pulls carry the position to be committed.
    virtual bool commits_with_pulls() const = 0;
    /// The broker says that no message can be at the queue's next offset, and which offset is nearest.
    virtual void out_of_range(OwnedQueue& queue, QueueOffset corrected) = 0;
    /// Where the group stands in the queue, read anew.
    virtual void find_start(const protocol::MessageQueue& queue, StartOffset::Done done) = 0;

protected:
    ~PullLoopOwner() = default;
};

/// Pulls the messages of owned queues (DefaultMQPushConsumerImpl.pullMessage, PullMessageService): one pull of a queue
/// is alive at a time, from its beginning until the queue is dropped; a broker without news holds it for 15 s. Pulls
/// are sent by the one server of Lane::pull_request, and held back while too much of the queue waits to be handled, or
/// while an orderly consumer has not the queue's lock.
class PullLoop {
public:
    /// All references must outlive the loop.
    PullLoop(Host& host, ClientInstance& instance, MessageService& handlers, PullLoopOwner& owner, std::string group,
             const ClientConfig& config);

    /// Opens the lane.
    void start();
    /// Begins to pull a queue from its `next` on, after `delay`.
    void begin(OwnedQueuePtr queue, Duration delay);
    /// So many queues are owned now: each gets its part of pullThresholdForTopic and pullThresholdSizeForTopic, if set.
    void share_thresholds(std::size_t queues);

private:
    void pull_now(OwnedQueuePtr queue);
    void pull_later(OwnedQueuePtr queue, Duration delay);
    void pull(const OwnedQueuePtr& queue, LaneServer server);
    bool too_much(const OwnedQueue& queue);
    bool ready(const OwnedQueuePtr& queue, LaneServer& server);
    void position(const OwnedQueuePtr& queue, LaneServer server);
    void request(const OwnedQueuePtr& queue, const FoundBroker& broker);
    void answered(const OwnedQueuePtr& queue, protocol::CallResult answer);
    void found(const OwnedQueuePtr& queue, const protocol::PullMessageResponse& response);
    PulledBatchPtr decode(const OwnedQueuePtr& queue, const protocol::PullMessageResponse& response) const;
    void nothing_found(const OwnedQueuePtr& queue, QueueOffset next);
    void failed(const OwnedQueuePtr& queue, Duration delay);

    Host& host_;
    ClientInstance& instance_;
    MessageService& handlers_;
    PullLoopOwner& owner_;
    const std::string group_;
    const ClientConfig& config_;
    std::int64_t most_messages_;  // of one queue
    std::int64_t most_mib_;
    const NameId held_back_;
    const NameId failures_;
};

}  // namespace brokersim::client
