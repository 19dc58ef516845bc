#include "core/client/producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/store/properties.h"
#include "tests/client/fake_cluster.h"

namespace brokersim::client::testing {
namespace {

using protocol::ResponseCode;
using protocol::SendMessageRequest;
using ::testing::ElementsAre;

struct Outcome {
    SendStatus status;
    std::int32_t code;
    std::int32_t tries;
    std::string queue;
    std::int64_t offset;
    std::string msg_id;
    MonoTime at;
};

class ProducerTest : public ::testing::Test {
protected:
    explicit ProducerTest(int brokers = 2) : cluster(brokers) { cluster.topic("orders", 2); }

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
    void all_answer(ResponseCode code) {
        for (auto& broker : cluster.brokers)
            broker->intercept = [&broker = *broker, code](ConnectionId id, const protocol::Frame& frame) {
                if (!std::holds_alternative<SendMessageRequest>(frame.payload)) return false;
                broker.respond(id, frame.opaque, code);
                return true;
            };
    }
    std::size_t requests() const {
        std::size_t count = 0;
        for (const auto& broker : cluster.brokers) count += broker->got<SendMessageRequest>().size();
        return count;
    }

    FakeCluster cluster;
    std::unique_ptr<Producer> producer;
    std::vector<std::optional<Outcome>> outcomes;
};

TEST_F(ProducerTest, TakesTheQueuesInTurn) {
    make();
    std::vector<std::string> queues;
    for (int i = 0; i < 8; ++i) queues.push_back(sent().queue);
    const std::vector<std::string> order = {"orders@broker-0:0", "orders@broker-0:1", "orders@broker-1:0",
                                            "orders@broker-1:1"};
    const auto first = std::find(order.begin(), order.end(), queues[0]) - order.begin();
    for (std::size_t i = 0; i < queues.size(); ++i)
        EXPECT_EQ(queues[i], order[(static_cast<std::size_t>(first) + i) % 4]) << i;
}

TEST_F(ProducerTest, TellsWhereAMessageWent) {
    make();
    for (int i = 0; i < 4; ++i) sent();
    const Outcome fifth = sent();
    EXPECT_EQ(fifth.status, SendStatus::ok);
    EXPECT_EQ(fifth.tries, 1);
    EXPECT_EQ(fifth.offset, 1);
    EXPECT_EQ(fifth.msg_id.size(), 32U);
    EXPECT_EQ(fifth.msg_id.substr(0, 8), "0A000001");
}

TEST_F(ProducerTest, WritesWhatTheRealOneWrites) {
    make();
    const Outcome outcome = sent();
    std::vector<SendMessageRequest> got = cluster.brokers[0]->got<SendMessageRequest>();
    if (got.empty()) got = cluster.brokers[1]->got<SendMessageRequest>();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].producer_group, "shop");
    EXPECT_EQ(got[0].default_topic, "TBW102");
    EXPECT_EQ(got[0].default_topic_queue_nums, 4);
    EXPECT_EQ(got[0].max_reconsume_times, -1);
    EXPECT_EQ(store::find_property(got[0].properties, "UNIQ_KEY"), outcome.msg_id);
    EXPECT_EQ(store::find_property(got[0].properties, "WAIT"), "true");
    EXPECT_EQ(store::find_property(got[0].properties, "TAGS"), "A");
    EXPECT_EQ(store::find_property(got[0].properties, "KEYS"), "k1 k2");
}

TEST_F(ProducerTest, AsksForARouteOnceHoweverManySendsWait) {
    make();
    for (int i = 0; i < 10; ++i) send();
    cluster.world.settle();
    std::vector<std::string> asked;
    for (const auto& server : cluster.name_servers)
        asked.insert(asked.end(), server->asked.begin(), server->asked.end());
    EXPECT_EQ(std::count(asked.begin(), asked.end(), "orders"), 1);
    for (const auto& outcome : outcomes) EXPECT_EQ(outcome.value().status, SendStatus::ok);
}

TEST_F(ProducerTest, SendsToATopicThatIsNotThereAsTheDefaultTopicSays) {
    cluster.topic("TBW102", 8);
    make();
    std::set<std::string> queues;
    for (int i = 0; i < 20; ++i) queues.insert(sent("new").queue);
    EXPECT_EQ(queues.size(), 8U) << "four queues on each broker";
    EXPECT_TRUE(queues.contains("new@broker-1:3"));
}

