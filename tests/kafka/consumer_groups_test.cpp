#include "core/kafka/consumer_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/kafka/queue_names.h"
#include "tests/kafka/group_world.h"

/// The coordinator's side of the consumer protocol, heartbeat by heartbeat.
namespace brokersim::kafka::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

using Beat = ConsumerGroupHeartbeatRequest;
using Answer = ConsumerGroupHeartbeatResponse;

IdPartitions parts(std::initializer_list<std::int32_t> numbers) {
    IdPartitions partitions;
    for (const std::int32_t number : numbers) partitions.push_back({topic_id("orders@broker-0"), number});
    return partitions;
}

/// Member ids C0, C1, C2 stand in this order before the uniform assignor.
struct ConsumerGroupBeats : ::testing::Test {
    explicit ConsumerGroupBeats(CoordinatorConfig config = {}) : cluster(1, std::move(config)), client(cluster, 1) {
        cluster.queues["orders"] = 8;
    }

    static Beat joining(const std::string& id, const std::string& instance = {}) {
        Beat beat;
        beat.group = "g";
        beat.member_id = id;
        beat.instance_id = instance;
        beat.rebalance_timeout_ms = 60'000;
        beat.topics = {"orders"};
        beat.owned.emplace();
        return beat;
    }
    static Beat beating(const std::string& id, std::int32_t epoch, std::optional<IdPartitions> owned = {}) {
        Beat beat;
        beat.group = "g";
        beat.member_id = id;
        beat.member_epoch = epoch;
        beat.owned = std::move(owned);
        return beat;
    }
    Answer ask(Beat beat) { return client.ask<Answer>(std::move(beat)); }
    Error error_of(Beat beat) { return ask(std::move(beat)).error; }
    void run(Duration time) { cluster.world.run_for(time); }
    const ConsumerGroup& group() { return *cluster.consumer_group("g"); }
    const MemberAssigned& has(const std::string& id) { return group().find(id)->has; }
    /// C0 and C1 with four partitions each, in epoch 2.
    void two_members() {
        ask(joining("C0"));
        ask(joining("C1"));
        ask(beating("C0", 1));
        ask(beating("C0", 1, parts({0, 1, 2, 3})));
        EXPECT_EQ(ask(beating("C1", 2)).assignment, parts({4, 5, 6, 7}));
        EXPECT_EQ(group().state(), ConsumerGroup::State::stable);
    }

    Cluster cluster;
    RawClient client;
};

TEST_F(ConsumerGroupBeats, first_member_gets_everything_at_once) {
    const Answer answer = ask(joining(""));
    EXPECT_EQ(answer.error, Error::none);
    EXPECT_THAT(answer.member_id, SizeIs(22));
    EXPECT_EQ(answer.member_epoch, 1);
    EXPECT_EQ(answer.heartbeat_interval_ms, 5000);
    EXPECT_EQ(answer.assignment, parts({0, 1, 2, 3, 4, 5, 6, 7}));
    const Answer next = ask(beating(answer.member_id, 1));
    EXPECT_EQ(next.error, Error::none);
    EXPECT_EQ(next.assignment, std::nullopt) << "it has not changed";
}

TEST_F(ConsumerGroupBeats, third_member_gets_what_the_others_give_up_one_by_one) {
    two_members();
    const Answer joined = ask(joining("C2"));
    EXPECT_EQ(joined.member_epoch, 3);
    EXPECT_EQ(joined.assignment, IdPartitions());
    EXPECT_EQ(has("C2").progress, MemberProgress::unreleased_partitions);
    EXPECT_EQ(group().find("C2")->target, parts({3, 7}));
    EXPECT_EQ(ask(beating("C2", 3)).assignment, std::nullopt);

    const Answer told = ask(beating("C0", 2));
    EXPECT_EQ(told.member_epoch, 2) << "it has to give something up first";
    EXPECT_EQ(told.assignment, parts({0, 1, 2}));
    EXPECT_EQ(ask(beating("C2", 3)).assignment, std::nullopt) << "not given up yet";
    EXPECT_EQ(ask(beating("C0", 2)).assignment, std::nullopt);
    EXPECT_EQ(ask(beating("C0", 2, parts({0, 1, 2, 3}))).member_epoch, 2) << "it still has it";
    const Answer acknowledged = ask(beating("C0", 2, parts({0, 1, 2})));
    EXPECT_EQ(acknowledged.member_epoch, 3);
    EXPECT_EQ(has("C0").progress, MemberProgress::stable);
    EXPECT_EQ(ask(beating("C2", 3)).assignment, parts({3}));
    EXPECT_EQ(group().state(), ConsumerGroup::State::reconciling);

    EXPECT_EQ(ask(beating("C1", 2)).assignment, parts({4, 5, 6}));
    EXPECT_EQ(ask(beating("C1", 2, parts({4, 5, 6}))).member_epoch, 3);
    EXPECT_EQ(ask(beating("C2", 3)).assignment, parts({3, 7}));
    EXPECT_EQ(group().state(), ConsumerGroup::State::stable);
    EXPECT_EQ(cluster.world.notes_of<note::GroupStable>().back().generation, 3);
}

