#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "core/kafka/group_coordinator.h"
#include "scenarios/reader.h"
#include "scenarios/run.h"

/// Whole runs of groups that follow Kafka's classic protocol.
namespace brokersim::scenario {
namespace {

/// Three members of the group "billing" on two brokers with four queues each; `events` are [[at]] tables, `settings`
/// are paths and values.
RunResult run_with(const std::string& events, std::vector<std::string> settings, std::uint64_t seed) {
    const std::string text = R"(
        duration = "60s"
        [cluster]
        brokers = 2
        [[topic]]
        name = "orders"
        [[producer]]
        topic = "orders"
        rate = "100/s"
        [[group]]
        name = "billing"
        topic = "orders"
        consumers = 3
        handler = {median = "5ms", p99 = "40ms"}
        from = "first"
    )" + events;
    const auto file = read_scenario(text, "kafka-groups.toml", settings);
    if (!file) throw std::runtime_error(file.error().front().text());
    return run(file->variants.front(), seed);
}

std::string event(const std::string& name, const std::string& what, const std::string& node, const std::string& time,
                  const std::string& lasts = "") {
    return fmt::format("[[at]]\nname = \"{}\"\n{}\nnode = \"{}\"\ntime = \"{}\"\n{}\n", name, what, node, time,
                       lasts.empty() ? "" : fmt::format("for = \"{}\"", lasts));
}

/// Times that a queue got another owner; a member that was started again is another one.
std::int64_t moves(const RunResult& result) {
    const Rational value = result.metrics.at("group.billing.queues_moved");
    EXPECT_EQ(value.den, 1);
    return value.num;
}

const std::string coordinator = fmt::format("broker/{}", kafka::group_partition("billing") % 2);
const std::string other_broker = fmt::format("broker/{}", 1 - kafka::group_partition("billing") % 2);

void expect_held(const RunResult& result) {
    EXPECT_EQ(result.outcome, Outcome::held) << result.seed << ": " << result.message;
    for (const Verdict& verdict : result.promises)
        for (const auto& broken : verdict.broken) {
            ADD_FAILURE() << "seed " << result.seed << ": " << broken.what;
            for (const std::string& line : broken.evidence) ADD_FAILURE() << line;
        }
}

struct KafkaGroups : ::testing::TestWithParam<const char*> {
    std::string assignment = fmt::format("group.billing.assignment={}", GetParam());
};

TEST_P(KafkaGroups, do_not_rebalance_when_a_static_member_is_restarted) {
    for (const std::string lasts : {"", "10s"}) {
        const std::string away =
            event("away", lasts.empty() ? "do = \"restart\"" : "do = \"stop\"", "billing/1", "20s", lasts);
        const RunResult result = run_with(away, {assignment, "group.billing.membership=static"}, 1);
        expect_held(result);
        EXPECT_LE(moves(result), 3) << "its own queues only";
    }
}

TEST_P(KafkaGroups, rebalance_when_a_dynamic_member_is_away) {
    const RunResult result = run_with(event("away", "do = \"stop\"", "billing/1", "20s", "10s"), {assignment}, 1);
    expect_held(result);
    EXPECT_GT(moves(result), 3) << "given to others, and taken back";
}

TEST_P(KafkaGroups, miss_a_static_member_when_its_session_has_ended) {
    const RunResult result = run_with(event("away", "do = \"stop\"", "billing/1", "12s"),
                                      {assignment, "group.billing.membership=static"}, 1);
    expect_held(result);
    EXPECT_GE(moves(result), 2);
}

TEST_P(KafkaGroups, survive_that_their_coordinator_is_killed_and_comes_back) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const RunResult result =
            run_with(event("kill", "fault = \"kill\"", coordinator, "20s", "10s"), {assignment}, seed);
        expect_held(result);
        EXPECT_EQ(moves(result), 0) << "seed " << seed;
    }
}

