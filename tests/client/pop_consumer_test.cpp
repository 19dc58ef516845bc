#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/broker/broker.h"
#include "core/client/pop_consumer.h"
#include "core/client/producer.h"
#include "core/namesrv/name_server.h"
#include "tests/support/bare_host.h"

/// Consumers that pop, with the real broker and the real name server.
namespace brokersim::client {
namespace {

using brokersim::testing::BareWorld;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Counts how often each message came; each takes `time` to handle, and fails as often as `failures` says.
class Taker final : public MessageListener {
public:
    explicit Taker(Host& host) : host_(host) {}
    void consume(const ConsumeContext&, std::span<const ReceivedMessage> messages, ConsumeDone done) override {
        const auto& message = messages.front();
        const std::string body(reinterpret_cast<const char*>(message.body.data()), message.body.size());
        ++times[body];
        queues.insert(message.queue);
        most_reconsumed = std::max(most_reconsumed, message.reconsume_times);
        const bool fails = times[body] <= failures;
        host_.after(time, [done = std::move(done), fails]() mutable {
            done(fails ? ConsumeStatus::later : ConsumeStatus::success);
        });
    }
    std::map<std::string, int> times;
    std::set<NameId> queues;
    std::int32_t most_reconsumed = 0;
    Duration time = milliseconds(5);
    int failures = 0;

private:
    Host& host_;
};

class PopConsumers : public ::testing::Test {
protected:
    PopConsumers() {
        config.popInvisibleTime = Millis(10'000);
        name_server = std::make_unique<namesrv::NameServer>(world.host("namesrv/0", 100), namesrv::NameServerConfig{});
        name_server->start();
        for (int i = 0; i < 2; ++i) start_broker(i);
        world.run_for(seconds(1));
        producer = std::make_unique<Producer>(world.host("producer/0", 50),
                                              ProducerOptions{.group = "shop", .name_servers = name_servers});
        producer->start();
        world.settle();
    }
    void start_broker(int i) {
        broker::BrokerOptions options;
        options.identity.name = "broker-" + std::to_string(i);
        options.store.mappedFileSizeCommitLog = 1 << 20;
        options.store.mappedFileSizeConsumeQueue = 20 * 1000;
        options.topics = {{.topic = "orders", .read_queue_nums = 4, .write_queue_nums = 4}};
        options.request_modes = {{.topic = "orders",
                                  .consumer_group = "billing",
                                  .mode = protocol::RequestMode::pop,
                                  .pop_share_queue_num = share}};
        options.name_servers = name_servers;
        brokers[i] = std::make_unique<broker::Broker>(world.host("broker/" + std::to_string(i), 200 + i), options);
        brokers[i]->start();
    }
    Taker& start_consumer(int i) {
        auto& host = world.host("billing/" + std::to_string(i), 1 + i);
        takers[i] = std::make_unique<Taker>(host);
        consumers[i] = std::make_unique<PopConsumer>(
            host,
            ConsumerOptions{
                .group = "billing", .subscriptions = {{"orders"}}, .name_servers = name_servers, .config = config},
            *takers[i]);
        consumers[i]->start();
        return *takers[i];
    }
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
        for (const auto& [i, taker] : takers)
            for (const auto& [body, count] : taker->times) all[body] += count;
        return all;
    }

