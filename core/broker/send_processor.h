#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "core/broker/answers.h"
#include "core/broker/broker_config.h"
#include "core/broker/request.h"
#include "core/broker/sent_properties.h"
#include "core/broker/subscription_groups.h"
#include "core/broker/topic_table.h"
#include "core/client/unique_id.h"
#include "core/host.h"
#include "core/slots.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// RocketMQ's SendMessageProcessor: checks a message that was sent, makes its topic on demand, hands it to the store,
/// and answers when the store has it. The lane server is held until the message is in the log or, without
/// asyncSendEnable, until it is answered.
class SendProcessor final : public Processor {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        TopicTable& topics;
        SubscriptionGroups& groups;
        Answers& answers;
        const BrokerConfig& config;
        const BrokerCosts& costs;
        const store::StoreConfig& store_config;
    };

    /// `address` is the broker's own: where stored messages say that they are.
    SendProcessor(const Surroundings& around, std::string cluster, Address address);

    void process(Request&& request, LaneServer server) override;

private:
    struct Sending {
        Origin origin;
        LaneServer server;  // if it is held until the answer
        std::int32_t queue_id = 0;
        std::string transaction_id;
    };
    /// Where a message goes: mostly, but not always, where it was sent to.
    struct Target {
        Topic* topic = nullptr;
        std::int32_t queue_id = 0;
    };

    std::expected<Target, Refusal> admit(const Request& request, protocol::SendMessageRequest& message,
                                         SentProperties& met);
    std::expected<Target, Refusal> check(const Request& request, const protocol::SendMessageRequest& message);
    std::expected<Topic*, Refusal> topic_of(const protocol::SendMessageRequest& message);
    std::expected<Target, Refusal> retry_target(const protocol::SendMessageRequest& message, Target target);
    std::expected<Target, Refusal> batch_target(const protocol::SendMessageRequest& message, Target target) const;
    std::int32_t random_queue(std::int32_t queues);
    /// The ids of what was stored, joined by commas.
    std::string message_ids(const store::PutResult& result) const;
    void answer(Sending sending, const store::PutResult& result);
    Refusal refusal(store::PutStatus status) const;

    Surroundings around_;
    std::string cluster_;
    Address address_;
    client::UniqueIds unique_ids_;
    NameId busy_page_cache_;  // a counter
    Slots<Sending> sending_;
    std::uint64_t queues_drawn_ = 0;
};

/// The id that the broker gives to a stored message: its host and physical offset in upper-case hex.
std::string offset_message_id(Address store_host, PhysicalOffset offset);

}  // namespace brokersim::broker
