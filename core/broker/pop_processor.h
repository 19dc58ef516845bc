#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "core/broker/answers.h"
#include "core/broker/broker_config.h"
#include "core/broker/consumer_offsets.h"
#include "core/broker/pop_hold.h"
#include "core/broker/pop_queues.h"
#include "core/broker/request.h"
#include "core/broker/subscription_groups.h"
#include "core/broker/topic_table.h"
#include "core/protocol/pop_info.h"
#include "core/protocol/pop_messages.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// RocketMQ's PopMessageProcessor, for pops without order. A pop looks into the group's retry topic (before the others
/// in popFromRetryProbability of 100 cases, else after them, if there is room left) and into the queue asked for, or
/// into all of the topic's, from a random one on. A queue that somebody else is popping is left out. For what it finds
/// in a queue it writes a check point down, which hides the messages for the invisible time, and moves the group's
/// position on. A pop that finds nothing is held (PopHold).
class PopProcessor final : public Processor {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        TopicTable& topics;
        SubscriptionGroups& groups;
        ConsumerOffsets& offsets;
        PopQueues& queues;
        PopHold& hold;
        Answers& answers;
        protocol::RemotingServer& server;
        const BrokerConfig& config;
        const BrokerCosts& costs;
    };

    /// `broker` is the broker's name.
    PopProcessor(const Surroundings& around, std::string broker, Address address)
        : around_(around), broker_(std::move(broker)), address_(address) {}

    void process(Request&& request, LaneServer server) override;

private:
    /// A queue that a pop is to look into.
    struct Stop {
        Topic* topic;
        std::int32_t queue_id;
        protocol::PopSource source;
    };
    /// A pop under way.
    struct Popping {
        Request request;
        LaneServer server;
        store::TagFilter filter;
        NameId group;
        std::vector<Stop> stops;
        std::size_t next_stop = 0;
        protocol::PopMessageResponse response;

        const protocol::PopMessageRequest& pop() const { return get<protocol::PopMessageRequest>(request.payload); }
        std::int32_t room() const { return pop().max_msg_nums - static_cast<std::int32_t>(response.records.size()); }
    };
    using PoppingPtr = std::unique_ptr<Popping>;

    std::expected<PoppingPtr, Refusal> check(Request&& request, Origin& origin);
    void plan(Popping& popping, Topic& topic);
    void add_stops(Popping& popping, Topic* topic, protocol::PopSource source, std::uint64_t first) const;
    void go_on(PoppingPtr popping);
    bool look_into(PoppingPtr& popping, const Stop& stop);
    void take(PoppingPtr& popping, const Stop& stop, PopQueues::Queue& queue, std::int64_t start,
              store::GetResult result);
    void add_records(Popping& popping, const Stop& stop, std::int64_t start, const store::GetResult& result);
    std::int64_t position(const Popping& popping, const Stop& stop, const PopQueues::Queue& queue, bool keep);
    void finish(PoppingPtr popping);
    void respond(Popping& popping, protocol::ResponseCode code, const char* remark);

    Surroundings around_;
    std::string broker_;
    Address address_;
    std::uint64_t pops_ = 0;  // ckMessageNumber
    std::uint64_t draws_ = 0;
};

}  // namespace brokersim::broker
