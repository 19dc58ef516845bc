#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/client/push_consumer.h"
#include "tests/client/fake_cluster.h"

namespace brokersim::client::testing {

inline std::string text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Remembers what it is given, and finishes at once, after a time, or when the test says so.
class Handler final : public MessageListener {
public:
    struct Call {
        std::string queue;
        std::vector<std::int64_t> offsets;
        std::vector<std::string> bodies;
        Callback<void(ConsumeStatus)> done;
    };

    explicit Handler(FakeCluster& cluster) : cluster_(cluster) {}

    void consume(const ConsumeContext& context, std::span<const ReceivedMessage> messages, ConsumeDone done) override {
        Call call{cluster_.world.text(context.queue_name), {}, {}, {}};
        for (const auto& message : messages) {
            call.offsets.push_back(message.offset.value);
            call.bodies.push_back(text(message.body));
            last_topic = message.topic;
            last_reconsume_times = message.reconsume_times;
        }
        ++running;
        most_running = std::max(most_running, running);
        calls.push_back(std::move(call));
        if (!by_hand) {
            --running;
            done(status);
        } else {
            calls.back().done = std::move(done);
        }
    }
    void finish(std::size_t index, ConsumeStatus with = ConsumeStatus::success) {
        --running;
        auto done = std::move(calls.at(index).done);
        done(with);
    }
    std::vector<std::int64_t> offsets_of(const std::string& queue) const {
        std::vector<std::int64_t> all;
        for (const auto& call : calls)
            if (call.queue == queue) all.insert(all.end(), call.offsets.begin(), call.offsets.end());
        return all;
    }

    std::deque<Call> calls;
    bool by_hand = false;
    ConsumeStatus status = ConsumeStatus::success;
    int running = 0;
    int most_running = 0;
    std::string last_topic;
    std::int32_t last_reconsume_times = 0;

private:
    FakeCluster& cluster_;
};

/// A fake cluster and the consumers of one group, each with a handler of its own.
class ConsumerWorld : public ::testing::Test {
protected:
    explicit ConsumerWorld(int brokers = 1) : cluster(brokers) {
        cluster.topic("orders", 2);
        options.group = "billing";
        options.subscriptions = {{"orders"}};
        options.name_servers = cluster.name_server_addresses();
        options.config.consumeFromWhere = "CONSUME_FROM_FIRST_OFFSET";
    }

    PushConsumer& start(int index = 0) {
        auto& place = consumers[index];
        handlers.try_emplace(index, std::make_unique<Handler>(cluster));
        place = std::make_unique<PushConsumer>(cluster.world.host(node(index), 1 + index), options, handler(index));
        place->start();
        return *place;
    }
    void kill(int index) {
        consumers.erase(index);
        cluster.world.kill(node(index));
    }
    static std::string node(int index) { return "billing/" + std::to_string(index); }
    Handler& handler(int index = 0) { return *handlers.at(index); }
    FakeBroker& broker() { return *cluster.brokers[0]; }
    void append(int count, std::int32_t queue_id = 0) {
        for (int i = 0; i < count; ++i) broker().append("orders", queue_id, "m" + std::to_string(i));
    }
    std::optional<std::int64_t> committed(std::int32_t queue_id = 0) {
        const auto found = broker().offsets.find({"billing", {"orders", queue_id}});
        if (found == broker().offsets.end()) return std::nullopt;
        return found->second;
    }
    void run(Duration time) { cluster.world.run_for(time); }

    FakeCluster cluster;
    ConsumerOptions options;
    std::map<int, std::unique_ptr<Handler>> handlers;  // outlive their consumers
    std::map<int, std::unique_ptr<PushConsumer>> consumers;
};

inline std::vector<std::int64_t> range(std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> all;
    for (std::int64_t i = begin; i < end; ++i) all.push_back(i);
    return all;
}

}  // namespace brokersim::client::testing
