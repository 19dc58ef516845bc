#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/client/producer_world.h"

namespace brokersim::client::testing {
namespace {

using protocol::ResponseCode;
using protocol::SendMessageRequest;

class ProducerRetryTest : public ProducerWorld {};

TEST_F(ProducerRetryTest, TriesAnotherBrokerAfterARetriableCode) {
    make();
    for (int i = 0; i < 8; ++i) {
        std::vector<std::string> tried;
        for (auto& broker : cluster.brokers)
            broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
                if (!holds_alternative<SendMessageRequest>(frame.payload)) return false;
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

TEST_F(ProducerRetryTest, GivesUpAfterThreeTries) {
    make();
    all_answer(ResponseCode::system_busy);
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::rejected);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.tries, 3);
    EXPECT_EQ(requests(), 3U);
}

TEST_F(ProducerRetryTest, DoesNotRetryOtherCodes) {
    make();
    all_answer(ResponseCode::message_illegal);
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::rejected);
    EXPECT_EQ(outcome.code, 13);
    EXPECT_EQ(requests(), 1U);
}

TEST_F(ProducerRetryTest, TakesDoubtfulAnswersAsStoredUnlessToldOtherwise) {
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

TEST_F(ProducerRetryTest, EndsAtTheTimeoutAndIgnoresLateAnswers) {
    make();
    std::vector<std::function<void()>> late;
    for (auto& broker : cluster.brokers)
        broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
            if (!holds_alternative<SendMessageRequest>(frame.payload)) return false;
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

TEST_F(ProducerRetryTest, SharesTheTimeoutAmongItsTries) {
    make();
    int tries = 0;
    for (auto& broker : cluster.brokers)
        broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
            if (!holds_alternative<SendMessageRequest>(frame.payload)) return false;
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

TEST_F(ProducerRetryTest, IsUnreachedWhenABrokerIsGoneAndFindsTheOther) {
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

TEST_F(ProducerRetryTest, DoesNotRetryAnAnsweredErrorWhenAsync) {
    make(SendMode::async);
    all_answer(ResponseCode::system_error);
    const Outcome outcome = sent();
    EXPECT_EQ(outcome.status, SendStatus::rejected);
    EXPECT_EQ(outcome.tries, 1);
}

TEST_F(ProducerRetryTest, KeepsTheQueueIdWhenItRetriesAsync) {
    for (auto& server : cluster.name_servers) server->routes["orders"].queues[0].write_queue_nums = 8;
    make(SendMode::async);
    cluster.brokers[0]->intercept = [&](ConnectionId, const protocol::Frame& frame) {
        const auto* request = get_if<SendMessageRequest>(&frame.payload);
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

TEST_F(ProducerRetryTest, AvoidsASlowBrokerIfToldTo) {
    ClientConfig config;
    config.sendLatencyEnable = true;
    make(SendMode::sync, config);
    sent();
    cluster.brokers[0]->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        if (!holds_alternative<SendMessageRequest>(frame.payload)) return false;
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

/// What a broker does with a send.
enum class Mood { stores, stores_silently, busy, illegal, silent, closes };

RC_GTEST_FIXTURE_PROP(ProducerRetryTest, EverySendHasExactlyOneOutcomeInTime, ()) {
    const auto moods = *rc::gen::container<std::vector<Mood>>(
        60,
        rc::gen::element(Mood::stores, Mood::stores_silently, Mood::busy, Mood::illegal, Mood::silent, Mood::closes));
    make(*rc::gen::element(SendMode::sync, SendMode::async));
    std::size_t next = 0;
    for (auto& broker : cluster.brokers)
        broker->intercept = [&](ConnectionId id, const protocol::Frame& frame) {
            const auto* request = get_if<SendMessageRequest>(&frame.payload);
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
