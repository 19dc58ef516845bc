#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/client/message_listener.h"
#include "core/client/push_consumer.h"
#include "core/host.h"
#include "scenarios/recorder.h"
#include "scenarios/scenario.h"
#include "sim/distribution.h"

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

/// An application that consumes: its handler takes the time that the scenario says, and always succeeds. It compares
/// every body with what was sent, and records when a handler begins and ends.
class ConsumerApp final : public Node, private client::MessageListener {
public:
    /// `group` is the number in the roster.
    ConsumerApp(Host& host, client::ConsumerOptions options, std::uint32_t node, std::uint32_t group,
                HandlerTimes& times, Recorder& recorder);

    void start() override { consumer_.start(); }
    void shutdown(Task done) override { consumer_.shutdown(std::move(done)); }
    const client::PushConsumer& consumer() const { return consumer_; }

private:
    void consume(const client::ConsumeContext& context, std::span<const client::ReceivedMessage> messages,
                 Callback<void(client::ConsumeStatus)> done) override;

    Host& host_;
    std::uint32_t node_;
    std::uint32_t group_;
    HandlerTimes& times_;
    Recorder& recorder_;
    client::PushConsumer consumer_;
};

}  // namespace brokersim::scenario
