#include "core/kafka/consumer_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kafka/consumer_group_steps.h"
#include "core/kafka/group_config.h"
#include "core/kafka/queue_names.h"
#include "tests/protocol/random_frames.h"

/// A group of the consumer protocol as data, and the steps that are computed from it.
namespace brokersim::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

const TopicId orders = topic_id("orders@b");

IdPartitions parts(std::initializer_list<std::int32_t> numbers) {
    IdPartitions partitions;
    for (const std::int32_t number : numbers) partitions.push_back({orders, number});
    return partitions;
}

void put(ConsumerGroup& group, decltype(ConsumerGroupRecord::what) what) { group.apply({"g", std::move(what)}); }

void put_member(ConsumerGroup& group, const std::string& id, IdPartitions target, MemberAssigned has,
                const std::string& assignor = {}) {
    MemberMetadata metadata;
    metadata.topics = {"orders"};
    metadata.server_assignor = assignor;
    put(group, MemberRecord{id, metadata});
    put(group, MemberTargetRecord{id, std::move(target)});
    put(group, MemberAssignedRecord{id, std::move(has)});
}

TEST(MemberTable, iterates_as_the_coordinators_own) {
    MemberTable table;
    for (int i = 0; i < 6; ++i) table.insert("C" + std::to_string(i));
    EXPECT_THAT(table.order(), ElementsAre("C3", "C0", "C5", "C2", "C4", "C1"));
    table.erase("C5");
    EXPECT_THAT(table.order(), ElementsAre("C3", "C0", "C2", "C4", "C1"));
}

// --- one step of a member -----------------------------------------------------------------------------------

struct StepCase {
    const char* name;
    MemberAssigned has;
    IdPartitions target;
    std::optional<IdPartitions> owned;  // as the member says
    std::optional<MemberAssigned> step;
};

constexpr auto stable = MemberProgress::stable;
constexpr auto unrevoked = MemberProgress::unrevoked_partitions;
constexpr auto unreleased = MemberProgress::unreleased_partitions;

/// The target's epoch is 7. Another member has partition 9, and has yet to give up 8.
std::vector<StepCase> step_cases() {
    return {
        {"at its target", {7, 6, stable, parts({1}), {}}, parts({1}), parts({1}), std::nullopt},
        {"a new member",
         {0, -1, stable, {}, {}},
         parts({1, 2}),
         parts({}),
         MemberAssigned{7, 0, stable, parts({1, 2}), {}}},
        {"a new member waits for what others have",
         {0, -1, stable, {}, {}},
         parts({1, 8, 9}),
         parts({}),
         MemberAssigned{7, 0, unreleased, parts({1}), {}}},
        {"a new member to whom nothing falls",
         {0, -1, stable, {}, {}},
         {},
         parts({}),
         MemberAssigned{7, 0, stable, {}, {}}},
        {"is to give up one, and keeps its epoch",
         {6, 5, stable, parts({1, 2}), {}},
         parts({1}),
         std::nullopt,
         MemberAssigned{6, 6, unrevoked, parts({1}), parts({2})}},
        {"gets nothing new before it has given up the old",
         {6, 5, stable, parts({1, 2}), {}},
         parts({1, 3}),
         std::nullopt,
         MemberAssigned{6, 6, unrevoked, parts({1}), parts({2})}},
        {"had given it up already",
         {6, 5, stable, parts({1, 2}), {}},
         parts({1, 3}),
         parts({1}),
         MemberAssigned{7, 6, stable, parts({1, 3}), {}}},
        {"says nothing of what it is to give up",
         {6, 6, unrevoked, parts({1}), parts({2})},
         parts({1}),
         std::nullopt,
         std::nullopt},
        {"still has what it is to give up",
         {6, 6, unrevoked, parts({1}), parts({2})},
         parts({1}),
         parts({1, 2}),
         std::nullopt},
        {"has given it up",
         {6, 6, unrevoked, parts({1}), parts({2})},
         parts({1, 3}),
         parts({1}),
         MemberAssigned{7, 6, stable, parts({1, 3}), {}}},
        {"has given it up, and waits",
         {6, 6, unrevoked, parts({1}), parts({2})},
         parts({1, 9}),
         parts({1}),
         MemberAssigned{7, 6, unreleased, parts({1}), {}}},
        {"has given it up while its target went on to take more",
         {5, 5, unrevoked, parts({1, 3}), parts({2})},
         parts({1}),
         parts({1, 3}),
         MemberAssigned{6, 5, unrevoked, parts({1}), parts({3})}},
        {"gets its own back only after it was free",
         {6, 6, unrevoked, parts({1}), parts({2})},
         parts({1, 2}),
         parts({1}),
         MemberAssigned{7, 6, unreleased, parts({1}), {}}},
        {"waits on", {7, 7, unreleased, parts({1}), {}}, parts({1, 9}), std::nullopt, std::nullopt},
        {"picks up what came free",
         {7, 7, unreleased, parts({1}), {}},
         parts({1, 3}),
         std::nullopt,
         MemberAssigned{7, 7, stable, parts({1, 3}), {}}},
        {"picks up some and waits for more",
         {7, 7, unreleased, parts({1}), {}},
         parts({1, 3, 8}),
         std::nullopt,
         MemberAssigned{7, 7, unreleased, parts({1, 3}), {}}},
        {"waits no more, and is to give up one",
         {6, 6, unreleased, parts({1, 2}), {}},
         parts({1, 3}),
         std::nullopt,
         MemberAssigned{6, 6, unrevoked, parts({1}), parts({2})}},
    };
}

