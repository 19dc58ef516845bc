#include "reports/event_blocks.h"

#include <gtest/gtest.h>

#include "reports/conclusions.h"

namespace brokersim::report {
namespace {

using scenario::RunResult;

constexpr std::int64_t second = 1'000'000'000;

/// A result of a variant with events of the group "g".
struct Told {
    explicit Told(const std::string& variant) { result.variant = variant; }
    /// An event, and what came of it until `end`.
    Told& add(const std::string& name, const std::string& target, std::int64_t at, std::int64_t end,
              std::optional<std::int64_t> agreed = 0, std::uint64_t twice = 0) {
        result.struck.push_back({at * second, name, "kill", target, true});
        scenario::GroupEventReport report{.event = name, .group = "g", .at = at * second, .window_end = end * second};
        report.agreed_after = agreed;
        report.came_twice = twice;
        result.group_events.push_back(report);
        return *this;
    }
    RunResult result;
};

TEST(EventBlocks, EventsOfOneInstantAreOneBlock) {
    const std::vector<RunResult> results{Told("a")
                                             .add("one", "g/0", 5, 5)
                                             .add("two", "g/1", 5, 5)
                                             .add("all", "g/2", 5, 9)
                                             .add("late", "g/3", 9, 20)
                                             .result};
    const auto blocks = event_blocks(results);
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(block_title(results, blocks[0]), "one, two, all: kill g/0, g/1, g/2 at 5.00 s");
    EXPECT_EQ(blocks[0].report->window_end, 9 * second);
    EXPECT_EQ(block_title(results, blocks[1]), "late: kill g/3 at 9.00 s");
}

TEST(EventBlocks, VariantsThatStrikeSomethingElseSaySo) {
    const std::vector<RunResult> results{Told("a").add("cut", "g/0", 5, 9).result,
                                         Told("b").add("cut", "g/1", 5, 9).result};
    EXPECT_EQ(block_title(results, event_blocks(results).at(0)), "cut: kill g/0 at 5.00 s (b: kill g/1)");
}

TEST(Conclusions, RepetitionsOfAnEventHaveOneSentence) {
    const std::vector<RunResult> results{
        Told("a").add("flap", "g/0", 10, 20, second, 1).add("flap", "g/0", 20, 30, 2 * second, 4).result,
        Told("b").add("flap", "g/0", 10, 20, std::nullopt, 2).add("flap", "g/0", 20, 30, 7 * second).result};
    EXPECT_EQ(
        conclusions(results),
        std::vector<std::string>{"flap, 2 times: a agreed after 1.00 s to 2.00 s, b agreed 1 of 2 times after 7.00 s. "
                                 "The longest stop of a queue was 0 (a); most messages came twice under a (5)."});
}

}  // namespace
}  // namespace brokersim::report
