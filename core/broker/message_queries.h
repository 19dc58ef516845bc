#pragma once

#include "core/broker/answers.h"
#include "core/broker/broker_config.h"
#include "core/broker/request.h"
#include "core/slots.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// Finds single messages, by key and by where they lie in the log (RocketMQ's QueryMessageProcessor). What is found is
/// owed like the messages of a pull, and goes out as it lies in the log.
class MessageQueries final : public Processor {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        Answers& answers;
        const BrokerConfig& config;
        const BrokerCosts& costs;
    };
    explicit MessageQueries(const Surroundings& around) : around_(around) {}

    void process(Request&& request, LaneServer server) override;

private:
    struct Answer {
        Origin origin;
        protocol::ResponseCode code;
        std::string remark;
        protocol::Payload payload;
    };
    Answer by_key(const Origin& origin, const protocol::QueryMessageRequest& query);
    Answer by_offset(const Origin& origin, const protocol::ViewMessageRequest& view);
    void owe_messages(std::size_t messages);
    void finish(Answer answer);

    Surroundings around_;
    Slots<Answer> found_;
};

}  // namespace brokersim::broker