TEST_F(ConsumerGroupBeats, epoch_must_be_the_members_own) {
    two_members();
    EXPECT_EQ(error_of(beating("C0", 3)), Error::fenced_member_epoch);
    EXPECT_EQ(error_of(beating("C0", 1)), Error::fenced_member_epoch) << "owns nothing that it names";
    EXPECT_EQ(error_of(beating("C0", 1, parts({0, 7}))), Error::fenced_member_epoch);
    EXPECT_EQ(ask(beating("C0", 1, parts({0, 3}))).member_epoch, 2) << "its last answer was lost";
    EXPECT_EQ(error_of(beating("nobody", 2)), Error::unknown_member_id);
    Beat elsewhere = beating("C0", 2);
    elsewhere.group = "another";
    EXPECT_EQ(error_of(elsewhere), Error::group_id_not_found);
}

TEST_F(ConsumerGroupBeats, lost_answer_to_a_first_heartbeat_is_given_again) {
    ask(joining("C0"));
    const Answer again = ask(joining("C0"));
    EXPECT_EQ(again.error, Error::none);
    EXPECT_EQ(again.assignment, parts({0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_THAT(group().members(), SizeIs(1));
}

TEST_F(ConsumerGroupBeats, unusable_requests_are_refused) {
    const auto spoil = [](auto change) {
        Beat beat = joining("C0");
        change(beat);
        return beat;
    };
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.topics.reset(); })), Error::invalid_request);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.topics->clear(); })), Error::invalid_request);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.owned.reset(); })), Error::invalid_request);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.owned = parts({1}); })), Error::invalid_request);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.rebalance_timeout_ms = -1; })), Error::invalid_request);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.member_epoch = -3; })), Error::invalid_request);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.member_epoch = static_away_epoch; })), Error::invalid_request);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.server_assignor = "sticky"; })), Error::unsupported_assignor);
    EXPECT_EQ(error_of(spoil([](Beat& b) { b.group.clear(); })), Error::invalid_group_id);
    EXPECT_EQ(error_of(beating("", 3)), Error::invalid_request);
    EXPECT_EQ(cluster.consumer_group("g"), nullptr);
}