TEST_F(ProducerTest, HasNoRouteWhereNobodyKnowsTheTopic) {
    make();
    const Outcome outcome = sent("new");
    EXPECT_EQ(outcome.status, SendStatus::no_route);
    EXPECT_EQ(outcome.tries, 0);
    EXPECT_EQ(outcome.queue, "");
}

TEST_F(ProducerTest, HasNoRouteWhereNothingMayBeWritten) {
    cluster.topic("orders", 2, protocol::perm::read);
    make();
    EXPECT_EQ(sent().status, SendStatus::no_route);
}

TEST_F(ProducerTest, RefusesWhatNoBrokerWouldTake) {
    make();
    send("orders", "");
    cluster.world.settle();
    EXPECT_EQ(outcomes.back()->status, SendStatus::rejected);
    EXPECT_EQ(outcomes.back()->code, static_cast<std::int32_t>(ResponseCode::message_illegal));
    EXPECT_EQ(outcomes.back()->tries, 0);
}

TEST_F(ProducerTest, TriesAnotherBrokerAfterARetriableCode) {
    make();
    for (int i = 0; i < 8; ++i) {
        std::vector<std::string> tried;
        for (auto& broker : cluster.brokers)
            broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
                if (!std::holds_alternative<SendMessageRequest>(frame.payload)) return false;
                tried.push_back(broker->name);
                if (tried.size() > 1) return false;
                broker->respond(id, frame.opaque, ResponseCode::service_not_available);
                return true;
            };
        const Outcome outcome = sent();
        EXPECT_EQ(outcome.status, SendStatus::ok);
        EXPECT_EQ(outcome.tries, 2);
        ASSERT_EQ(tried.size(), 2U);
        EXPECT_NE(tried[0], tried[1]);
    }
}

TEST_F(ProducerTest, GivesUpAfterThreeTries) {
    make();
    all_answer(ResponseCode::system_busy);
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::rejected);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.tries, 3);
    EXPECT_EQ(requests(), 3U);
}

TEST_F(ProducerTest, DoesNotRetryOtherCodes) {
    make();
    all_answer(ResponseCode::message_illegal);
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::rejected);
    EXPECT_EQ(outcome.code, 13);
    EXPECT_EQ(requests(), 1U);
}

TEST_F(ProducerTest, TakesDoubtfulAnswersAsStoredUnlessToldOtherwise) {
    make();
    all_answer(ResponseCode::flush_disk_timeout);
    EXPECT_EQ(sent().status, SendStatus::flush_disk_timeout);
    EXPECT_EQ(requests(), 1U);

    ClientConfig config;
    config.retryAnotherBrokerWhenNotStoreOK = true;
    make(SendMode::sync, config);
    all_answer(ResponseCode::slave_not_available);
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::slave_not_available);
    EXPECT_EQ(outcome.tries, 3);
}

TEST_F(ProducerTest, EndsAtTheTimeoutAndIgnoresLateAnswers) {
    make();
    std::vector<std::function<void()>> late;
    for (auto& broker : cluster.brokers)
        broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
            if (!std::holds_alternative<SendMessageRequest>(frame.payload)) return false;
            late.emplace_back([&broker = *broker, id, opaque = frame.opaque] {
                broker.respond(id, opaque, ResponseCode::success, protocol::SendMessageResponse{});
            });
            return true;
        };
    const MonoTime begin = cluster.world.now();
    send();
    cluster.world.run_for(ms(2'999));
    EXPECT_FALSE(outcomes[0].has_value());
    cluster.world.run_for(ms(1));
    ASSERT_TRUE(outcomes[0].has_value());
    EXPECT_EQ(outcomes[0]->status, SendStatus::timed_out);
    EXPECT_EQ(outcomes[0]->at - begin, s(3));
    EXPECT_EQ(outcomes[0]->tries, 1);
    for (auto& answer : late) answer();
    cluster.world.run_for(s(10));
    EXPECT_EQ(producer->under_way(), 0U);
}

TEST_F(ProducerTest, SharesTheTimeoutAmongItsTries) {
    make();
    int tries = 0;
    for (auto& broker : cluster.brokers)
        broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
            if (!std::holds_alternative<SendMessageRequest>(frame.payload)) return false;
            ++tries;
            cluster.clock.after(s(2), [&broker = *broker, id, opaque = frame.opaque] {
                broker.respond(id, opaque, ResponseCode::system_error);
            });
            return true;
        };
    const MonoTime begin = cluster.world.now();
    send();
    cluster.world.run_for(s(20));
    EXPECT_EQ(tries, 2);
    EXPECT_EQ(outcomes[0]->status, SendStatus::timed_out);
    EXPECT_EQ(outcomes[0]->at - begin, s(3));
}

