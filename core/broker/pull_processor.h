#pragma once

#include <cstdint>
#include <expected>

#include "core/broker/answers.h"
#include "core/broker/broker_config.h"
#include "core/broker/consumer_offsets.h"
#include "core/broker/consumer_registry.h"
#include "core/broker/pull_hold.h"
#include "core/broker/request.h"
#include "core/broker/subscription_groups.h"
#include "core/broker/topic_table.h"
#include "core/slots.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// RocketMQ's PullMessageProcessor: checks a pull, looks its messages up, and answers, or holds the pull until there is
/// something to answer. What others can see happens when the CPU time and page faults of the look-up have been paid.
class PullProcessor final : public Processor {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        TopicTable& topics;
        SubscriptionGroups& groups;
        ConsumerRegistry& consumers;
        ConsumerOffsets& offsets;
        PullHold& hold;
        Answers& answers;
        protocol::RemotingServer& server;
        const BrokerConfig& config;
        const BrokerCosts& costs;
    };

    /// `wake` puts a pull into the pull lane again.
    PullProcessor(const Surroundings& around, Address address, std::function<void(Request&&)> wake);

    void process(Request&& request, LaneServer server) override;

private:
    /// What a pull refers to.
    struct Subject {
        Topic* topic = nullptr;
        const SubscriptionGroup* group = nullptr;
        store::TagFilter filter;
    };
    struct Pulled {
        Request request;
        Subject subject;
        store::GetResult result;
    };

    std::expected<Subject, Refusal> check(const Request& request);
    std::expected<store::TagFilter, Refusal> filter_of(const protocol::PullMessageRequest& pull,
                                                       const SubscriptionGroup& group);
    void finish(Pulled pulled);
    void respond(Pulled& pulled, protocol::ResponseCode code);
    void tell_served(const Pulled& pulled);

    Surroundings around_;
    Address address_;
    std::function<void(Request&&)> wake_;
    std::vector<Text> remarks_;  // by GetStatus
    Slots<Pulled> pulled_;
};

}  // namespace brokersim::broker
