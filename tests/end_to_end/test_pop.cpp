#include <gtest/gtest.h>

#include "scenarios/reader.h"
#include "scenarios/run.h"

namespace brokersim::scenario {
namespace {

/// A group that pops, and what happens to it between 6 s and 12 s of 20 s.
RunResult run_with(const std::string& happens, std::uint64_t seed, const std::string& store = "") {
    const std::string text = R"(
        duration = "20s"
        [cluster]
        brokers = 2
        [start]
        backlog = {t = 300}
        [[topic]]
        name = "t"
        queues = 2
        [[producer]]
        topic = "t"
        rate = "200/s"
        [[group]]
        name = "g"
        topic = "t"
        consumers = 3
        assignment = "pop"
        handler = {median = "5ms", p99 = "50ms"}
        from = "first"
        [group.client]
        popInvisibleTime = "10s"
    )" + happens + store;
    const auto file = read_scenario(text, "pop.toml", {});
    if (!file) throw std::runtime_error(file.error().front().text());
    RunOptions options;
    options.stage.check_unpaid = true;
    return run(file->variants.front(), seed, options);
}

std::string at(const std::string& time, const std::string& node, const std::string& what) {
    return "[[at]]\nname = \"at-" + time + "\"\ntime = \"" + time + "\"\nnode = \"" + node + "\"\n" + what + "\n";
}

std::int64_t count(const RunResult& result, const std::string& name) { return result.metrics.at(name).num; }

void expect_held(const RunResult& result, const std::string& what) {
    EXPECT_EQ(result.outcome, Outcome::held) << what << " seed " << result.seed << " " << result.message;
    EXPECT_TRUE(result.drained) << what << " seed " << result.seed;
    for (const Verdict& verdict : result.promises)
        for (const Broken& broken : verdict.broken) ADD_FAILURE() << verdict.promise << ": " << broken.what;
    EXPECT_EQ(count(result, "messages.pending"), 0) << what;
    EXPECT_EQ(count(result, "messages.lost"), 0) << what;
}

TEST(Pop, nothing_is_lost_whoever_dies) {
    const std::string kill = "fault = \"kill\"";
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        expect_held(run_with(at("6s", "g/0", kill), seed), "a consumer is killed");
        expect_held(run_with(at("6s", "broker/0", kill + "\nfor = \"3s\""), seed), "a broker is killed");
        expect_held(run_with(at("6s", "g/1", "fault = \"power-cut\"") + at("8s", "g/3", "do = \"start\"") +
                                 at("9s", "broker/1", "do = \"restart\""),
                             seed),
                    "one falls silent, one joins, a broker is restarted");
        expect_held(run_with(at("6s", "broker/0", "fault = \"power-cut\"\nfor = \"2s\""), seed,
                             "[store]\nflushDiskType = \"SYNC_FLUSH\"\n"),
                    "a broker that flushes first loses its power");
    }
}

TEST(Pop, a_dead_consumers_messages_come_back_when_their_time_is_up) {
    const RunResult result = run_with(at("6s", "g/0", "fault = \"kill\""), 7);
    expect_held(result, "kill");
    EXPECT_GT(result.metrics.at("latency.end_to_end.max_ms").num, 0);
}

TEST(Pop, reports_tell_no_numbers_about_owners_where_nobody_owns_anything) {
    const RunResult result = run_with(at("6s", "g/0", "fault = \"kill\""), 1);
    for (const char* name : {"rebalances", "unowned_ms", "double_owned_ms", "imbalance", "converge_ms", "queues_moved",
                             "queues_moved_least"})
        EXPECT_FALSE(result.metrics.contains("group.g." + std::string(name))) << name;
    EXPECT_TRUE(result.metrics.contains("group.g.stopped_ms"));
    ASSERT_EQ(result.group_events.size(), 1U);
    EXPECT_FALSE(result.group_events[0].owns);
    for (const Verdict& verdict : result.promises)
        if (verdict.promise == "one-owner" || verdict.promise == "all-owned") {
            EXPECT_FALSE(verdict.not_judged.empty()) << verdict.promise;
        }
}

TEST(Pop, the_same_seed_gives_the_same_run) {
    const std::string happens = at("6s", "broker/0", "fault = \"kill\"\nfor = \"3s\"");
    EXPECT_EQ(run_with(happens, 3).digest, run_with(happens, 3).digest);
    EXPECT_NE(run_with(happens, 3).digest, run_with(happens, 4).digest);
}

}  // namespace
}  // namespace brokersim::scenario
