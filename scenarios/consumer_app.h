#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/client/consumer.h"
#include "core/client/message_listener.h"
#include "core/host.h"
#include "scenarios/recorder.h"
#include "scenarios/scenario.h"
#include "sim/distribution.h"
#include "sim/pool.h"

namespace brokersim::scenario {

/// How long the handlers of one group take. Drawn by (group, message, attempt): a message costs the same whoever
/// handles it, in every variant.
class HandlerTimes {
public:
    HandlerTimes(const sim::World& world, const GroupSpec& spec, std::uint32_t group);
    /// For the next handling of the message; `repeated` says that it was handed to the group before.
    Duration next(MessageId id, bool repeated);

private:
    const sim::World& world_;
    sim::Distribution times_;
    std::uint64_t identity_;
    std::map<MessageId, std::uint64_t> repeats_;  // messages that came more than once
};

/// Makes the consumer that an application uses, with the application as its listener.
using ConsumerFactory = std::function<std::unique_ptr<client::Consumer>(Host&, client::MessageListener&)>;

/// An application that consumes: its handler takes the time that the scenario says, and always succeeds. It compares
/// every body with what was sent, and records when a handler begins and ends.
class ConsumerApp final : public Node, private client::MessageListener {
public:
    /// `group` is the number in the roster.
    ConsumerApp(Host& host, const ConsumerFactory& consumer, std::uint32_t node, std::uint32_t group,
                HandlerTimes& times, Recorder& recorder);

    void start() override { consumer_->start(); }
    void shutdown(Task done) override { consumer_->shutdown(std::move(done)); }
    const client::Consumer& consumer() const { return *consumer_; }

private:
    /// A call of the handler that is under way; `next` is the pool's.
    struct Handling {
        std::span<const client::ReceivedMessage> messages;
        std::int64_t began = 0;
        Callback<void(client::ConsumeStatus)> done;
        Handling* next = nullptr;
    };
    void consume(const client::ConsumeContext& context, std::span<const client::ReceivedMessage> messages,
                 client::ConsumeDone done) override;
    void end(Handling& handling);
    Handing handing_of(const client::ReceivedMessage& message) const {
        return {node_, group_name_, message.queue, message.offset, message.reconsume_times};
    }

    Host& host_;
    std::uint32_t node_;
    std::uint32_t group_;
    NameId group_name_;  // of the roster's group
    HandlerTimes& times_;
    Recorder& recorder_;
    sim::Pool<Handling> handlings_;
    std::unique_ptr<client::Consumer> consumer_;
};

}  // namespace brokersim::scenario
