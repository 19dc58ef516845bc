#include "tests/broker/broker_world.h"

#include <gtest/gtest.h>

namespace brokersim::broker::testing {

std::int32_t RawClient::send(protocol::Payload payload, FrameKind kind) {
    Frame frame;
    frame.kind = kind;
    frame.opaque = next_opaque_++;
    frame.payload = std::move(payload);
    const std::int32_t opaque = frame.opaque;
    host_.send(id_, std::move(frame));
    return opaque;
}

const Frame* RawClient::answer(std::int32_t opaque) const {
    for (const Frame& frame : frames_)
        if (frame.kind == FrameKind::response && frame.opaque == opaque) return &frame;
    return nullptr;
}

BrokerWorld::BrokerWorld() {
    options.store.mappedFileSizeCommitLog = 1 << 20;
    options.store.mappedFileSizeConsumeQueue = 20'000;
    options.topics = {{.topic = "orders", .read_queue_nums = 4, .write_queue_nums = 4}};
    options.name_servers = {{0x0A000002, 9876}};
    name_server = std::make_unique<RecordingServer>(world.host("namesrv/0", 2));
}

BrokerWorld::~BrokerWorld() { broker.reset(); }  // before the host that it lives on

void BrokerWorld::start_broker() {
    BareHost& bare = world.host("broker/0", 1);
    broker_host = &bare;
    if (with_debts) {
        debt_hosts_.push_back(std::make_unique<DebtHost>(bare));
        debt_hosts_.back()->flush_takes = flush_takes;
        broker_host = debt_hosts_.back().get();
    }
    broker = std::make_unique<Broker>(*broker_host, options);
    if (prepare) prepare(*broker);
    broker_host->soon([this] { broker->start(); });
    world.run_for(Millis(1));
}

void BrokerWorld::kill_broker() {
    broker.reset();
    world.kill("broker/0");
}

void BrokerWorld::stop_broker() {
    bool stopped = false;
    broker_host->soon([this, &stopped] { broker->shutdown([&stopped] { stopped = true; }); });
    world.run_for(Millis(5'000));
    ASSERT_TRUE(stopped);
    kill_broker();
}

RawClient& BrokerWorld::client() {
    const int number = hosts_++;
    BareHost& host = world.host("client/" + std::to_string(number), number);
    clients_.push_back(std::make_unique<RawClient>(host, broker_address));
    world.settle();
    return *clients_.back();
}

Frame BrokerWorld::ask(RawClient& client, protocol::Payload payload) {
    const std::int32_t opaque = client.send(std::move(payload));
    for (int i = 0; i < 1000 && client.answer(opaque) == nullptr; ++i) world.run_for(Millis(1));
    const Frame* answer = client.answer(opaque);
    EXPECT_NE(answer, nullptr);
    return answer == nullptr ? Frame{} : *answer;
}

protocol::SendMessageRequest BrokerWorld::message(std::string topic, std::int32_t queue_id) {
    protocol::SendMessageRequest request;
    request.producer_group = "p";
    request.topic = std::move(topic);
    request.queue_id = queue_id;
    request.born_timestamp = 1'700'000'000'000;
    request.properties =
        "UNIQ_KEY\x01"
        "0123456789ABCDEF\x02"
        "WAIT\x01true\x02";
    request.body = copy_slice("hello");
    return request;
}

protocol::PullMessageRequest BrokerWorld::pull(std::int64_t from, std::string topic, std::int32_t queue_id) {
    protocol::PullMessageRequest request;
    request.consumer_group = "g";
    request.topic = std::move(topic);
    request.queue_id = queue_id;
    request.queue_offset = {from};
    request.sys_flag = protocol::pull_flag::suspend;
    request.suspend_timeout_ms = 15'000;
    request.sub_version = 1;
    return request;
}

protocol::HeartbeatRequest BrokerWorld::heartbeat(std::string client_id, std::string group,
                                                  std::vector<std::string> topics, std::int64_t version) {
    auto data = std::make_shared<protocol::HeartbeatData>();
    data->client_id = std::move(client_id);
    protocol::ConsumerData consumer;
    consumer.group = std::move(group);
    for (auto& topic : topics) {
        protocol::SubscriptionData subscription;
        subscription.topic = std::move(topic);
        subscription.sub_version = version;
        consumer.subscriptions.push_back(std::move(subscription));
    }
    data->consumers.push_back(std::move(consumer));
    return {data};
}

}  // namespace brokersim::broker::testing
