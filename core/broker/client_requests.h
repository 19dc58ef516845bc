#pragma once

#include "core/broker/answers.h"
#include "core/broker/broker_config.h"
#include "core/broker/consumer_registry.h"
#include "core/broker/housekeeping.h"
#include "core/broker/producer_registry.h"
#include "core/broker/small_requests.h"
#include "core/broker/subscription_groups.h"
#include "core/broker/topic_table.h"

namespace brokersim::broker {

/// Heartbeats and farewells (RocketMQ's ClientManageProcessor).
class ClientRequests final : public SmallRequests {
public:
    struct Surroundings {
        Host& host;
        protocol::RemotingServer& server;
        TopicTable& topics;
        SubscriptionGroups& groups;
        ConsumerRegistry& consumers;
        ProducerRegistry& producers;
        Housekeeping& housekeeping;
        Answers& answers;
    };
    ClientRequests(const Surroundings& around, Duration cost) : SmallRequests(around.host, cost), around_(around) {}

private:
    void work(Request request) override;
    void heartbeat(const Origin& origin, const protocol::HeartbeatRequest& request);
    void unregister(const Origin& origin, const protocol::UnregisterClientRequest& request);

    Surroundings around_;
};

}  // namespace brokersim::broker
