#include "core/kafka/consumer_member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/kafka/ownership_fold.h"
#include "tests/kafka/test_group.h"

/// Members of the consumer protocol against real coordinators.
namespace brokersim::kafka::testing {
namespace {

using ::testing::Each;
using ::testing::Pair;
using ::testing::SizeIs;
using State = ConsumerMember::State;

struct MemberOf {
    MemberOf(Cluster& cluster, const std::string& name, int last_byte, ConsumerMemberOptions options)
        : fake(cluster, name, last_byte, {"orders"}), member(fake, std::move(options)) {
        for (const std::string& topic : fake.topics()) fake.refresh_route(topic, [] {});
        fake.host().soon([this] { member.start(); });
    }
    FakeConsumer fake;
    ConsumerMember member;
};

class ConsumersOfAGroup {
public:
    explicit ConsumersOfAGroup(int brokers = 1, int queues_each = 12) : cluster(brokers) {
        cluster.queues["orders"] = queues_each;
    }
    static std::string name_of(int i) { return "billing/" + std::to_string(i); }
    void start(int i, ConsumerMemberOptions options = {}) {
        consumers[i] = std::make_unique<MemberOf>(cluster, name_of(i), 100 + i, std::move(options));
    }
    void crash(int i) {
        consumers.erase(i);
        cluster.world.kill(name_of(i));
    }
    /// Leaves in order; true if it came to an end within 40 s.
    bool stop(int i) {
        auto ended = std::make_shared<bool>(false);
        consumers.at(i)->member.shutdown([ended] { *ended = true; });
        run(40s);
        crash(i);
        return *ended;
    }
    void run(Duration time) { cluster.world.run_for(time); }
    MemberOf& consumer(int i) { return *consumers.at(i); }
    std::size_t owned(int i) { return consumer(i).fake.positions.size(); }
    bool every_queue_has_one_owner() const {
        std::map<protocol::MessageQueue, int> owners;
        for (const auto& [i, consumer] : consumers)
            for (const auto& [queue, position] : consumer->fake.positions) ++owners[queue];
        const auto wanted = static_cast<std::size_t>(cluster.queues.at("orders")) * cluster.addresses.size();
        return owners.size() == wanted &&
               std::ranges::all_of(owners, [](const auto& entry) { return entry.second == 1; });
    }
    const ConsumerGroup& group() { return *cluster.consumer_group("billing"); }

