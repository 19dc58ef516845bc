#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/broker/ack_processor.h"
#include "core/broker/assignment_requests.h"
#include "core/broker/pop_hold.h"
#include "core/broker/pop_processor.h"
#include "core/broker/pop_queues.h"
#include "core/broker/pop_revive.h"
#include "core/broker/request_modes.h"
#include "core/broker/revive_log.h"
#include "core/broker/timer_messages.h"

namespace brokersim::broker {

/// All that a broker has for POP consumption, put together.
class PopService {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        TopicTable& topics;
        SubscriptionGroups& groups;
        ConsumerRegistry& consumers;
        ConsumerOffsets& offsets;
        Answers& answers;
        protocol::RemotingServer& server;
        const BrokerConfig& config;
        const BrokerCosts& costs;
        const std::vector<Address>& name_servers;
    };

    /// `wake` puts a pop into its lane again.
    PopService(const Surroundings& around, const std::string& cluster, const std::string& broker, Address address,
               std::function<void(Request&&)> wake);

    /// What the files say. Before start().
    std::expected<void, std::string> load();
    /// The store has started.
    void start();
    void stop();
    /// Calls `done` when what was set by operators is on disk.
    void when_saved(Task done) { modes.when_saved(std::move(done)); }

    /// A message of the queue can be read; `tags_code` is its.
    void arrived(const std::string& topic, std::int32_t queue_id, std::int64_t tags_code);
    /// Drops what a connection that is gone was waiting for.
    void forget(ConnectionId connection) { hold_.forget(connection); }
    /// Nothing that was popped is still open: all is acknowledged, or lies in a retry topic.
    bool idle() const;

    RequestModes modes;
    Processor& pops() { return pops_; }
    Processor& acks() { return acks_; }
    Processor& assignments() { return assignments_; }

private:
    store::MessageStore& store_;
    TimerMessages timer_;
    ReviveLog log_;
    PopQueues queues_;
    PopHold hold_;
    PopProcessor pops_;
    AckProcessor acks_;
    AssignmentRequests assignments_;
    std::vector<std::unique_ptr<PopRevive>> revives_;  // by queue of the revive topic
};

}  // namespace brokersim::broker
