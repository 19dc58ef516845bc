#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/client/client_config.h"
#include "core/client/client_instance.h"
#include "core/client/consumer.h"
#include "core/client/message_listener.h"
#include "core/client/pop_acks.h"
#include "core/client/pop_consume_service.h"
#include "core/client/pop_loop.h"
#include "core/client/push_consumer.h"
#include "core/client/rebalance_service.h"
#include "core/host.h"
#include "core/protocol/pop_messages.h"

namespace brokersim::client {

/// RocketMQ 5's DefaultMQPushConsumer with clientRebalance = false, for topics whose group is in POP mode: it asks a
/// broker what to pop (QUERY_ASSIGNMENT, when RebalanceService says so), pops, handles, and acknowledges each message
/// for itself. It owns nothing and commits nothing.
///
/// Queues that the broker gives it to be pulled are left alone, and so is %RETRY%group, which nobody fills in POP mode.
/// The probing question of RebalanceImpl.tryQueryAssignment is left out.
class PopConsumer final : public Consumer, private InstanceMember {
public:
    /// `listener` must outlive the consumer. Of the options, strategy and ownership are not used. They must be sound as
    /// PushConsumer's.
    PopConsumer(Host& host, ConsumerOptions options, MessageListener& listener);

    void start() override;
    /// Starts no more listener calls, waits up to awaitTerminationMillisWhenShutdown for running ones, unregisters at
    /// the brokers, closes the connections. What was popped and is not acknowledged comes to others when its invisible
    /// time is up.
    void shutdown(Task done) override;

    const std::string& client_id() const override { return instance_.client_id(); }
    std::size_t queue_count() const override { return queues_.size(); }
    std::int64_t cached() const override;
    std::int32_t handling() const override { return handlers_.handling(); }

private:
    // InstanceMember
    std::vector<std::string> route_topics() const override;
    void describe(protocol::HeartbeatData& heartbeat) const override;
    void route_changed(const std::string&, const RoutePtr&) override {}
    void persist_offsets() override {}
    void wake() override { runs_.wake(); }

    void fetch_routes(std::size_t index);
    void leave();

    void run(LaneServer server);
    void next_topic();
    void ask(bool refreshed);
    void assigned(const std::vector<protocol::QueueAssignment>& assignments);
    void topic_done(bool balanced);
    std::optional<Address> random_broker(const std::string& topic);
    protocol::SubscriptionData& topic() { return subscriptions_[topic_index_]; }

    Host& host_;
    const ConsumerOptions options_;
    const NameId group_name_;
    ClientInstance instance_;
    PopAcks acks_;
    PopConsumeService handlers_;
    PopLoop pops_;
    std::vector<protocol::SubscriptionData> subscriptions_;  // by topic
    std::map<protocol::MessageQueue, PopQueuePtr> queues_;
    std::uint64_t draws_ = 0;
    RebalanceService runs_;
    LaneServer running_;  // while a run is under way
    std::size_t topic_index_ = 0;
    bool balanced_ = true;
    bool stopping_ = false;
    bool leaving_ = false;
    Task left_;
};

}  // namespace brokersim::client
