#pragma once

#include "core/broker/answers.h"
#include "core/broker/consumer_offsets.h"
#include "core/broker/consumer_registry.h"
#include "core/broker/queue_locks.h"
#include "core/broker/small_requests.h"
#include "core/broker/subscription_groups.h"
#include "core/broker/topic_table.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// Committed offsets, the ends and the locks of queues (the other half of RocketMQ's ConsumerManageProcessor, and what
/// clients ask of AdminBrokerProcessor).
class ConsumerRequests final : public SmallRequests {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        TopicTable& topics;
        SubscriptionGroups& groups;
        ConsumerRegistry& consumers;
        ConsumerOffsets& offsets;
        QueueLocks& locks;
        Answers& answers;
    };
    ConsumerRequests(const Surroundings& around, Duration cost) : SmallRequests(around.host, cost), around_(around) {}

private:
    void work(Request request) override;
    void list_members(const Origin& origin, const protocol::GetConsumerListRequest& request);
    void query(const Origin& origin, const protocol::QueryConsumerOffsetRequest& request);
    void update(const Origin& origin, const protocol::UpdateConsumerOffsetRequest& request);
    void give(const Origin& origin, std::int64_t offset);

    Surroundings around_;
};

}  // namespace brokersim::broker