TEST(ConsumerGroupStep, follows_the_table) {
    for (const StepCase& given : step_cases()) {
        ConsumerGroup group;
        put(group, TargetEpochRecord{7});
        put_member(group, "other", {}, {7, 7, unrevoked, parts({9}), parts({8})});
        put_member(group, "me", given.target, given.has);
        EXPECT_EQ(reconciled(group, *group.find("me"), given.owned), given.step) << given.name;
    }
}

TEST(ConsumerGroupStep, leads_any_members_to_any_targets_without_two_holders) {
    EXPECT_TRUE(rc::check("random moves", [] {
        constexpr std::int32_t partitions = 6;
        const int members = *rc::gen::inRange(1, 5);
        ConsumerGroup group;
        std::vector<IdPartitions> owned(static_cast<std::size_t>(members));
        const auto name = [](std::size_t i) { return "m" + std::to_string(i); };
        for (std::size_t i = 0; i < owned.size(); ++i) put_member(group, name(i), {}, {});
        const auto draw_targets = [&](std::int32_t epoch) {
            std::vector<IdPartitions> targets(owned.size());
            for (std::int32_t p = 0; p < partitions; ++p)
                targets[*rc::gen::inRange<std::size_t>(0, owned.size())].push_back({orders, p});
            for (std::size_t i = 0; i < owned.size(); ++i) put(group, MemberTargetRecord{name(i), targets[i]});
            put(group, TargetEpochRecord{epoch});
        };
        const auto beat = [&](std::size_t i, bool says) {
            const ConsumerGroupMember& member = *group.find(name(i));
            const std::int32_t before = member.has.epoch;
            if (auto step = reconciled(group, member, says ? std::optional(owned[i]) : std::nullopt)) {
                for (const auto& partition : step->assigned)
                    for (std::size_t j = 0; j < owned.size(); ++j)
                        RC_ASSERT((j == i || std::ranges::find(owned[j], partition) == owned[j].end()));
                put(group, MemberAssignedRecord{name(i), *step});
            }
            RC_ASSERT(member.has.epoch >= before);
            if (*rc::gen::arbitrary<bool>()) owned[i] = member.has.assigned;  // or it has not got round to it
        };
        const int steps = *rc::gen::inRange(1, 60);
        std::int32_t epoch = 1;
        draw_targets(epoch);
        for (int step = 0; step < steps; ++step) {
            if (*rc::gen::inRange(0, 8) == 0) draw_targets(++epoch);
            const auto who = *rc::gen::inRange<std::size_t>(0, owned.size());
            const bool says = *rc::gen::arbitrary<bool>();
            beat(who, says);
        }
        for (int round = 0; round < 60; ++round)
            for (std::size_t i = 0; i < owned.size(); ++i) {
                beat(i, true);
                owned[i] = group.find(name(i))->has.assigned;
            }
        RC_ASSERT(group.state() == ConsumerGroup::State::reconciling || group.state() == ConsumerGroup::State::stable);
        for (const auto& [id, member] : group.members()) RC_ASSERT(member.has.assigned == member.target);
    }));
}