    BareWorld world{12};
    ClientConfig config;
    std::int32_t share = -1;
    const std::vector<Address> name_servers = {Address{0x0A000000 + 100, 9876}};
    std::map<int, std::unique_ptr<Taker>> takers;
    std::unique_ptr<namesrv::NameServer> name_server;
    std::map<int, std::unique_ptr<broker::Broker>> brokers;
    std::unique_ptr<Producer> producer;
    std::map<int, std::unique_ptr<PopConsumer>> consumers;
    std::set<std::string> acknowledged;
    int sent = 0;
};

TEST_F(PopConsumers, CarryEveryMessageOnceWhileNothingHappens) {
    for (int i = 0; i < 3; ++i) start_consumer(i);
    world.run_for(seconds(5));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(consumers[i]->queue_count(), 2U) << "all queues of two brokers";
    send(500);
    world.run_for(seconds(5));
    EXPECT_EQ(acknowledged.size(), 500U);
    const auto all = times();
    EXPECT_EQ(all.size(), 500U);
    for (const auto& [body, count] : all) EXPECT_EQ(count, 1) << body;
    for (const auto& [i, taker] : takers) EXPECT_FALSE(taker->times.empty()) << "all of them take part";
    EXPECT_TRUE(world.notes_of<note::Owned>().empty());
    world.run_for(seconds(30));
    EXPECT_EQ(times(), all) << "what was acknowledged does not come again";
    for (const auto& [i, broker] : brokers) EXPECT_TRUE(broker->pops_idle());
}

TEST_F(PopConsumers, GetWhatADeadOneHadWhenItsTimeIsUp) {
    start_consumer(0).time = seconds(1000);
    world.run_for(seconds(5));
    send(40);
    world.run_for(seconds(1));
    const auto held = takers[0]->times.size();
    EXPECT_GT(held, 0U);
    consumers.erase(0);
    world.kill("billing/0");
    Taker& other = start_consumer(1);
    world.run_for(seconds(5));
    EXPECT_LT(other.times.size(), 40U);
    world.run_for(seconds(60));
    EXPECT_EQ(other.times.size(), 40U);
    EXPECT_EQ(other.most_reconsumed, 1);
}

TEST_F(PopConsumers, AreGivenAMessageAgainThatTheyCouldNotHandle) {
    Taker& taker = start_consumer(0);
    taker.failures = 1;
    world.run_for(seconds(5));
    send(20);
    world.run_for(seconds(8));
    for (const auto& [body, count] : taker.times) EXPECT_EQ(count, 1) << "hidden for ten seconds more";
    world.run_for(seconds(45));
    EXPECT_EQ(taker.times.size(), 20U);
    for (const auto& [body, count] : taker.times) EXPECT_EQ(count, 2) << body;
}

TEST_F(PopConsumers, LeaveTheResultOfAHandlerThatWasTooSlow) {
    Taker& taker = start_consumer(0);
    taker.time = seconds(12);
    world.run_for(seconds(5));
    send(1);
    world.run_for(seconds(14));
    taker.time = milliseconds(5);
    world.run_for(seconds(40));
    EXPECT_EQ(taker.times.at("message 0"), 2) << "its invisible time was up";
    EXPECT_EQ(consumers[0]->cached(), 0);
}

TEST_F(PopConsumers, AskForNoMoreThanTheyMayHold) {
    config.popThresholdForQueue = 10;
    config.popBatchNums = 8;
    Taker& taker = start_consumer(0);
    taker.time = seconds(2);
    world.run_for(seconds(5));
    send(200);
    for (int i = 0; i < 50; ++i) {
        world.run_for(milliseconds(100));
        EXPECT_LE(consumers[0]->cached(), 2 * (10 + 8));
    }
}

TEST_F(PopConsumers, LoseNothingWhenConsumersAndABrokerDieAndLeave) {
    for (int i = 0; i < 3; ++i) start_consumer(i);
    world.run_for(seconds(5));
    send(300);
    consumers.erase(0);
    world.kill("billing/0");
    send(300);
    brokers.erase(0);
    world.kill("broker/0");
    send(100);
    bool left = false;
    consumers[1]->shutdown([&] { left = true; });
    world.run_for(seconds(2));
    EXPECT_TRUE(left);
    consumers.erase(1);
    world.kill("billing/1");
    start_broker(0);
    world.run_for(seconds(5));
    send(300);
    world.run_for(seconds(90));
    const auto all = times();
    for (const auto& body : acknowledged) EXPECT_TRUE(all.contains(body)) << body;
    for (const auto& [i, broker] : brokers) EXPECT_TRUE(broker->pops_idle());
}

}  // namespace
}  // namespace brokersim::client