TEST_P(KafkaGroups, survive_that_their_coordinator_is_killed_in_the_middle_of_a_rebalance) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed)
        for (const char* time : {"20.5s", "22s", "23.02s"})
            expect_held(run_with(event("join", "do = \"start\"", "billing/3", "20s") +
                                     event("kill", "fault = \"kill\"", coordinator, time, "10s"),
                                 {assignment}, seed));
}

TEST_P(KafkaGroups, survive_that_their_coordinator_loses_power_and_what_it_had_not_flushed) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed)
        expect_held(run_with(event("join", "do = \"start\"", "billing/3", "17s") +
                                 event("cut", "fault = \"power-cut\"", coordinator, "23.5s", "10s"),
                             {assignment}, seed));
}

TEST_P(KafkaGroups, get_the_queues_of_a_broker_that_was_away_while_they_rebalanced) {
    expect_held(run_with(event("kill", "fault = \"kill\"", other_broker, "15s", "20s") +
                             event("join", "do = \"start\"", "billing/3", "20s"),
                         {assignment}, 1));
}

// A member that stands still for longer than its session has lost its place when it goes on; what it then commits is
// of the past, and the coordinator has to refuse it. A static one keeps its place, but not its generation.
TEST_P(KafkaGroups, refuse_what_a_member_commits_that_slept_through_a_rebalance) {
    for (const char* membership : {"dynamic", "static"})
        for (std::uint64_t seed = 1; seed <= 2; ++seed)
            expect_held(run_with(event("asleep", "fault = \"pause\"", "billing/1", "12s", "31s") +
                                     event("join", "do = \"start\"", "billing/3", "14s"),
                                 {assignment, std::string("group.billing.membership=") + membership,
                                  "group.billing.client.session.timeout.ms=10s", "group.billing.threads=2",
                                  "group.billing.client.persistConsumerOffsetInterval=1s"},
                                 seed));
}

TEST_P(KafkaGroups, tell_of_a_member_that_the_coordinator_turns_away) {
    const RunResult result = run_with("", {assignment, "cluster.broker.group.max.size=2"}, 1);
    expect_held(result);
    const auto verdict = std::ranges::find(result.promises, "all-owned", &Verdict::promise);
    EXPECT_NE(verdict->not_judged.find("gave its membership up: GROUP_MAX_SIZE_REACHED"), std::string::npos)
        << verdict->not_judged;
}

// The member that stands in the coordinator's room is cut off from the other room's broker.
TEST(KafkaRacks, MembersThatTellTheirRoomReadFromItsBrokers) {
    const std::string cut = fmt::format(
        "[[at]]\nname = \"cut\"\nfault = \"partition\"\nbetween = [\"billing/{}\", \"{}\"]\ntime = \"20s\"\nfor = "
        "\"20s\"\n",
        kafka::group_partition("billing") % 2, other_broker);
    for (const std::string assignment : {"kafka/range", "kafka/sticky", "kafka/cooperative-sticky"})
        for (const bool racks : {true, false}) {
            const RunResult result =
                run_with(cut,
                         {"group.billing.assignment=" + assignment, "cluster.rooms=[\"east\", \"west\"]",
                          "group.billing.consumers=2", std::string("group.billing.rack=") + (racks ? "room" : "none")},
                         1);
            expect_held(result);
            const std::int64_t still = result.group_events.at(0).worst_still;
            if (racks) {
                EXPECT_LT(still, 1'000'000'000) << assignment;
            } else if (assignment != "kafka/range") {
                EXPECT_GT(still, 15'000'000'000) << assignment;
            }
        }
}

INSTANTIATE_TEST_SUITE_P(Runs, KafkaGroups,
                         ::testing::Values("kafka/range", "kafka/roundrobin", "kafka/sticky",
                                           "kafka/cooperative-sticky"),
                         [](const auto& instance) {
                             std::string name;
                             for (const char c : std::string(instance.param))
                                 if (c != '/' && c != '-') name += c;
                             return name;
                         });

}  // namespace
}  // namespace brokersim::scenario
