#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/reader.h"
#include "scenarios/run.h"

/// Whole runs of groups in which every member gets every message.
namespace brokersim::scenario {
namespace {

/// Three members of the group "prices" on two brokers; `more` are further keys of the group and [[at]] tables.
RunResult run_with(const std::string& more, std::uint64_t seed = 1) {
    const std::string text = R"(
        duration = "90s"
        [cluster]
        brokers = 2
        [[topic]]
        name = "t"
        queues = 2
        [[producer]]
        topic = "t"
        rate = "50/s"
        [[group]]
        name = "prices"
        topic = "t"
        consumers = 3
        model = "broadcasting"
    )" + more;
    const auto file = read_scenario(text, "broadcast.toml", {});
    if (!file) throw std::runtime_error(file.error().front().text());
    RunResult result = run(file->variants.front(), seed);
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    for (const Verdict& verdict : result.promises)
        for (const auto& broken : verdict.broken) {
            ADD_FAILURE() << "seed " << seed << ": " << broken.what;
            for (const std::string& line : broken.evidence) ADD_FAILURE() << line;
        }
    return result;
}

std::int64_t metric(const RunResult& result, const std::string& name) {
    const auto found = result.metrics.find(name);
    return found == result.metrics.end() ? -1 : found->second.num / found->second.den;
}

std::string accident(const std::string& what, const std::string& node, const std::string& time,
                     const std::string& lasts) {
    return fmt::format("[[at]]\n{}\nnode = \"{}\"\ntime = \"{}\"\nfor = \"{}\"\n", what, node, time, lasts);
}

TEST(Broadcasting, EveryMemberReadsEverything) {
    const RunResult result = run_with("from = \"first\"\n");
    const std::int64_t sent = metric(result, "messages.acknowledged");
    EXPECT_GT(sent, 4'000);
    for (int member = 0; member < 3; ++member) {
        EXPECT_EQ(metric(result, fmt::format("group.prices/{}.messages.delivered", member)), sent);
        EXPECT_EQ(metric(result, fmt::format("group.prices/{}.requests.member_list", member)), 0);
        EXPECT_EQ(metric(result, fmt::format("group.prices/{}.requests.notification", member)), 0);
        EXPECT_EQ(metric(result, fmt::format("group.prices/{}.queues_moved", member)), -1) << "nobody shares queues";
    }
    EXPECT_EQ(metric(result, "messages.delivered"), 3 * sent);
    EXPECT_EQ(metric(result, "messages.duplicated"), 0);
}

TEST(Broadcasting, AMemberThatWasAwayCatchesUpFromItsFile) {
    for (const char* from : {"first", "last"}) {
        const RunResult result =
            run_with(fmt::format("from = \"{}\"\n", from) + accident("fault = \"kill\"", "prices/1", "30s", "20s"));
        const std::int64_t others = metric(result, "group.prices/0.messages.delivered");
        const std::int64_t got =
            metric(result, "group.prices/1.messages.delivered") - metric(result, "group.prices/1.messages.duplicated");
        EXPECT_EQ(got, others) << from;
        EXPECT_GT(metric(result, "group.prices/1.messages.duplicated"), 0) << "handled, and not in the file yet";
        EXPECT_EQ(metric(result, "group.prices/0.messages.duplicated"), 0);
        EXPECT_EQ(metric(result, "messages.pending"), 0);
    }
}

TEST(Broadcasting, AMemberThatJoinsLateBeginsWhereItIsToldTo) {
    const std::string join = "[[at]]\ndo = \"start\"\nnode = \"prices/3\"\ntime = \"45s\"\n";
    const RunResult all = run_with("from = \"first\"\n" + join);
    EXPECT_EQ(metric(all, "group.prices/3.messages.delivered"), metric(all, "group.prices/0.messages.delivered"));
    const RunResult rest = run_with("from = \"last\"\n" + join);
    EXPECT_LT(metric(rest, "group.prices/3.messages.delivered"),
              metric(rest, "group.prices/0.messages.delivered") * 2 / 3);
    EXPECT_GT(metric(rest, "group.prices/3.messages.delivered"), 1'000);
}

// Whatever goes wrong: each member that lives at the end has handled all that came since it began.
TEST(Broadcasting, SurvivesAccidents) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed)
        for (const char* from : {"first", "last"}) {
            const std::string group = fmt::format("from = \"{}\"\n", from);
            run_with(group + accident("fault = \"power-cut\"", "prices/1", "30s", "15s"), seed);
            run_with(group + accident("do = \"stop\"", "prices/1", "31s", "15s"), seed);
            run_with(group + accident("fault = \"kill\"", "prices/1", "3s", "2s"), seed);
            run_with(group + accident("fault = \"kill\"", "broker/1", "30s", "20s"), seed);
            run_with(group + accident("fault = \"pause\"", "prices/2", "20s", "40s"), seed);
        }
}

TEST(Broadcasting, SaysWhatItDoesNotGoWith) {
    const auto error = [](const std::string& more) {
        const std::string text =
            "duration = \"1s\"\n[[topic]]\nname = \"t\"\n[[producer]]\ntopic = \"t\"\nrate = \"1/s\"\n[[group]]\nname "
            "= \"g\"\ntopic = \"t\"\n"
            "consumers = 1\nmodel = \"broadcasting\"\n" +
            more;
        const auto file = read_scenario(text, "b.toml", {});
        return file ? std::string() : file.error().front().message;
    };
    EXPECT_EQ(error("assignment = \"kafka/range\""),
              "`model` = \"broadcasting\" does not go with `assignment` = \"kafka/range\": every consumer takes all "
              "queues");
    EXPECT_EQ(error("order = \"orderly\""), "`model` = \"broadcasting\" does not go with `order` = \"orderly\"");
    EXPECT_EQ(error("client.messageModel = \"BROADCASTING\""), "`messageModel` is set by `model`");
    EXPECT_EQ(error("[[expect]]\nmetric = \"group.g.messages.lost\"\nequals = 0"),
              "no group is named `g`; groups are `g/0`");
}

}  // namespace
}  // namespace brokersim::scenario