// --- targets ------------------------------------------------------------------------------------------------

TEST(ConsumerGroupTargets, number_the_queues_of_a_topic_over_all_brokers) {
    ConsumerGroup group;
    const TopicId first = topic_id("orders@b0");
    const TopicId second = topic_id("orders@b1");
    put(group, GroupTopicsRecord{{{{first, "orders@b0", 3}, {second, "orders@b1", 3}}}});
    for (const char* id : {"A", "B"}) put_member(group, id, {}, {});
    const auto targets = new_targets(group, {"A", "B"}, *find_target_assignor("range"));
    ASSERT_TRUE(targets.has_value());
    EXPECT_THAT(targets->at("A"),
                ElementsAre(TopicIdPartition{first, 0}, TopicIdPartition{first, 1}, TopicIdPartition{first, 2}));
    EXPECT_THAT(targets->at("B"),
                ElementsAre(TopicIdPartition{second, 0}, TopicIdPartition{second, 1}, TopicIdPartition{second, 2}));
}

TEST(ConsumerGroupTargets, keep_what_members_have_under_the_uniform_assignor) {
    ConsumerGroup group;
    put(group, GroupTopicsRecord{{{{orders, "orders@b", 8}}}});
    put_member(group, "C0", parts({0, 1, 2, 3}), {});
    put_member(group, "C1", parts({4, 5, 6, 7}), {});
    put_member(group, "C3", {}, {});
    const auto targets = new_targets(group, {"C0", "C1", "C3"}, *find_target_assignor("uniform"));
    ASSERT_TRUE(targets.has_value());
    EXPECT_EQ(targets->at("C0"), parts({0, 1, 2}));
    EXPECT_EQ(targets->at("C1"), parts({4, 5}));
    EXPECT_EQ(targets->at("C3"), parts({3, 6, 7}));
}

TEST(ConsumerGroupTargets, are_made_by_the_assignor_that_most_ask_for) {
    ConsumerGroup group;
    EXPECT_EQ(preferred_assignor(group, "uniform"), "uniform");
    put_member(group, "a", {}, {}, "range");
    EXPECT_EQ(preferred_assignor(group, "uniform"), "range");
    put_member(group, "b", {}, {}, "uniform");
    EXPECT_EQ(preferred_assignor(group, "range"), "uniform") << "a tie";
    put_member(group, "c", {}, {}, "range");
    EXPECT_EQ(preferred_assignor(group, "uniform"), "range");
}

TEST(CoordinatorConfig, lists_assignors_by_name_or_class) {
    CoordinatorConfig config;
    EXPECT_THAT(*server_assignors(config), ElementsAre("uniform", "range"));
    config.group_consumer_assignors = "org.apache.kafka.coordinator.group.assignor.RangeAssignor , uniform";
    EXPECT_THAT(*server_assignors(config), ElementsAre("range", "uniform"));
    for (const char* bad : {"", "uniform,", "sticky", "range,range"}) {
        config.group_consumer_assignors = bad;
        EXPECT_FALSE(coordinator_config_problem(config).empty()) << bad;
    }
    config = {};
    EXPECT_EQ(coordinator_config_problem(config), "");
    config.group_consumer_heartbeat_interval = config.group_consumer_session_timeout;
    EXPECT_FALSE(coordinator_config_problem(config).empty());
}

// --- records ------------------------------------------------------------------------------------------------

