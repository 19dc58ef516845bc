#include <gtest/gtest.h>

#include "core/broker/config_json.h"
#include "core/protocol/json_reader.h"
#include "tests/broker/broker_world.h"

namespace brokersim::broker::testing {
namespace {

class Life : public ::testing::Test {
protected:
    std::int64_t committed(RawClient& client, const std::string& topic = "orders", std::int32_t queue_id = 0) {
        const Frame answer = world_.ask(client, protocol::QueryConsumerOffsetRequest{"g", topic, queue_id});
        const auto* offset = get_if<protocol::OffsetResponse>(&answer.payload);
        return offset == nullptr ? -answer.code : offset->offset;
    }
    void commit(RawClient& client, std::int64_t offset) {
        EXPECT_EQ(world_.ask(client, protocol::UpdateConsumerOffsetRequest{"g", "orders", 0, offset}).code, 0);
    }
    RawClient& member() {
        RawClient& client = world_.client();
        world_.ask(client, BrokerWorld::heartbeat("c"));
        return client;
    }
    std::string file(const std::string& path) { return world_.broker_host->read_file(path).value_or(""); }

    BrokerWorld world_;
};

TEST_F(Life, BrokerRegistersAtOnceAndThenPeriodically) {
    world_.start_broker();
    const auto count = [this] { return world_.name_server->asked<protocol::RegisterBrokerRequest>().size(); };
    ASSERT_EQ(count(), 1U);
    const auto request = world_.name_server->asked<protocol::RegisterBrokerRequest>().front();
    EXPECT_EQ(request.cluster, "DefaultCluster");
    EXPECT_EQ(request.broker, "broker-0");
    EXPECT_EQ(request.address, BrokerWorld::broker_address);
    EXPECT_EQ(request.ha_server.port, 10912);
    world_.world.run_for(Millis(9'900));
    EXPECT_EQ(count(), 1U);
    world_.world.run_for(Millis(200));
    EXPECT_EQ(count(), 2U);
    world_.world.run_for(Millis(60'000));
    EXPECT_EQ(count(), 4U);
}

TEST_F(Life, TopicsAreThoseOfTheRealBrokerAndTheOperator) {
    world_.start_broker();
    const auto topics = *world_.name_server->asked<protocol::RegisterBrokerRequest>().front().topics;
    const auto queues = [&](const std::string& name) {
        for (const auto& topic : topics)
            if (topic.topic == name) return topic.write_queue_nums * 10 + topic.perm;
        return -1;
    };
    EXPECT_EQ(queues("TBW102"), 87);
    EXPECT_EQ(queues("SELF_TEST_TOPIC"), 16);
    EXPECT_EQ(queues("BenchmarkTest"), 10246);
    EXPECT_EQ(queues("DefaultCluster"), 167);
    EXPECT_EQ(queues("SCHEDULE_TOPIC_XXXX"), 186);
    EXPECT_EQ(queues("rmq_sys_SYNC_BROKER_MEMBER_broker-0"), 11);
    EXPECT_EQ(queues("orders"), 46);
    EXPECT_EQ(queues("RMQ_SYS_TRACE_TOPIC"), -1);
}

TEST_F(Life, BrokerPermissionNarrowsAllTopics) {
    world_.options.config.brokerPermission = protocol::perm::read;
    world_.start_broker();
    for (const auto& topic : *world_.name_server->asked<protocol::RegisterBrokerRequest>().front().topics)
        EXPECT_EQ(topic.perm & protocol::perm::write, 0) << topic.topic;
}

TEST_F(Life, FirstOffsetIsZeroOnAYoungQueue) {
    world_.start_broker();
    RawClient& client = member();
    EXPECT_EQ(committed(client), -22) << "an empty queue has nothing in memory";
    world_.ask(client, BrokerWorld::message());
    world_.world.run_for(Millis(5));
    EXPECT_EQ(committed(client), 0);
    commit(client, -1);
    EXPECT_EQ(committed(client), 0) << "-1 is no position";
    commit(client, 7);
    EXPECT_EQ(committed(client), 7);
    commit(client, 5);
    EXPECT_EQ(committed(client), 5) << "smaller ones are stored too";
}

TEST_F(Life, CommitsAreChecked) {
    world_.start_broker();
    RawClient& client = member();
    EXPECT_EQ(world_.ask(client, protocol::UpdateConsumerOffsetRequest{"strangers", "orders", 0, 1}).code, 26);
    EXPECT_EQ(world_.ask(client, protocol::UpdateConsumerOffsetRequest{"g", "nowhere", 0, 1}).code, 17);
}

TEST_F(Life, EndsOfQueuesCanBeAsked) {
    world_.start_broker();
    RawClient& client = member();
    for (int i = 0; i < 3; ++i) world_.ask(client, BrokerWorld::message());
    world_.world.run_for(Millis(100));
    world_.ask(client, BrokerWorld::message());
    world_.world.run_for(Millis(5));
    const auto offset = [&](protocol::Payload payload) {
        return get<protocol::OffsetResponse>(world_.ask(client, std::move(payload)).payload).offset;
    };
    EXPECT_EQ(offset(protocol::GetMaxOffsetRequest{"orders", 0}), 4);
    EXPECT_EQ(offset(protocol::GetMinOffsetRequest{"orders", 0}), 0);
    EXPECT_EQ(offset(protocol::GetMaxOffsetRequest{"orders", 1}), 0);
    EXPECT_EQ(offset(protocol::SearchOffsetRequest{"orders", 0, epoch_ms(world_.broker_host->wall_ms()) - 50}), 3);
}

TEST_F(Life, OffsetsAndTopicsSurviveAnOrderlyEnd) {
    world_.start_broker();
    RawClient& client = member();
    world_.ask(client, BrokerWorld::message("fresh"));
    commit(client, 12);
    world_.stop_broker();
    EXPECT_EQ(world_.name_server->asked<protocol::UnregisterBrokerRequest>().size(), 1U);
    world_.start_broker();
    RawClient& again = member();
    EXPECT_EQ(committed(again), 12);
    world_.options.config.autoCreateTopicEnable = false;
    const Frame stored = world_.ask(again, BrokerWorld::message("fresh"));
    ASSERT_EQ(stored.code, 0);
    EXPECT_EQ(get<protocol::SendMessageResponse>(stored.payload).queue_offset.value, 1);
}

TEST_F(Life, OffsetsSurviveACrashAsFarAsTheyWereWritten) {
    world_.start_broker();
    RawClient& client = member();
    commit(client, 12);
    world_.world.run_for(Millis(11'000));
    commit(client, 13);
    world_.kill_broker();
    world_.start_broker();
    EXPECT_EQ(committed(member()), 12) << "13 was committed after the last write";
}

TEST_F(Life, OffsetFileIsRocketMqs) {
    world_.start_broker();
    RawClient& client = member();
    commit(client, 12);
    EXPECT_EQ(file("config/consumerOffset.json"), "") << "the first write is 10 s after the start";
    world_.world.run_for(Millis(10'000));
    const std::string text = file("config/consumerOffset.json");
    EXPECT_NE(text.find("\n\t\"offsetTable\":{\n\t\t\"orders@g\":{\n\t\t\t0:12\n\t\t}\n\t}\n}"), std::string::npos)
        << text;
    EXPECT_TRUE(text.starts_with("{\n\t\"dataVersion\":{\n\t\t\"counter\":1,\n\t\t\"stateVersion\":0,")) << text;
    commit(client, 13);
    world_.world.run_for(Millis(5'000));
    EXPECT_NE(file("config/consumerOffset.json").find("0:13"), std::string::npos);
    EXPECT_NE(file("config/consumerOffset.json.bak").find("0:12"), std::string::npos);
}

TEST_F(Life, DelayOffsetsAreWrittenThoughNothingIsDelayedAndKeepWhatTheySaid) {
    world_.start_broker();
    world_.world.run_for(Millis(11'000));
    const std::string empty = file("config/delayOffset.json");
    EXPECT_TRUE(empty.starts_with("{\n\t\"dataVersion\":{\n\t\t\"counter\":0,")) << empty;
    EXPECT_TRUE(empty.ends_with("\"offsetTable\":{}\n}")) << empty;
    const std::string real = "{\"dataVersion\":{\"counter\":3,\"timestamp\":1},\"offsetTable\":{1:77,18:2}}";
    ASSERT_TRUE(world_.broker_host->write_file("config/delayOffset.json", real));
    world_.kill_broker();
    world_.start_broker();
    world_.stop_broker();
    EXPECT_EQ(file("config/delayOffset.json.bak"), real);
    const std::string kept = file("config/delayOffset.json");
    EXPECT_NE(kept.find("\"counter\":3"), std::string::npos) << kept;
    EXPECT_NE(kept.find("\n\t\"offsetTable\":{\n\t\t1:77,\n\t\t18:2\n\t}"), std::string::npos) << kept;
}

TEST_F(Life, DelayOffsetsThatAreNoNumbersKeepTheBrokerFromStarting) {
    world_.start_broker();
    for (const char* name : {"config/delayOffset.json", "config/delayOffset.json.bak"})
        ASSERT_TRUE(world_.broker_host->write_file(name, "{\"offsetTable\":{\"x\":1}}"));
    world_.kill_broker();
    world_.start_broker();
    ASSERT_TRUE(world_.broker->start_error().has_value());
    EXPECT_NE(world_.broker->start_error()->find("the offset of delay level \"x\" is no number"), std::string::npos)
        << *world_.broker->start_error();
}

TEST_F(Life, BackupIsUsedIfTheFileIsMissingOrUnreadable) {
    world_.start_broker();
    RawClient& client = member();
    commit(client, 12);
    world_.world.run_for(Millis(10'000));
    commit(client, 13);
    world_.world.run_for(Millis(5'000));
    ASSERT_TRUE(world_.broker_host->write_file("config/consumerOffset.json", "{\"offsetTa"));
    world_.kill_broker();
    world_.start_broker();
    EXPECT_EQ(committed(member()), 12);
    ASSERT_TRUE(world_.broker_host->remove("config/consumerOffset.json"));
    world_.kill_broker();
    world_.start_broker();
    EXPECT_EQ(committed(member()), 12);
}

TEST_F(Life, TopicFileOfARealBrokerIsUnderstood) {
    BareHost& host = world_.world.host("broker/0", 1);
    ASSERT_TRUE(host.write_file("config/topics.json",
                                "{\"dataVersion\":{\"counter\":5,\"timestamp\":1600000000000},\"topicConfigTable\":{"
                                "\"orders\":{\"order\":true,\"perm\":4,\"readQueueNums\":2,\"topicFilterType\":"
                                "\"SINGLE_TAG\",\"topicName\":\"orders\",\"topicSysFlag\":0,\"writeQueueNums\":3}}}"));
    world_.start_broker();
    const auto request = world_.name_server->asked<protocol::RegisterBrokerRequest>().front();
    EXPECT_EQ(request.data_version.counter, 5) << "the operator's topic is there already";
    for (const auto& topic : *request.topics)
        if (topic.topic == "orders") {
            EXPECT_EQ(topic.perm, 4);
            EXPECT_EQ(topic.read_queue_nums, 2);
            EXPECT_EQ(topic.write_queue_nums, 3);
            EXPECT_TRUE(topic.order);
        }
}

TEST_F(Life, UnreadableFilesKeepTheBrokerDeaf) {
    BareHost& host = world_.world.host("broker/0", 1);
    ASSERT_TRUE(host.write_file("config/topics.json", "nonsense"));
    ASSERT_TRUE(host.write_file("config/topics.json.bak", "nonsense"));
    world_.start_broker();
    ASSERT_TRUE(world_.broker->start_error().has_value());
    EXPECT_EQ(*world_.broker->start_error(), "config/topics.json.bak: not JSON");
    EXPECT_TRUE(world_.name_server->asked<protocol::RegisterBrokerRequest>().empty());
    RawClient& client = world_.client();
    world_.world.run_for(Millis(10));
    EXPECT_TRUE(client.closed());
}

/// Answers Kafka's look-ups of a coordinator, and nothing else.
class Oracle final : public RequestHandler {
public:
    Oracle(Broker& broker, std::vector<std::string>& told) : broker_(broker), told_(told) {}
    void start() override { told_.push_back("start"); }
    bool handle(ConnectionId connection, protocol::Frame&& frame) override {
        if (!holds_alternative<kafka::FindCoordinatorRequest>(frame.payload)) return false;
        broker_.server().respond(connection, frame.opaque, kafka::FindCoordinatorResponse{.node_id = 7});
        return true;
    }
    void connection_closed(ConnectionId) override { told_.push_back("closed"); }
    void stop() override { told_.push_back("stop"); }

private:
    Broker& broker_;
    std::vector<std::string>& told_;
};

TEST_F(Life, PluggedInHandlerServesTheCoordinatorsLane) {
    std::vector<std::string> told;
    world_.prepare = [&told](Broker& broker) { broker.plug(std::make_unique<Oracle>(broker, told)); };
    world_.start_broker();
    RawClient& client = world_.client();
    const Frame found = world_.ask(client, kafka::FindCoordinatorRequest{"g"});
    EXPECT_EQ(get<kafka::FindCoordinatorResponse>(found.payload).node_id, 7);
    EXPECT_EQ(world_.ask(client, kafka::HeartbeatRequest{}).code, 3) << "it does not know this one";
    client.close();
    world_.world.settle();
    world_.stop_broker();
    EXPECT_EQ(told, (std::vector<std::string>{"start", "closed", "stop"}));
}

TEST_F(Life, KafkasRequestsAreUnknownWithoutAHandler) {
    world_.start_broker();
    const Frame refused = world_.ask(world_.client(), kafka::FindCoordinatorRequest{"g"});
    EXPECT_EQ(refused.code, 3);
    EXPECT_EQ(refused.remark, " request type 0 not supported");
}

TEST_F(Life, IdleBrokerDoesNothingButRegister) {
    world_.start_broker();
    world_.world.run_for(Millis(30'000));
    const std::string before = file("config/topics.json");
    world_.world.run_for(Millis(600'000));
    EXPECT_EQ(file("config/topics.json"), before);
    EXPECT_EQ(file("config/consumerOffset.json"), "");
}

}  // namespace
}  // namespace brokersim::broker::testing