TEST_F(ConsumerGroupBeats, silent_member_is_fenced_after_its_session) {
    two_members();
    for (int i = 0; i < 8; ++i) {
        run(5s);
        EXPECT_EQ(error_of(beating("C1", 2)), Error::none);
    }
    EXPECT_THAT(group().members(), SizeIs(2));
    run(5s);
    EXPECT_THAT(group().members(), SizeIs(1));
    EXPECT_EQ(group().state(), ConsumerGroup::State::assigning) << "nobody has called since";
    EXPECT_EQ(ask(beating("C1", 2)).assignment, parts({0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(error_of(beating("C0", 2)), Error::unknown_member_id);
    EXPECT_EQ(cluster.world.notes_of<note::MemberLeft>().back().reason, note::LeaveReason::expired);
}

TEST_F(ConsumerGroupBeats, who_does_not_give_up_in_time_is_fenced) {
    two_members();
    ask(joining("C2"));
    ask(beating("C0", 2));
    for (int i = 0; i < 11; ++i) {
        run(5s);
        for (const auto& [id, epoch] : {std::pair("C0", 2), std::pair("C1", 2), std::pair("C2", 3)})
            EXPECT_EQ(error_of(beating(id, epoch)), Error::none);
    }
    run(6s);
    EXPECT_EQ(error_of(beating("C0", 2)), Error::unknown_member_id);
    EXPECT_EQ(cluster.world.notes_of<note::MemberLeft>().back().reason, note::LeaveReason::rebalance_timeout);
    EXPECT_THAT(group().members(), SizeIs(2));
    EXPECT_EQ(group().holder({topic_id("orders@broker-0"), 0}), nullptr) << "free for the others";
}

TEST_F(ConsumerGroupBeats, who_leaves_frees_its_partitions_at_once) {
    two_members();
    const Answer left = ask(beating("C1", leaving_epoch));
    EXPECT_EQ(left.error, Error::none);
    EXPECT_EQ(left.member_epoch, leaving_epoch);
    EXPECT_EQ(ask(beating("C0", 2)).assignment, parts({0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(ask(beating("C0", leaving_epoch)).error, Error::none);
    EXPECT_EQ(group().state(), ConsumerGroup::State::empty);
    EXPECT_EQ(error_of(beating("C0", leaving_epoch)), Error::unknown_member_id);
    EXPECT_EQ(ask(joining("C0")).member_epoch, 5) << "epochs go on";
}

TEST_F(ConsumerGroupBeats, static_members_place_is_kept_while_it_is_away) {
    ask(joining("C0", "one"));
    ask(joining("C1"));
    ask(beating("C0", 1, parts({0, 1, 2, 3})));
    ask(beating("C0", 1, parts({0, 1, 2, 3})));
    EXPECT_EQ(error_of(joining("C9", "one")), Error::unreleased_instance_id);
    Beat away = beating("C0", static_away_epoch);
    away.instance_id = "one";
    EXPECT_EQ(ask(away).member_epoch, static_away_epoch);
    EXPECT_EQ(ask(beating("C1", 2)).assignment, parts({4, 5, 6, 7})) << "the rest of its own";
    const std::int32_t epoch = group().epoch();
    const Answer back = ask(joining("C9", "one"));
    EXPECT_EQ(back.assignment, parts({0, 1, 2, 3}));
    EXPECT_EQ(group().epoch(), epoch) << "nothing else moved";
    EXPECT_EQ(group().find("C0"), nullptr);
    Beat old = beating("C0", 2);
    old.instance_id = "one";
    EXPECT_EQ(error_of(old), Error::fenced_instance_id);
    Beat again = beating("C9", static_away_epoch);
    again.instance_id = "one";
    ask(again);
    for (int i = 0; i < 10; ++i) {
        run(5s);
        ask(beating("C1", group().find("C1")->has.epoch));
    }
    EXPECT_EQ(has("C1").assigned, parts({0, 1, 2, 3, 4, 5, 6, 7})) << "it did not come back";
}

TEST_F(ConsumerGroupBeats, offsets_are_for_members_in_their_epoch) {
    const TopicPartition queue{"orders@broker-0", 1};
    const auto commit = [&](const std::string& id, std::int32_t epoch) {
        return client.ask<OffsetCommitResponse>(OffsetCommitRequest{"g", epoch, id, {}, {{queue, 5}}}).error;
    };
    const auto fetch = [&](const std::string& id, std::int32_t epoch) {
        return client.ask<OffsetFetchResponse>(OffsetFetchRequest{"g", {queue}, id, epoch}).error;
    };
    two_members();
    EXPECT_EQ(commit("C0", 2), Error::none);
    EXPECT_EQ(commit("C0", 1), Error::stale_member_epoch);
    EXPECT_EQ(commit("C0", 3), Error::stale_member_epoch);
    EXPECT_EQ(commit("C7", 2), Error::unknown_member_id);
    EXPECT_EQ(commit("", -1), Error::unknown_member_id) << "the group is not empty";
    EXPECT_EQ(fetch("C0", 2), Error::none);
    EXPECT_EQ(fetch("C0", 1), Error::stale_member_epoch);
    EXPECT_EQ(fetch("C7", 2), Error::unknown_member_id);
    EXPECT_EQ(cluster.broker().coordinator.committed("g", queue), 5);
    for (const char* id : {"C0", "C1"}) ask(beating(id, leaving_epoch));
    EXPECT_EQ(commit("", -1), Error::none);
}

TEST_F(ConsumerGroupBeats, more_queues_are_shared_out_at_the_next_heartbeat) {
    two_members();
    cluster.change_queues("orders", 10);
    EXPECT_EQ(ask(beating("C1", 2)).assignment, parts({4, 5, 6, 7, 9}));
    EXPECT_EQ(ask(beating("C0", 2)).assignment, parts({0, 1, 2, 3, 8}));
    cluster.change_queues("orders", 8);
    EXPECT_EQ(ask(beating("C1", 3)).assignment, parts({4, 5, 6, 7}));
}

TEST_F(ConsumerGroupBeats, a_name_belongs_to_one_protocol_at_a_time) {
    const auto classic = [&](const std::string& id) {
        JoinGroupRequest request;
        request.group = "g";
        request.member_id = id;
        request.protocols = {{"range", "x"}};
        return client.send<JoinGroupResponse>(request);
    };
    two_members();
    EXPECT_EQ((*classic(""))->error, Error::inconsistent_group_protocol);
    for (const char* id : {"C0", "C1"}) ask(beating(id, leaving_epoch));
    const auto id = (*classic(""))->member_id;
    const auto joined = classic(id);
    run(4s);
    EXPECT_EQ((*joined)->error, Error::none);
    EXPECT_EQ(cluster.consumer_group("g"), nullptr);
    EXPECT_EQ(error_of(joining("C0")), Error::group_id_not_found);
    client.ask<LeaveGroupResponse>(LeaveGroupRequest{"g", id, {}});
    EXPECT_EQ(ask(joining("C0")).member_epoch, 1);
    cluster.start(0);
    EXPECT_EQ(error_of(beating("C0", 1)), Error::none);
}

TEST_F(ConsumerGroupBeats, everything_comes_back_after_a_restart) {
    two_members();
    ask(joining("C2"));
    ask(beating("C0", 2));
    cluster.start(0);
    EXPECT_EQ(has("C0").progress, MemberProgress::unrevoked_partitions);
    EXPECT_EQ(ask(beating("C0", 2, parts({0, 1, 2}))).member_epoch, 3);
    EXPECT_EQ(ask(beating("C2", 3)).assignment, parts({3}));
    run(40s);
    EXPECT_EQ(error_of(beating("C1", 2)), Error::none) << "sessions began afresh";
    run(6s);
    EXPECT_THAT(group().members(), SizeIs(1));
}

TEST_F(ConsumerGroupBeats, what_could_not_be_stored_did_not_happen) {
    two_members();
    cluster.log().failing = true;
    EXPECT_EQ(error_of(joining("C2")), Error::coordinator_not_available);
    cluster.log().failing = false;
    EXPECT_THAT(group().members(), SizeIs(2));
    EXPECT_EQ(group().epoch(), 2);
    EXPECT_EQ(error_of(beating("C0", 2)), Error::none);
    EXPECT_EQ(ask(joining("C2")).member_epoch, 3);
    EXPECT_EQ(cluster.broker().coordinator.consumer_groups()->find("nobody's"), nullptr);
}

TEST_F(ConsumerGroupBeats, answers_wait_for_the_log) {
    cluster.log().delay = 3s;
    const auto joined = client.send<Answer>(joining("C0"));
    run(2s);
    EXPECT_FALSE(joined->has_value());
    run(1100ms);
    EXPECT_EQ((*joined)->member_epoch, 1);
    cluster.log().delay = 20s;
    const auto late = client.send<Answer>(joining("C1"));
    run(6s);
    EXPECT_EQ((*late)->error, Error::coordinator_not_available) << "offsets.commit.timeout.ms";
    run(20s);
    EXPECT_THAT(group().members(), SizeIs(2)) << "stored all the same";
}

struct SmallConsumerGroup : ConsumerGroupBeats {
    SmallConsumerGroup() : ConsumerGroupBeats({.group_consumer_max_size = 1, .group_consumer_assignors = "range"}) {}
};

TEST_F(SmallConsumerGroup, is_full) {
    ask(joining("C0"));
    EXPECT_EQ(error_of(joining("C1")), Error::group_max_size_reached);
    EXPECT_EQ(error_of(beating("C0", 1)), Error::none);
    Beat beat = joining("C2");
    beat.server_assignor = "uniform";
    EXPECT_EQ(error_of(beat), Error::unsupported_assignor);
}

}  // namespace
}  // namespace brokersim::kafka::testing
