#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/broker/broker.h"
#include "core/client/producer.h"
#include "core/client/push_consumer.h"
#include "core/namesrv/name_server.h"
#include "tests/support/bare_host.h"

/// Producers and consumers with the real broker and the real name server.
namespace brokersim::client {
namespace {

using brokersim::testing::BareWorld;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Counts how often each message came; a message takes `time` to handle.
class Counter final : public MessageListener {
public:
    Counter(Host& host, Duration time) : host_(host), time_(time) {}
    void consume(const ConsumeContext& context, std::span<const ReceivedMessage> messages, ConsumeDone done) override {
        for (const auto& message : messages) {
            const std::string body(reinterpret_cast<const char*>(message.body.data()), message.body.size());
            ++times[body];
            offsets[context.queue_name].push_back(message.offset.value);
        }
        host_.after(time_, [done = std::move(done)]() mutable { done(ConsumeStatus::success); });
    }
    std::map<std::string, int> times;
    std::map<NameId, std::vector<std::int64_t>> offsets;

private:
    Host& host_;
    Duration time_;
};

class RealServers : public ::testing::Test {
protected:
    RealServers() {
        name_server = std::make_unique<namesrv::NameServer>(world.host("namesrv/0", 100), namesrv::NameServerConfig{});
        name_server->start();
        for (int i = 0; i < 2; ++i) start_broker(i);
        world.run_for(seconds(1));
        auto& host = world.host("producer/0", 50);
        producer = std::make_unique<Producer>(host, ProducerOptions{.group = "shop", .name_servers = name_servers});
        producer->start();
        world.settle();
    }

    void start_broker(int i) {
        broker::BrokerOptions options;
        options.identity.name = "broker-" + std::to_string(i);
        options.store.mappedFileSizeCommitLog = 1 << 20;
        options.store.mappedFileSizeConsumeQueue = 20 * 1000;
        options.topics = {{.topic = "orders", .read_queue_nums = 4, .write_queue_nums = 4}};
        options.name_servers = name_servers;
        brokers[i] = std::make_unique<broker::Broker>(world.host("broker/" + std::to_string(i), 200 + i), options);
        brokers[i]->start();
    }
    PushConsumer& start_consumer(int i, const ClientConfig& config = {}) {
        auto& host = world.host("billing/" + std::to_string(i), 1 + i);
        listeners.push_back(std::make_unique<Counter>(host, milliseconds(5)));
        consumers[i] = std::make_unique<PushConsumer>(
            host,
            ConsumerOptions{
                .group = "billing", .subscriptions = {{"orders"}}, .name_servers = name_servers, .config = config},
            *listeners.back());
        consumers[i]->start();
        return *consumers[i];
    }
    /// Sends `count` messages, ten each ten milliseconds, and lets the world go on meanwhile.
    void send(int count) {
        for (int i = 0; i < count; ++i) {
            const std::string body = "message " + std::to_string(sent++);
            producer->send({.topic = "orders", .body = copy_slice(body)}, [this, body](const SendResult& result) {
                if (result.status == SendStatus::ok) acknowledged.insert(body);
            });
            if (i % 10 == 9) world.run_for(milliseconds(10));
        }
    }
    std::map<std::string, int> times() const {
        std::map<std::string, int> all;
        for (const auto& listener : listeners)
            for (const auto& [body, times] : listener->times) all[body] += times;
        return all;
    }
    std::size_t owned() const {
        std::size_t count = 0;
        for (const auto& [i, consumer] : consumers)
            for (const auto& queue : consumer->owned()) count += queue.topic == "orders" ? 1 : 0;
        return count;
    }

    BareWorld world{11};
    const std::vector<Address> name_servers = {Address{0x0A000000 + 100, 9876}};
    std::vector<std::unique_ptr<Counter>> listeners;
    std::unique_ptr<namesrv::NameServer> name_server;
    std::map<int, std::unique_ptr<broker::Broker>> brokers;
    std::unique_ptr<Producer> producer;
    std::map<int, std::unique_ptr<PushConsumer>> consumers;
    std::set<std::string> acknowledged;
    int sent = 0;
};

TEST_F(RealServers, CarryEveryMessageOnceWhileNothingHappens) {
    for (int i = 0; i < 3; ++i) start_consumer(i);
    world.run_for(seconds(5));
    EXPECT_EQ(owned(), 8U);
    send(1000);
    world.run_for(seconds(5));
    EXPECT_EQ(acknowledged.size(), 1000U);
    const auto all = times();
    EXPECT_EQ(all.size(), 1000U);
    for (const auto& [body, count] : all) EXPECT_EQ(count, 1) << body;
    for (const auto& listener : listeners)
        for (const auto& [queue, offsets] : listener->offsets)
            EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
}

TEST_F(RealServers, LoseNothingWhenConsumersJoinDieAndLeave) {
    start_consumer(0);
    start_consumer(1);
    world.run_for(seconds(5));
    send(500);
    start_consumer(2);
    send(500);
    consumers.erase(0);
    world.kill("billing/0");
    send(500);
    bool left = false;
    consumers[1]->shutdown([&] { left = true; });
    world.settle();
    EXPECT_TRUE(left);
    consumers.erase(1);
    world.kill("billing/1");
    send(500);
    world.run_for(seconds(30));
    EXPECT_EQ(owned(), 8U) << "one has them all";
    EXPECT_EQ(acknowledged.size(), 2000U);
    const auto all = times();
    for (const auto& body : acknowledged) EXPECT_TRUE(all.contains(body)) << body;
}

TEST_F(RealServers, GoOnWhereTheGroupLeftOffAfterABrokersRestart) {
    start_consumer(0);
    world.run_for(seconds(5));
    send(400);
    world.run_for(seconds(12));  // positions are stored and written
    bool stopped = false;
    brokers[0]->shutdown([&] { stopped = true; });
    world.run_for(seconds(1));
    ASSERT_TRUE(stopped);
    brokers.erase(0);
    world.kill("broker/0");
    world.run_for(seconds(5));
    start_broker(0);
    world.run_for(seconds(40));
    send(400);
    world.run_for(seconds(10));
    EXPECT_EQ(acknowledged.size(), 800U);
    const auto all = times();
    EXPECT_EQ(all.size(), 800U);
    for (const auto& [body, count] : all) EXPECT_EQ(count, 1) << body;
}

TEST_F(RealServers, MakeATopicThatSomebodySendsTo) {
    SendStatus status = SendStatus::no_route;
    producer->send({.topic = "fresh", .body = copy_slice("first")},
                   [&](const SendResult& result) { status = result.status; });
    world.run_for(seconds(1));
    EXPECT_EQ(status, SendStatus::ok);
}

TEST_F(RealServers, ConsumeTheRetryTopicToo) {
    start_consumer(0);
    world.run_for(seconds(90));
    std::set<std::string> topics;
    for (const auto& queue : consumers[0]->owned()) topics.insert(queue.topic);
    EXPECT_TRUE(topics.contains("%RETRY%billing"));
}

}  // namespace
}  // namespace brokersim::client
