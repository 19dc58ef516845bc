#pragma once

#include <expected>
#include <optional>

#include "core/broker/answers.h"
#include "core/broker/request.h"
#include "core/broker/revive_log.h"
#include "core/broker/topic_table.h"
#include "core/protocol/pop_info.h"
#include "core/protocol/pop_messages.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// RocketMQ's AckMessageProcessor (ACK_MESSAGE) and ChangeInvisibleTimeProcessor, for pops without order: both write to
/// the revive log, and hold their lane's server until that is stored. Nobody checks whether the message was still
/// hidden: an acknowledgement that comes too late is written down all the same, and finds no check point.
class AckProcessor final : public Processor {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        TopicTable& topics;
        ReviveLog& log;
        Answers& answers;
    };

    AckProcessor(const Surroundings& around, Duration cost) : around_(around), cost_(cost) {}

    void process(Request&& request, LaneServer server) override;

private:
    template <class Message>
    std::expected<protocol::PopHandle, Refusal> check(const Message& message, Address peer);
    void acknowledge(const Request& request, LaneServer server);
    void change_time(const Request& request, LaneServer server);

    Surroundings around_;
    Duration cost_;
};

}  // namespace brokersim::broker