TEST_F(ProducerTest, IsUnreachedWhenABrokerIsGoneAndFindsTheOther) {
    make();
    sent();
    cluster.brokers[0].reset();
    cluster.world.kill("broker-0");
    cluster.world.settle();
    for (int i = 0; i < 4; ++i) {
        const Outcome outcome = sent();
        EXPECT_EQ(outcome.status, SendStatus::ok);
        EXPECT_THAT(outcome.queue, ::testing::StartsWith("orders@broker-1"));
    }
    cluster.brokers[1].reset();
    cluster.world.kill("broker-1");
    cluster.world.settle();
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::unreachable);
    EXPECT_EQ(outcome.tries, 3);
}

TEST_F(ProducerTest, DoesNotRetryAnAnsweredErrorWhenAsync) {
    make(SendMode::async);
    all_answer(ResponseCode::system_error);
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::rejected);
    EXPECT_EQ(outcome.tries, 1);
}

TEST_F(ProducerTest, KeepsTheQueueIdWhenItRetriesAsync) {
    for (auto& server : cluster.name_servers) server->routes["orders"].queues[0].write_queue_nums = 8;
    make(SendMode::async);
    cluster.brokers[0]->intercept = [&](ConnectionId, const protocol::Frame& frame) {
        const auto* request = std::get_if<SendMessageRequest>(&frame.payload);
        if (request == nullptr || request->queue_id != 7) return false;
        cluster.brokers[0]->close_all();
        return true;
    };
    std::set<std::string> queues;
    for (int i = 0; i < 10; ++i) queues.insert(sent().queue);
    EXPECT_TRUE(queues.contains("orders@broker-1:7")) << "a queue that only the other broker has";
    std::set<std::int32_t> ids;
    for (const auto& request : cluster.brokers[1]->got<SendMessageRequest>()) ids.insert(request.queue_id);
    EXPECT_TRUE(ids.contains(7));
}

TEST_F(ProducerTest, AvoidsASlowBrokerIfToldTo) {
    ClientConfig config;
    config.sendLatencyEnable = true;
    make(SendMode::sync, config);
    sent();
    cluster.brokers[0]->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        if (!std::holds_alternative<SendMessageRequest>(frame.payload)) return false;
        cluster.clock.after(ms(600), [&, id, opaque = frame.opaque] {
            cluster.brokers[0]->respond(id, opaque, ResponseCode::success, protocol::SendMessageResponse{});
        });
        return true;
    };
    while (cluster.brokers[0]->got<SendMessageRequest>().size() < 2) {
        send();
        cluster.world.run_for(ms(700));
    }
    const std::size_t before = cluster.brokers[0]->got<SendMessageRequest>().size();
    for (int i = 0; i < 12; ++i) {
        send();
        cluster.world.run_for(ms(100));
    }
    EXPECT_EQ(cluster.brokers[0]->got<SendMessageRequest>().size(), before) << "600 ms mean two seconds of rest";
    cluster.world.run_for(s(1));
    for (int i = 0; i < 4; ++i) send();
    cluster.world.run_for(s(1));
    EXPECT_GT(cluster.brokers[0]->got<SendMessageRequest>().size(), before);
}

TEST_F(ProducerTest, FollowsAChangedRouteWithinThirtySeconds) {
    make();
    sent();
    cluster.topic("orders", 3);
    cluster.world.run_for(s(31));
    std::set<std::string> queues;
    for (int i = 0; i < 12; ++i) queues.insert(sent().queue);
    EXPECT_EQ(queues.size(), 6U);
}

