#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/broker/broker.h"
#include "core/client/producer.h"
#include "core/client/push_consumer.h"
#include "core/kafka/assignors/assignors.h"
#include "core/kafka/coordinator_service.h"
#include "core/kafka/group_member.h"
#include "core/namesrv/name_server.h"
#include "tests/support/bare_host.h"

/// Kafka's groups with the real consumer, brokers and name server: only ownership is Kafka's.
namespace brokersim::kafka::testing {
namespace {

using brokersim::testing::BareWorld;
using namespace std::chrono_literals;

/// Counts how often each message came; one takes 5 ms to handle.
class Counter final : public client::MessageListener {
public:
    explicit Counter(Host& host) : host_(host) {}
    void consume(const client::ConsumeContext&, std::span<const client::ReceivedMessage> messages,
                 client::ConsumeDone done) override {
        for (const auto& message : messages)
            ++times[std::string(reinterpret_cast<const char*>(message.body.data()), message.body.size())];
        host_.after(5ms, [done = std::move(done)]() mutable { done(client::ConsumeStatus::success); });
    }
    std::map<std::string, int> times;

private:
    Host& host_;
};

struct RealConsumers : ::testing::Test {
    RealConsumers() {
        name_server.start();
        for (int i = 0; i < 2; ++i) start_broker(i);
        world.run_for(1s);
        producer = std::make_unique<client::Producer>(
            world.host("producer/0", 50), client::ProducerOptions{.group = "shop", .name_servers = name_servers});
        producer->start();
        world.settle();
    }

    void start_broker(int i) {
        auto& host = world.host("broker/" + std::to_string(i), 201 + i);
        broker::BrokerOptions options;
        options.identity.name = "broker-" + std::to_string(i);
        options.store.mappedFileSizeCommitLog = 1 << 20;
        options.store.mappedFileSizeConsumeQueue = 20'000;
        options.topics = {{.topic = "orders", .read_queue_nums = 4, .write_queue_nums = 4}};
        options.name_servers = name_servers;
        brokers[i] = std::make_unique<broker::Broker>(host, options);
        brokers[i]->plug(std::make_unique<CoordinatorService>(
            host, *brokers[i], CoordinatorCluster{i, {{0x0A000000 + 201, 10911}, {0x0A000000 + 202, 10911}}}));
        brokers[i]->start();
    }
    void start_consumer(int i) {
        auto& host = world.host("billing/" + std::to_string(i), 1 + i);
        listeners.push_back(std::make_unique<Counter>(host));
        client::ConsumerOptions options{
            .group = "billing", .subscriptions = {{"orders"}}, .name_servers = name_servers};
        options.ownership = [](client::QueueOwner& owner) {
            std::vector<std::unique_ptr<Assignor>> assignors;
            assignors.push_back(make_assignor("range"));
            return std::make_unique<GroupMember>(owner, std::move(assignors));
        };
        consumers[i] = std::make_unique<client::PushConsumer>(host, std::move(options), *listeners.back());
        consumers[i]->start();
    }
    void crash_consumer(int i) {
        consumers.erase(i);
        world.kill("billing/" + std::to_string(i));
    }
    void send(int count) {
        for (int i = 0; i < count; ++i) {
            const std::string body = "message " + std::to_string(sent++);
            producer->send({.topic = "orders", .body = copy_slice(body)}, [this, body](const auto& result) {
                if (result.status == client::SendStatus::ok) acknowledged.insert(body);
            });
            if (i % 10 == 9) world.run_for(10ms);
        }
    }
    std::map<std::string, int> times() const {
        std::map<std::string, int> all;
        for (const auto& listener : listeners)
            for (const auto& [body, times] : listener->times) all[body] += times;
        return all;
    }
    std::vector<std::size_t> owned() const {
        std::vector<std::size_t> sizes;
        for (const auto& [i, consumer] : consumers) sizes.push_back(consumer->owned().size());
        return sizes;
    }

    BareWorld world{11};
    const std::vector<Address> name_servers = {Address{0x0A000000 + 100, 9876}};
    namesrv::NameServer name_server{world.host("namesrv/0", 100), namesrv::NameServerConfig{}};
    std::vector<std::unique_ptr<Counter>> listeners;
    std::map<int, std::unique_ptr<broker::Broker>> brokers;
    std::unique_ptr<client::Producer> producer;
    std::map<int, std::unique_ptr<client::PushConsumer>> consumers;
    std::set<std::string> acknowledged;
    int sent = 0;
};

TEST_F(RealConsumers, get_every_message_once_through_joins_and_orderly_leaves) {
    start_consumer(0);
    start_consumer(1);
    world.run_for(10s);
    EXPECT_EQ(owned(), (std::vector<std::size_t>{4, 4}));
    send(500);
    start_consumer(2);
    for (int i = 0; i < 10; ++i) {
        send(50);
        world.run_for(1s);
    }
    EXPECT_EQ(owned(), (std::vector<std::size_t>{3, 3, 2}));
    send(100);
    bool ended = false;
    consumers.at(0)->shutdown([&] { ended = true; });
    for (int i = 0; i < 10; ++i) {
        send(50);
        world.run_for(1s);
    }
    EXPECT_TRUE(ended);
    crash_consumer(0);
    world.run_for(10s);
    EXPECT_EQ(owned(), (std::vector<std::size_t>{4, 4}));
    const auto all = times();
    EXPECT_EQ(acknowledged.size(), 1600U);
    EXPECT_EQ(all.size(), 1600U);
    for (const auto& [body, count] : all) EXPECT_EQ(count, 1) << body;
}

TEST_F(RealConsumers, lose_nothing_when_one_dies_and_repeat_what_was_not_committed) {
    for (int i = 0; i < 3; ++i) start_consumer(i);
    world.run_for(10s);
    send(300);
    crash_consumer(1);
    send(300);
    world.run_for(60s);
    EXPECT_EQ(owned(), (std::vector<std::size_t>{4, 4}));
    const auto all = times();
    EXPECT_EQ(acknowledged.size(), 600U);
    for (const std::string& body : acknowledged) EXPECT_TRUE(all.contains(body)) << body;
}

TEST_F(RealConsumers, go_on_after_their_coordinator_crashed) {
    for (int i = 0; i < 2; ++i) start_consumer(i);
    world.run_for(10s);
    send(200);
    world.run_for(10s);
    const int coordinator = group_partition("billing") % 2;
    brokers.erase(coordinator);
    world.kill("broker/" + std::to_string(coordinator));
    world.run_for(5s);
    start_broker(coordinator);
    world.run_for(60s);
    EXPECT_EQ(owned(), (std::vector<std::size_t>{4, 4}));
    EXPECT_EQ(world.notes_of<note::GenerationStarted>().back().generation, 1) << "no rebalance";
    send(200);
    world.run_for(10s);
    const auto all = times();
    for (const std::string& body : acknowledged) EXPECT_TRUE(all.contains(body)) << body;
}

}  // namespace
}  // namespace brokersim::kafka::testing
