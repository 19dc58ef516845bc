#include "core/client/push_consumer.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/client/fake_cluster.h"

namespace brokersim::client::testing {
namespace {

using protocol::PullMessageRequest;
using protocol::ResponseCode;
using protocol::UpdateConsumerOffsetRequest;
using ::testing::ElementsAre;

std::string text(std::span<const std::byte> bytes) {
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

    void consume(const ConsumeContext& context, std::span<const ReceivedMessage> messages,
                 Callback<void(ConsumeStatus)> done) override {
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

class PushConsumerTest : public ::testing::Test {
protected:
    explicit PushConsumerTest(int brokers = 1) : cluster(brokers) {
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

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> all;
    for (std::int64_t i = begin; i < end; ++i) all.push_back(i);
    return all;
}

TEST_F(PushConsumerTest, ConsumesEachQueueInOrder) {
    append(100, 0);
    append(50, 1);
    start();
    run(s(3));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(0, 100));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:1"), range(0, 50));
    EXPECT_EQ(handler().calls[0].bodies, std::vector<std::string>{"m0"});
    EXPECT_EQ(handler().last_topic, "orders");
}

TEST_F(PushConsumerTest, GetsNewMessagesFromHeldPullsAtOnce) {
    start();
    run(s(5));
    append(1);
    cluster.world.settle();
    EXPECT_EQ(handler().calls.size(), 1U);
}

TEST_F(PushConsumerTest, BeginsToPullHalfASecondAfterTakingAQueue) {
    start();
    run(s(3));
    const auto owned = cluster.notes_of<note::Owned>(node(0));
    ASSERT_EQ(owned.size(), 2U);
    const auto pulls = broker().times_of<PullMessageRequest>();
    ASSERT_EQ(pulls.size(), 2U);
    const auto queries = broker().times_of<protocol::QueryConsumerOffsetRequest>();
    EXPECT_EQ(pulls[0] - queries[0], ms(500));
    EXPECT_EQ(queries[0].time_since_epoch(), s(1)) << "the first run waits a second from the start";
}

TEST_F(PushConsumerTest, AsksForWhatTheRealOneAsksFor) {
    append(1);
    start();
    run(s(3));
    const auto pulls = broker().got<PullMessageRequest>();
    ASSERT_GE(pulls.size(), 3U);
    EXPECT_EQ(pulls[0].max_msg_nums, 32);
    EXPECT_EQ(pulls[0].max_msg_bytes, 262'144);
    EXPECT_EQ(pulls[0].suspend_timeout_ms, 15'000);
    EXPECT_EQ(pulls[0].sys_flag, protocol::pull_flag::suspend) << "no position to commit yet";
    EXPECT_EQ(pulls[0].subscription, "");
    append(1);
    cluster.world.settle();
    const auto last = broker().got<PullMessageRequest>().back();
    EXPECT_EQ(last.sys_flag, protocol::pull_flag::suspend | protocol::pull_flag::commit_offset);
    EXPECT_EQ(last.commit_offset, 2) << "the message of the last answer was handled before this pull left";
}

TEST_F(PushConsumerTest, CommitsTheFirstUnfinishedOffset) {
    append(5);
    start();
    handler().by_hand = true;
    run(s(3));
    ASSERT_EQ(handler().calls.size(), 5U);
    handler().finish(1);
    handler().finish(2);
    run(s(5));
    EXPECT_FALSE(committed().has_value() && *committed() > 0);
    handler().finish(0);
    run(s(5));
    EXPECT_EQ(committed(), 3);
    handler().finish(3);
    handler().finish(4);
    run(s(5));
    EXPECT_EQ(committed(), 5);
}

TEST_F(PushConsumerTest, CommitsEveryFiveSecondsFromTheTenthOn) {
    append(1);
    start();
    run(s(21));
    std::vector<MonoTime> times;
    for (const auto& [at, payload] : broker().requests)
        if (const auto* update = std::get_if<UpdateConsumerOffsetRequest>(&payload);
            update != nullptr && update->topic == "orders" && update->queue_id == 0)
            times.push_back(at);
    ASSERT_EQ(times.size(), 3U);
    EXPECT_EQ(times[0].time_since_epoch(), s(10));
    EXPECT_EQ(times[1].time_since_epoch(), s(15));
}

TEST_F(PushConsumerTest, HandlesTwentyMessagesAtATime) {
    append(100);
    start();
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(handler().running, 20);
    for (std::size_t i = 0; i < 100; ++i) {
        cluster.world.settle();
        handler().finish(i);
    }
    cluster.world.settle();
    EXPECT_EQ(handler().calls.size(), 100U);
    EXPECT_EQ(handler().most_running, 20);
}

TEST_F(PushConsumerTest, HandsOverBatchesThatNeverSpanTwoPulls) {
    options.config.consumeMessageBatchMaxSize = 10;
    append(45);
    start();
    run(s(3));
    std::vector<std::size_t> sizes;
    for (const auto& call : handler().calls) sizes.push_back(call.offsets.size());
    EXPECT_THAT(sizes, ElementsAre(10, 10, 10, 2, 10, 3));
    run(s(20));
    EXPECT_EQ(committed(), 45);
}

TEST_F(PushConsumerTest, HoldsPullsBackBeyondAThousandMessages) {
    append(3000);
    start();
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(consumers[0]->cached(), 1024) << "32 at a time, until more than 1000 are there";
    const auto held_back = cluster.notes_of<note::Counted>(node(0)).size();
    EXPECT_GE(held_back, 20U);
    for (std::size_t i = 0; i < 24; ++i) {
        handler().finish(i);
        cluster.world.settle();
    }
    run(ms(50));
    EXPECT_EQ(consumers[0]->cached(), 1032) << "1000 are not more than 1000";
}

TEST_F(PushConsumerTest, HoldsPullsBackWhenOffsetsSpreadTooFar) {
    append(4000);
    start();
    handler().by_hand = true;
    run(s(3));
    for (std::size_t i = 1; i <= 1500; ++i) {
        if (i >= handler().calls.size()) run(ms(60));
        handler().finish(i);
        cluster.world.settle();
    }
    run(s(1));
    EXPECT_EQ(consumers[0]->cached(), 2016 - 1500) << "the 63rd pull brings an offset beyond 2000";
    handler().finish(0);
    run(s(1));
    EXPECT_GT(consumers[0]->cached(), 1000);
}

TEST_F(PushConsumerTest, SharesATopicsThresholdAmongQueues) {
    options.config.pullThresholdForTopic = 100;
    append(500, 0);
    append(500, 1);
    start();
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(consumers[0]->cached(), 128) << "64 of each: more than 50";
}

TEST_F(PushConsumerTest, WaitsASecondAfterAFailedPull) {
    bool fail = true;
    broker().intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        if (!fail || !std::holds_alternative<PullMessageRequest>(frame.payload)) return false;
        broker().respond(id, frame.opaque, ResponseCode::system_error);
        return true;
    };
    append(1);
    start();
    run(ms(3'600));
    std::vector<MonoTime> times = broker().times_of<PullMessageRequest>();
    ASSERT_GE(times.size(), 4U);
    EXPECT_EQ(times[2] - times[0], s(1));
    fail = false;
    run(s(1));
    EXPECT_EQ(handler().calls.size(), 1U);
}

TEST_F(PushConsumerTest, PullsAgainTwentyMillisecondsAfterFlowControl) {
    broker().intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        const auto* pull = std::get_if<PullMessageRequest>(&frame.payload);
        if (pull == nullptr || pull->queue_id != 0) return false;
        broker().respond(id, frame.opaque, static_cast<ResponseCode>(215));
        return true;
    };
    start();
    run(s(2));
    std::vector<MonoTime> times;
    for (const auto& [at, payload] : broker().requests)
        if (const auto* pull = std::get_if<PullMessageRequest>(&payload); pull != nullptr && pull->queue_id == 0)
            times.push_back(at);
    ASSERT_GE(times.size(), 3U);
    EXPECT_EQ(times[1] - times[0], ms(20));
}

TEST_F(PushConsumerTest, TakesAQueueAgainWhereTheBrokerSays) {
    append(100);
    broker().min_offsets[{"orders", 0}] = 40;
    start();
    run(s(2));
    EXPECT_EQ(handler().calls.size(), 0U);
    const auto revoked = cluster.notes_of<note::Revoked>(node(0));
    ASSERT_EQ(revoked.size(), 1U);
    EXPECT_EQ(committed(), 40);
    run(s(2));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(40, 100));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
}

TEST_F(PushConsumerTest, MovesThePositionOverFilteredMessages) {
    options.subscriptions = {{"orders", "A || B"}};
    broker().append("orders", 0, "1", "TAGS\1A\2");
    broker().append("orders", 0, "2", "TAGS\1C\2");
    broker().append("orders", 0, "3", "TAGS\1B\2");
    broker().append("orders", 0, "4");
    start();
    run(s(3));
    EXPECT_THAT(handler().offsets_of("orders@broker-0:0"), ElementsAre(0, 2));
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 3) << "one past the last that was wanted";
    run(s(15));
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 4) << "a pull that found nothing settles the rest";
}

TEST_F(PushConsumerTest, HandsAMessageOverAgainFiveSecondsAfterAFailure) {
    append(2);
    start();
    handler().by_hand = true;
    run(s(3));
    handler().finish(0, ConsumeStatus::later);
    handler().finish(1);
    run(ms(4'999));
    EXPECT_EQ(handler().calls.size(), 2U);
    run(ms(1));
    ASSERT_EQ(handler().calls.size(), 3U);
    EXPECT_THAT(handler().calls[2].offsets, ElementsAre(0));
    EXPECT_EQ(handler().last_reconsume_times, 1);
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 0);
    handler().finish(2);
    EXPECT_EQ(consumers[0]->position({"orders", "broker-0", 0}), 2);
}

TEST_F(PushConsumerTest, BeginsAtTheStoredOffset) {
    append(10);
    broker().offsets[{"billing", {"orders", 0}}] = 7;
    start();
    run(s(3));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(7, 10));
}

TEST_F(PushConsumerTest, BeginsAtTheEndIfNothingIsStoredAndSaysNothingUntilItKnows) {
    options.config.consumeFromWhere = "CONSUME_FROM_LAST_OFFSET";
    append(10);
    start();
    run(s(12));
    EXPECT_EQ(handler().calls.size(), 0U);
    EXPECT_FALSE(committed().has_value()) << "nothing was handled, no pull was answered";
    run(s(10));
    EXPECT_EQ(committed(), 10) << "a held pull came back empty";
    append(1);
    cluster.world.settle();
    EXPECT_THAT(handler().offsets_of("orders@broker-0:0"), ElementsAre(10));
}

TEST_F(PushConsumerTest, LeavesAQueueOutWhosePositionCannotBeReadAndTriesAgainInASecond) {
    int refusals = 3;
    broker().intercept = [&](ConnectionId id, const protocol::Frame& frame) {
        const auto* query = std::get_if<protocol::QueryConsumerOffsetRequest>(&frame.payload);
        if (query == nullptr || query->queue_id != 1 || refusals-- <= 0) return false;
        broker().respond(id, frame.opaque, ResponseCode::system_error);
        return true;
    };
    start();
    run(ms(3'900));
    EXPECT_EQ(consumers[0]->owned().size(), 1U);
    run(ms(200));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
}

TEST_F(PushConsumerTest, SharesQueuesWithOthersAfterANotification) {
    append(200, 0);
    append(200, 1);
    start(0);
    run(s(5));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
    start(1);
    run(s(2));
    ASSERT_EQ(consumers[0]->owned().size(), 1U);
    ASSERT_EQ(consumers[1]->owned().size(), 1U);
    EXPECT_NE(consumers[0]->owned(), consumers[1]->owned());
}

TEST_F(PushConsumerTest, TakesOverTheQueuesOfAKilledConsumer) {
    start(0);
    start(1);
    run(s(5));
    append(20, 0);
    append(20, 1);
    run(s(1));
    kill(1);
    run(s(2));
    EXPECT_EQ(consumers[0]->owned().size(), 2U) << "its connection broke, the broker told the rest";
    std::size_t handled = 0;
    for (const auto& [index, handler] : handlers) handled += handler->calls.size();
    run(s(1));
    EXPECT_GE(handled, 40U);
}

TEST_F(PushConsumerTest, FindsOutWithinTwentySecondsIfNobodyTells) {
    broker().notifies = false;
    start(0);
    run(s(5));
    broker().extra_members["billing"].insert("zzz");
    run(s(15));
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
    run(s(2));
    EXPECT_EQ(consumers[0]->owned().size(), 1U);
}

TEST_F(PushConsumerTest, RebalancesOnceASecondHoweverOftenItIsWoken) {
    start();
    run(s(5));
    const std::size_t before = cluster.notes_of<note::Rebalanced>(node(0)).size();
    for (int i = 0; i < 100; ++i) {
        broker().notify("billing");
        run(ms(50));
    }
    const std::size_t runs = cluster.notes_of<note::Rebalanced>(node(0)).size() - before;
    EXPECT_GE(runs, 5U);
    EXPECT_LE(runs, 6U);
}

TEST_F(PushConsumerTest, RebalancesEveryTwentySecondsWhenAllIsQuiet) {
    start();
    run(s(3));
    const std::size_t before = cluster.notes_of<note::Rebalanced>(node(0)).size();
    run(s(60));
    EXPECT_EQ(cluster.notes_of<note::Rebalanced>(node(0)).size() - before, 3U);
}

TEST_F(PushConsumerTest, SendsAHeartbeatWithANewVersionWhenItsQueuesChange) {
    start();
    run(ms(1'200));
    const auto beats = broker().got<protocol::HeartbeatRequest>();
    ASSERT_GE(beats.size(), 2U);
    const auto& subscriptions = beats.back().data->consumers[0].subscriptions;
    ASSERT_EQ(subscriptions.size(), 2U);
    EXPECT_EQ(subscriptions[0].topic, "%RETRY%billing");
    EXPECT_GT(subscriptions[1].sub_version, beats.front().data->consumers[0].subscriptions[1].sub_version);
    run(s(1));
    EXPECT_EQ(broker().got<PullMessageRequest>().back().sub_version, subscriptions[1].sub_version);
}

TEST_F(PushConsumerTest, IgnoresResultsOfQueuesThatItLost) {
    append(10, 0);
    append(10, 1);
    start(0);
    handler().by_hand = true;
    run(s(3));
    EXPECT_EQ(handler().running, 20);
    start(1);
    run(s(3));
    ASSERT_EQ(consumers[0]->owned().size(), 1U);
    const auto kept = protocol::queue_name(consumers[0]->owned()[0]);
    const auto lost = protocol::queue_name(consumers[1]->owned()[0]);
    EXPECT_EQ(handler(1).offsets_of(lost), range(0, 10)) << "handled twice: the first owner has not finished";
    for (std::size_t i = 0; i < 20; ++i) handler().finish(i);
    const auto ignored = cluster.notes_of<note::Counted>(node(0));
    EXPECT_EQ(std::count_if(
                  ignored.begin(), ignored.end(),
                  [&](const note::Counted& one) { return cluster.world.text(one.what) == "consumer.ignored_results"; }),
              10);
    EXPECT_EQ(consumers[0]->position(consumers[0]->owned()[0]), 10) << kept;
}

TEST_F(PushConsumerTest, PersistsThePositionOfAQueueThatItGivesUp) {
    append(10, 0);
    append(10, 1);
    start(0);
    run(s(3));
    const std::size_t before = broker().got<UpdateConsumerOffsetRequest>().size();
    broker().extra_members["billing"].insert("zzz");
    broker().notify("billing");
    run(s(2));
    const auto updates = broker().got<UpdateConsumerOffsetRequest>();
    ASSERT_EQ(updates.size(), before + 1);
    EXPECT_EQ(updates.back().commit_offset, 10);
}

TEST_F(PushConsumerTest, GivesUpAQueueWithoutPullsAndTakesItAgain) {
    bool silent = false;
    broker().intercept = [&](ConnectionId, const protocol::Frame& frame) {
        return silent && std::holds_alternative<PullMessageRequest>(frame.payload);
    };
    options.config.pull_max_idle_time = Millis(20'000);
    start();
    run(s(3));
    silent = true;
    run(s(45));
    EXPECT_GE(cluster.notes_of<note::Revoked>(node(0)).size(), 2U);
    EXPECT_EQ(consumers[0]->owned().size(), 2U);
}

TEST_F(PushConsumerTest, ConsumesItsRetryTopicOnceThereIsARoute) {
    start();
    run(s(3));
    cluster.topic("%RETRY%billing", 1);
    broker().append("%RETRY%billing", 0, "again", "RETRY_TOPIC\1orders\2");
    run(s(55));
    EXPECT_EQ(consumers[0]->owned().size(), 3U);
    EXPECT_EQ(handler().offsets_of("%RETRY%billing@broker-0:0"), range(0, 1));
    EXPECT_EQ(handler().last_topic, "orders") << "as the listener shall see it";
}

TEST_F(PushConsumerTest, RegistersAnewWhenABrokerForgotIt) {
    append(5);
    start();
    run(s(5));
    const std::size_t beats = broker().got<protocol::HeartbeatRequest>().size();
    broker().members.clear();
    broker().close_all();
    run(ms(1'100));
    EXPECT_GT(broker().got<protocol::HeartbeatRequest>().size(), beats) << "the pull's connection brought a heartbeat";
    EXPECT_EQ(broker().members["billing"].size(), 1U);
}

TEST_F(PushConsumerTest, CommitsAndSaysGoodbyeAtAShutdown) {
    append(10);
    start();
    run(s(3));
    bool done = false;
    consumers[0]->shutdown([&] { done = true; });
    cluster.world.settle();
    EXPECT_TRUE(done);
    EXPECT_EQ(committed(), 10);
    EXPECT_EQ(broker().got<protocol::UnregisterClientRequest>().back().consumer_group, "billing");
    EXPECT_TRUE(broker().members["billing"].empty());
    EXPECT_EQ(cluster.notes_of<note::Revoked>(node(0)).size(), 2U);
    append(5);
    run(s(30));
    EXPECT_EQ(handler().calls.size(), 10U);
}

TEST_F(PushConsumerTest, WaitsForHandlersAtAShutdownAsLongAsItIsTold) {
    options.config.awaitTerminationMillisWhenShutdown = Millis(2'000);
    append(30);
    start();
    handler().by_hand = true;
    run(s(3));
    bool done = false;
    consumers[0]->shutdown([&] { done = true; });
    run(s(1));
    EXPECT_FALSE(done);
    for (std::size_t i = 0; i < 20; ++i) handler().finish(i);
    cluster.world.settle();
    EXPECT_TRUE(done);
    EXPECT_EQ(handler().calls.size(), 20U) << "none of the waiting ones was begun";
    EXPECT_EQ(committed(), 20);
}

TEST_F(PushConsumerTest, StandsADoneThatComesAfterItsLife) {
    append(1);
    start();
    handler().by_hand = true;
    run(s(3));
    auto done = std::move(handler().calls[0].done);
    kill(0);
    done(ConsumeStatus::success);
}

TEST_F(PushConsumerTest, KnowsItsClientIdFromAddressAndLife) {
    EXPECT_TRUE(start(0).client_id().starts_with("10.0.0.1@"));
    const std::string first = consumers[0]->client_id();
    kill(0);
    EXPECT_NE(start(0).client_id(), first);
}

TEST_F(PushConsumerTest, SurvivesABrokerThatIsSilent) {
    append(3, 0);
    start();
    bool silent = false;
    broker().intercept = [&](ConnectionId, const protocol::Frame&) { return silent; };
    run(s(3));
    silent = true;
    append(3, 0);
    run(s(100));
    silent = false;
    run(s(40));
    EXPECT_EQ(handler().offsets_of("orders@broker-0:0"), range(0, 6));
}

/// Whatever the results and the batch size, all is handled, and what is committed was handled.
RC_GTEST_FIXTURE_PROP(PushConsumerTest, LosesNothingAndCommitsNothingEarly, ()) {
    options.config.consumeMessageBatchMaxSize = *rc::gen::inRange(1, 5);
    options.config.consumeThreadMin = *rc::gen::inRange(1, 6);
    options.config.pullBatchSize = *rc::gen::inRange(1, 40);
    const int count = *rc::gen::inRange(1, 60);
    append(count);
    start();
    handler().by_hand = true;
    run(s(2));
    std::set<std::int64_t> done;
    for (int step = 0; step < 400 && done.size() < static_cast<std::size_t>(count); ++step) {
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < handler().calls.size(); ++i)
            if (handler().calls[i].done) open.push_back(i);
        if (open.empty()) {
            run(s(1));
            continue;
        }
        const std::size_t which = open[*rc::gen::inRange<std::size_t>(0, open.size())];
        const auto status =
            *rc::gen::weightedElement<ConsumeStatus>({{5, ConsumeStatus::success}, {1, ConsumeStatus::later}});
        if (status == ConsumeStatus::success)
            done.insert(handler().calls[which].offsets.begin(), handler().calls[which].offsets.end());
        handler().finish(which, status);
        cluster.world.settle();
        const std::int64_t position = consumers[0]->position({"orders", "broker-0", 0});
        for (std::int64_t offset = 0; offset < position; ++offset) RC_ASSERT(done.contains(offset));
    }
    RC_ASSERT(done.size() == static_cast<std::size_t>(count));
    RC_ASSERT(consumers[0]->position({"orders", "broker-0", 0}) == count);
    RC_ASSERT(consumers[0]->cached() == 0);
    RC_ASSERT(handler().most_running <= options.config.consumeThreadMin);
}

}  // namespace
}  // namespace brokersim::client::testing