TEST_F(ProducerTest, SendsHeartbeatsEveryThirtySecondsAndSaysGoodbye) {
    make();
    sent();
    cluster.world.run_for(s(62));
    const auto beats = cluster.brokers[0]->times_of<protocol::HeartbeatRequest>();
    ASSERT_EQ(beats.size(), 4U);
    EXPECT_EQ(beats[0].time_since_epoch(), s(0)) << "on the connection that the first send opened";
    EXPECT_EQ(beats[1].time_since_epoch(), s(1));
    EXPECT_EQ(beats[2].time_since_epoch(), s(31));
    EXPECT_EQ(beats[3].time_since_epoch(), s(61));
    EXPECT_THAT(cluster.brokers[0]->got<protocol::HeartbeatRequest>()[0].data->producer_groups, ElementsAre("shop"));
    bool done = false;
    producer->shutdown([&] { done = true; });
    cluster.world.settle();
    EXPECT_TRUE(done);
    ASSERT_EQ(cluster.brokers[0]->got<protocol::UnregisterClientRequest>().size(), 1U);
    EXPECT_EQ(cluster.brokers[0]->got<protocol::UnregisterClientRequest>()[0].producer_group, "shop");
    EXPECT_EQ(sent().status, SendStatus::unreachable);
}

TEST_F(ProducerTest, EndsEverySendAtAShutdown) {
    make();
    sent();
    for (auto& broker : cluster.brokers)
        broker->intercept = [](ConnectionId, const protocol::Frame& frame) {
            return std::holds_alternative<SendMessageRequest>(frame.payload);
        };
    for (int i = 0; i < 5; ++i) send();
    send("unknown");
    producer->shutdown([] {});
    cluster.world.settle();
    for (const auto& outcome : outcomes) EXPECT_TRUE(outcome.has_value());
    EXPECT_EQ(producer->under_way(), 0U);
}

TEST_F(ProducerTest, AsksAnotherNameServerWhenItsOwnDies) {
    make();
    sent();
    const int own = cluster.name_servers[0]->asked.empty() ? 1 : 0;
    const auto other = static_cast<std::size_t>(1 - own);
    EXPECT_TRUE(cluster.name_servers[other]->asked.empty()) << "one is asked as long as it lives";
    cluster.name_servers[static_cast<std::size_t>(own)].reset();
    cluster.world.kill("namesrv/" + std::to_string(own));
    cluster.world.settle();
    cluster.name_servers[other]->routes["fresh"] = cluster.name_servers[other]->routes["orders"];
    EXPECT_EQ(sent("fresh").status, SendStatus::ok);
}

/// What a broker does with a send.
enum class Mood { stores, stores_silently, busy, illegal, silent, closes };

RC_GTEST_FIXTURE_PROP(ProducerTest, EverySendHasExactlyOneOutcomeInTime, ()) {
    const auto moods = *rc::gen::container<std::vector<Mood>>(
        60,
        rc::gen::element(Mood::stores, Mood::stores_silently, Mood::busy, Mood::illegal, Mood::silent, Mood::closes));
    make(*rc::gen::element(SendMode::sync, SendMode::async));
    std::size_t next = 0;
    for (auto& broker : cluster.brokers)
        broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
            const auto* request = std::get_if<SendMessageRequest>(&frame.payload);
            if (request == nullptr) return false;
            switch (moods[next++ % moods.size()]) {
                case Mood::stores:
                    return false;
                case Mood::stores_silently:
                    broker->append(request->topic.str(), request->queue_id, "x");
                    return true;
                case Mood::busy:
                    broker->respond(id, frame.opaque, ResponseCode::system_busy);
                    return true;
                case Mood::illegal:
                    broker->respond(id, frame.opaque, ResponseCode::message_illegal);
                    return true;
                case Mood::silent:
                    return true;
                case Mood::closes:
                    broker->close_all();
                    return true;
            }
            return false;
        };
    std::vector<MonoTime> begun;
    for (int i = 0; i < 40; ++i) {
        begun.push_back(cluster.world.now());
        send();
        cluster.world.run_for(ms(*rc::gen::inRange(0, 700)));
    }
    cluster.world.run_for(s(10));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        RC_ASSERT(outcomes[i].has_value());
        RC_ASSERT(outcomes[i]->at - begun[i] <= s(5));
        RC_ASSERT(outcomes[i]->tries >= 1 && outcomes[i]->tries <= 3);
        if (outcomes[i]->status == SendStatus::ok) RC_ASSERT(outcomes[i]->offset >= 0);
    }
    RC_ASSERT(producer->under_way() == 0U);
}

}  // namespace
}  // namespace brokersim::client::testing