TEST(ConsumerGroupData, members_come_and_go_with_what_they_hold) {
    ConsumerGroup group;
    put_member(group, "a", parts({0, 1}), {1, 0, unrevoked, parts({0}), parts({1})});
    EXPECT_EQ(*group.holder({orders, 1}), "a");
    EXPECT_EQ(group.subscriptions().at("orders"), 1);
    put(group, MemberRecord{"a", std::nullopt});
    EXPECT_EQ(group.holder({orders, 0}), nullptr);
    EXPECT_EQ(group.holder({orders, 1}), nullptr);
    EXPECT_THAT(group.subscriptions(), IsEmpty());
    EXPECT_EQ(group.state(), ConsumerGroup::State::empty);
}

TEST(ConsumerGroupData, a_log_with_a_gap_still_gives_each_partition_to_one) {
    ConsumerGroup group;
    put_member(group, "a", {}, {1, 0, stable, parts({0, 1}), {}});
    put_member(group, "b", {}, {2, 0, stable, parts({1, 2}), {}});
    EXPECT_EQ(group.find("a")->has.assigned, parts({0}));
    put(group, MemberAssignedRecord{"a", std::nullopt});
    EXPECT_EQ(*group.holder({orders, 1}), "b");
}

TEST(ConsumerGroupRecords, have_kafkas_bytes) {
    const GroupRecord record =
        encode({"g", MemberAssignedRecord{"m", MemberAssigned{3, 2, unrevoked, {{{1, 2}, 4}}, {}}}});
    EXPECT_EQ(record.key, std::string("\0\x08\0\x01g\0\x01m", 8));
    EXPECT_EQ(record.value, std::string("\0\0\0\0\0\x03\0\0\0\x02\x01"
                                        "\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\x02\0\0\0\x04\0\x01\0",
                                        36));
    EXPECT_EQ(encode({"g", GroupEpochRecord{5}}).value, std::string("\0\0\0\0\0\x05\0", 7));
    EXPECT_EQ(encode({"g", GroupEpochRecord{}}).value, "");
}

template <class Record>
ConsumerGroupRecord random_record() {
    Record record;
    brokersim::testing::fill(record);
    if constexpr (requires { record.epoch; })
        if (record.epoch) record.epoch = std::abs(*record.epoch % 1000);
    const auto mend = [](IdPartitions& partitions) {
        std::ranges::sort(partitions);
        partitions.erase(std::ranges::unique(partitions).begin(), partitions.end());
    };
    if constexpr (requires { record.topics; })
        if (record.topics)
            for (GroupTopic& topic : *record.topics) topic.partitions = std::abs(topic.partitions % 1000);
    if constexpr (requires { record.metadata; })
        if (record.metadata) std::ranges::sort(record.metadata->topics);
    if constexpr (requires { record.target; })
        if (record.target) mend(*record.target);
    if constexpr (requires { record.assigned; })
        if (record.assigned) {
            mend(record.assigned->assigned);
            mend(record.assigned->revoking);
            record.assigned->progress = static_cast<MemberProgress>(*rc::gen::inRange(0, 3));
        }
    return {"group", std::move(record)};
}

TEST(ConsumerGroupRecords, come_back_as_they_were_and_damaged_ones_are_refused_or_sound) {
    EXPECT_TRUE(rc::check("all kinds", [] {
        const std::vector<ConsumerGroupRecord> all = {
            random_record<GroupEpochRecord>(),   random_record<GroupTopicsRecord>(),
            random_record<MemberRecord>(),       random_record<TargetEpochRecord>(),
            random_record<MemberTargetRecord>(), random_record<MemberAssignedRecord>()};
        for (const ConsumerGroupRecord& record : all) {
            GroupRecord encoded = encode(record);
            RC_ASSERT(decode_consumer_group(encoded) == record);
            if (encoded.value.empty()) continue;
            encoded.value[*rc::gen::inRange<std::size_t>(0, encoded.value.size())] ^= 0x41;
            if (const auto other = decode_consumer_group(encoded)) encode(*other);
            encoded.value.pop_back();
            decode_consumer_group(encoded);
        }
    }));
    EXPECT_EQ(decode_consumer_group({std::string("\0\x09\0\x01g", 5), ""}), std::nullopt);
    EXPECT_EQ(decode_consumer_group({std::string("\0\x01\0\x01g", 5), ""}), std::nullopt);
}

}  // namespace
}  // namespace brokersim::kafka