    Cluster cluster;
    std::map<int, std::unique_ptr<MemberOf>> consumers;
};

struct ConsumerMembers : ::testing::Test, ConsumersOfAGroup {};

TEST_F(ConsumerMembers, alone_takes_every_queue_without_delay) {
    start(0);
    run(100ms);
    EXPECT_THAT(consumer(0).fake.positions, SizeIs(12));
    EXPECT_THAT(consumer(0).fake.positions, Each(Pair(::testing::_, 100)));
    EXPECT_EQ(consumer(0).member.state(), State::stable);
}

TEST_F(ConsumerMembers, begin_where_they_are_told) {
    ConsumerMemberOptions options;
    options.start.from = protocol::ConsumeFromWhere::first_offset;
    start(0, options);
    run(1s);
    EXPECT_THAT(consumer(0).fake.positions, Each(Pair(::testing::_, 7)));
}

TEST_F(ConsumerMembers, share_the_queues_of_all_brokers) {
    ConsumersOfAGroup wide(2, 4);
    for (int i = 0; i < 3; ++i) wide.start(i, {.server_assignor = "range"});
    wide.run(30s);
    EXPECT_TRUE(wide.every_queue_has_one_owner());
    std::vector<std::size_t> sizes = {wide.owned(0), wide.owned(1), wide.owned(2)};
    EXPECT_THAT(sizes, ::testing::UnorderedElementsAre(3, 3, 2));
}

TEST_F(ConsumerMembers, hand_over_what_they_have_handled_while_the_rest_goes_on) {
    start(0);
    run(10s);
    for (auto& [queue, position] : consumer(0).fake.positions) position = 1000 + queue.queue_id;
    consumer(0).fake.handling = 12s;  // heartbeats go on meanwhile
    const MonoTime before = cluster.world.now();
    start(1);
    run(1s);
    EXPECT_EQ(consumer(1).member.state(), State::stable) << "nothing is free for it yet";
    EXPECT_EQ(owned(1), 0U);
    while (owned(1) == 0) {
        EXPECT_GE(owned(0), 6U) << "what it keeps it never gives up";
        run(10ms);
    }
    EXPECT_LE(cluster.world.now() - before, 5s + 12s + 5s + 100ms) << "two heartbeats and the handlers";
    EXPECT_EQ(owned(0), 6U);
    for (const auto& [queue, position] : consumer(1).fake.positions) EXPECT_EQ(position, 1000 + queue.queue_id);
}

TEST_F(ConsumerMembers, do_nothing_while_nothing_changes) {
    start(0);
    start(1);
    run(30s);
    const std::size_t notes = cluster.world.notes.size();
    const int batches = cluster.log().batches;
    run(10min);
    EXPECT_EQ(group().state(), ConsumerGroup::State::stable);
    EXPECT_EQ(cluster.world.notes.size(), notes);
    EXPECT_EQ(cluster.log().batches, batches) << "heartbeats without news leave no record";
}

TEST_F(ConsumerMembers, commit_when_asked) {
    start(0);
    run(1s);
    for (auto& [queue, position] : consumer(0).fake.positions) position = 500;
    consumer(0).member.persist_offsets();
    run(20ms);
    EXPECT_EQ(cluster.broker().coordinator.committed("billing", {"orders@broker-0", 3}), 500);
}

TEST_F(ConsumerMembers, say_goodbye) {
    start(0);
    start(1);
    run(30s);
    for (auto& [queue, position] : consumer(1).fake.positions) position = 77;
    const auto mine = consumer(1).fake.positions;
    ASSERT_EQ(mine.size(), 6U);
    EXPECT_TRUE(stop(1));
    EXPECT_EQ(owned(0), 12U);
    for (const auto& [queue, position] : mine) EXPECT_EQ(consumer(0).fake.positions.at(queue), 77);
    EXPECT_EQ(cluster.world.notes_of<note::MemberLeft>().at(0).reason, note::LeaveReason::unregistered);
}

TEST_F(ConsumerMembers, end_even_if_the_coordinator_is_silent) {
    start(0);
    run(10s);
    cluster.broker().silent = true;
    EXPECT_TRUE(stop(0));
}

TEST_F(ConsumerMembers, take_over_from_the_dead_after_their_session) {
    start(0);
    start(1);
    run(30s);
    crash(1);
    run(39s);
    EXPECT_FALSE(every_queue_has_one_owner());
    run(12s);
    EXPECT_EQ(owned(0), 12U);
}

TEST_F(ConsumerMembers, do_not_notice_a_coordinator_that_restarts) {
    start(0);
    start(1);
    run(30s);
    const std::int32_t epoch = group().epoch();
    cluster.kill(0);
    run(10s);
    EXPECT_TRUE(every_queue_has_one_owner()) << "they go on meanwhile";
    cluster.start(0);
    run(60s);
    EXPECT_EQ(group().epoch(), epoch);
    EXPECT_EQ(group().state(), ConsumerGroup::State::stable);
    EXPECT_TRUE(every_queue_has_one_owner());
}

TEST_F(ConsumerMembers, lose_everything_when_they_are_taken_for_dead) {
    start(0);
    start(1);
    run(30s);
    cluster.broker().silent = true;
    run(50s);
    EXPECT_THAT(group().members(), SizeIs(0));
    EXPECT_TRUE(every_queue_has_one_owner()) << "they don't know yet";
    cluster.broker().silent = false;
    run(60s);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_THAT(group().members(), SizeIs(2));
}

TEST_F(ConsumerMembers, leave_by_themselves_if_a_handler_takes_too_long) {
    ConsumerMemberOptions options;
    options.config.max_poll_interval = 18s;
    start(0, options);
    run(5s);
    consumer(0).fake.handling = 60s;
    start(1, options);
    run(10s);
    EXPECT_EQ(consumer(0).member.state(), State::reconciling);
    run(20s);
    EXPECT_EQ(consumer(0).member.state(), State::stale);
    EXPECT_EQ(owned(1), 12U) << "it left, and its queues were free";
    consumer(0).fake.handling = 0s;
    run(60s);
    EXPECT_TRUE(every_queue_has_one_owner());
    EXPECT_EQ(owned(0), 6U);
}

TEST_F(ConsumerMembers, wait_for_the_names_of_queues_that_they_do_not_know_yet) {
    cluster.queues.clear();
    start(0);
    run(100ms);
    EXPECT_EQ(consumer(0).member.state(), State::stable) << "a member without a topic";
    cluster.change_queues("orders", 4);
    consumer(0).fake.routes_stand_still = true;
    run(6s);
    EXPECT_EQ(owned(0), 0U);
    EXPECT_EQ(consumer(0).member.state(), State::reconciling);
    consumer(0).fake.routes_stand_still = false;
    run(3s);
    EXPECT_EQ(owned(0), 4U);
    EXPECT_EQ(consumer(0).member.state(), State::stable);
}

TEST_F(ConsumerMembers, keep_their_place_as_static_members_that_come_back) {
    ConsumerMemberOptions options;
    options.config.group_instance_id = "one";
    start(0, options);
    start(1);
    run(30s);
    const auto mine = consumer(0).fake.owned();
    ASSERT_EQ(mine.size(), 6U);
    auto ended = std::make_shared<bool>(false);
    consumer(0).member.shutdown([ended] { *ended = true; });
    run(10s);
    EXPECT_TRUE(*ended);
    EXPECT_EQ(owned(1), 6U) << "the others wait for it";
    crash(0);
    start(0, options);
    run(1s);
    EXPECT_EQ(consumer(0).fake.owned(), mine);
    start(2, options);
    run(1s);
    EXPECT_EQ(consumer(2).member.fatal_error(), Error::unreleased_instance_id);
    EXPECT_EQ(consumer(2).member.state(), State::fatal);
}

TEST_F(ConsumerMembers, end_if_they_ask_for_an_assignor_that_is_not_there) {
    start(0, {.server_assignor = "sticky"});
    run(1s);
    EXPECT_EQ(consumer(0).member.fatal_error(), Error::unsupported_assignor);
    EXPECT_TRUE(stop(0));
}

TEST_F(ConsumerMembers, end_if_their_group_is_gone) {
    start(0);
    run(10s);
    cluster.log().records.clear();
    cluster.start(0);
    run(10s);
    EXPECT_EQ(consumer(0).member.fatal_error(), Error::group_id_not_found) << "as Kafka's Java client does";
    EXPECT_EQ(owned(0), 0U);
}

/// Members come, leave, die and handle for a while, the coordinator restarts or is silent, its log is slow, queues are
/// added: at no time do two living members own one queue, epochs never go back, and in the end each queue has one
/// owner.
RC_GTEST_PROP(ConsumerGroupHistories, never_have_two_owners_and_end_with_one, ()) {
    ConsumersOfAGroup group(1, *rc::gen::inRange(1, 14));
    OwnershipFold fold(group.cluster.world);
    std::int32_t epoch = 0;
    const auto look = [&] {
        fold.observe();
        const ConsumerGroup* now = group.cluster.consumer_group("billing");
        if (now == nullptr) return;
        RC_ASSERT(now->epoch() >= epoch);
        RC_ASSERT(now->target_epoch() <= now->epoch());
        epoch = now->epoch();
        for (const auto& [id, member] : now->members()) RC_ASSERT(member.has.epoch <= now->target_epoch());
        for (const auto& [i, consumer] : group.consumers) RC_ASSERT(consumer->member.epoch() <= now->target_epoch());
    };
    const int steps = *rc::gen::inRange(1, 25);
    for (int step = 0; step < steps; ++step) {
        const int who = *rc::gen::inRange(0, 5);
        const bool there = group.consumers.contains(who);
        const std::string assignor = *rc::gen::arbitrary<bool>() ? "uniform" : "range";
        switch (*rc::gen::inRange(0, 8)) {
            case 0:
            case 1:
                if (!there) group.start(who, {.server_assignor = assignor});
                break;
            case 2:
                if (there) {
                    fold.killed(ConsumersOfAGroup::name_of(who));
                    group.crash(who);
                }
                break;
            case 3:
                if (there) {
                    RC_ASSERT(group.stop(who));
                    fold.killed(ConsumersOfAGroup::name_of(who));
                }
                break;
            case 4:
                if (there) group.consumer(who).fake.handling = std::chrono::milliseconds(*rc::gen::inRange(0, 12'000));
                break;
            case 5:
                group.cluster.start(0);
                epoch = 0;  // what was not stored was not told to anybody
                break;
            case 6:  // with the time-out of a lost heartbeat this is still shorter than a session
                group.cluster.broker().silent = true;
                group.run(std::chrono::milliseconds(*rc::gen::inRange(0, 8000)));
                group.cluster.broker().silent = false;
                group.run(35s);
                break;
            case 7:
                if (*rc::gen::arbitrary<bool>())
                    group.cluster.log().delay = std::chrono::milliseconds(*rc::gen::inRange(0, 300));
                else
                    group.cluster.change_queues("orders", group.cluster.queues["orders"] + 1);
                break;
        }
        group.run(std::chrono::milliseconds(*rc::gen::inRange(0, 20'000)));
        look();
    }
    if (group.consumers.empty()) group.start(0);
    group.run(5min);
    look();
    RC_ASSERT(group.every_queue_has_one_owner());
    RC_ASSERT(group.group().state() == ConsumerGroup::State::stable);
    RC_ASSERT(group.group().members().size() == group.consumers.size());
}

}  // namespace
}  // namespace brokersim::kafka::testing
