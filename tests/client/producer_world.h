#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/client/producer.h"
#include "tests/client/fake_cluster.h"

namespace brokersim::client::testing {

struct Outcome {
    SendStatus status;
    std::int32_t code;
    std::int32_t tries;
    std::string queue;
    std::int64_t offset;
    std::string msg_id;
    MonoTime at;
};

/// A fake cluster, a producer, and what became of its sends.
class ProducerWorld : public ::testing::Test {
protected:
    explicit ProducerWorld(int brokers = 2) : cluster(brokers) { cluster.topic("orders", 2); }

    void make(SendMode mode = SendMode::sync, ClientConfig config = {}) {
        producer = std::make_unique<Producer>(
            cluster.world.host("producer/0", 1),
            ProducerOptions{
                .group = "shop", .name_servers = cluster.name_server_addresses(), .config = config, .mode = mode});
        producer->start();
        cluster.world.settle();
    }
    std::size_t send(const std::string& topic = "orders", const std::string& body = "hello") {
        const std::size_t index = outcomes.size();
        outcomes.emplace_back();
        producer->send({.topic = topic, .body = copy_slice(body), .tags = "A", .keys = "k1 k2"},
                       [this, index](const SendResult& result) {
                           ASSERT_FALSE(outcomes[index].has_value()) << "a second outcome";
                           outcomes[index] = {result.status,
                                              result.code,
                                              result.tries,
                                              result.queue != nullptr ? protocol::queue_name(*result.queue) : "",
                                              result.queue_offset.value,
                                              std::string(result.msg_id),
                                              cluster.world.now()};
                       });
        return index;
    }
    Outcome sent(const std::string& topic = "orders") {
        const std::size_t index = send(topic);
        EXPECT_FALSE(outcomes[index].has_value()) << "an outcome within send()";
        cluster.world.settle();
        return outcomes[index].value();
    }
    /// Makes every broker answer sends with this code.
    void all_answer(protocol::ResponseCode code) {
        for (auto& broker : cluster.brokers)
            broker->intercept = [&broker = *broker, code](ConnectionId id, const protocol::Frame& frame) {
                if (!holds_alternative<protocol::SendMessageRequest>(frame.payload)) return false;
                broker.respond(id, frame.opaque, code);
                return true;
            };
    }
    std::size_t requests() const {
        std::size_t count = 0;
        for (const auto& broker : cluster.brokers) count += broker->got<protocol::SendMessageRequest>().size();
        return count;
    }

    FakeCluster cluster;
    std::unique_ptr<Producer> producer;
    std::vector<std::optional<Outcome>> outcomes;
};

}  // namespace brokersim::client::testing
