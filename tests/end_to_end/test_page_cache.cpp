#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/protocol/frame.h"
#include "scenarios/reader.h"
#include "scenarios/run.h"
#include "scenarios/stage.h"
#include "sim/observer.h"

/// What page cache and disk do to a broker.
namespace brokersim::scenario {
namespace {

using namespace std::chrono_literals;

Variant variant(const std::string& hardware, const std::string& rest = "", const std::string& rate = "2000/s") {
    const std::string text = "duration = \"20s\"\n[hardware]\n" + hardware + R"(
        [[topic]]
        name = "t"
        [[producer]]
        topic = "t"
        count = 4
        body = "1KiB"
        rate = ")" + rate + R"("
        [[group]]
        name = "g"
        topic = "t"
        consumers = 1
        from = "first"
        )" + rest;
    const auto file = read_scenario(text, "cache.toml", {});
    if (!file) throw std::runtime_error(file.error().front().text());
    return file->variants.front();
}

RunResult run_checked(const Variant& variant) {
    RunOptions options;
    options.stage.check_unpaid = true;
    return run(variant, 1, options);
}

std::int64_t whole(const RunResult& result, const std::string& metric) {
    const Rational value = result.metrics.at(metric);
    return value.num / value.den;
}

/// Counts the reasons for which brokers refuse.
class Refusals final : public sim::Observer {
public:
    bool watches_frames() const override { return true; }
    void on_frame_arrived(sim::WorldTime, const sim::FrameArrival& arrival) override {
        const std::string remark(std::string_view(arrival.frame.remark));
        if (const auto end = remark.find(']'); remark.starts_with('[') && end != std::string::npos)
            ++counts[remark.substr(1, end - 1)];
    }
    std::map<std::string, int> counts;
};

/// Nothing but the disk stands still: the flush of the last page does not end, the append that needs the page waits for
/// it under the lock, and the requests behind it are turned away, first for their age, then for the lock's.
TEST(PageCacheRuns, AStallOfTheDiskAloneMakesABrokerBusy) {
    const Variant stable = variant("stable_pages = \"on\"");
    Stage stage(stable.scenario, 1, {.keep_store = {}, .check_unpaid = true});
    Refusals refusals;
    stage.world().add_observer(refusals);
    ASSERT_EQ(stage.set_up(), sim::RunStatus::reached);
    stage.start_clients();
    ASSERT_EQ(stage.world().run_for(10s), sim::RunStatus::reached);
    EXPECT_THAT(refusals.counts, ::testing::IsEmpty());
    const faults::StallId stall = stage.stall_disk("broker/0");
    ASSERT_EQ(stage.world().run_for(5s), sim::RunStatus::reached);
    EXPECT_GT(refusals.counts["TIMEOUT_CLEAN_QUEUE"], 100);
    EXPECT_GT(refusals.counts["PCBUSY_CLEAN_QUEUE"], 100);
    stage.free_disk("broker/0", stall);
    EXPECT_FALSE(stage.troubled());
    ASSERT_EQ(stage.world().run_for(1s), sim::RunStatus::reached);
    refusals.counts.clear();
    ASSERT_EQ(stage.world().run_for(4s), sim::RunStatus::reached);
    EXPECT_THAT(refusals.counts, ::testing::IsEmpty()) << "it recovers";
}

TEST(PageCacheRuns, AStallIsAFaultThatHealsAndLosesNothing) {
    const RunResult result = run_checked(variant("stable_pages = \"on\"", R"([[at]]
        time = "8s"
        fault = "disk-stall"
        node = "broker/0"
        for = "4s")"));
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 12'000'000'000);
    EXPECT_GT(whole(result, "messages.rejected"), 1000);
    EXPECT_EQ(whole(result, "messages.lost"), 0);
    EXPECT_EQ(whole(result, "backlog.end"), 0);
}

TEST(PageCacheRuns, AStallWithoutAnEndHealsWhenTheLoadEnds) {
    const RunResult result = run_checked(variant("", R"([store]
        flushDiskType = "SYNC_FLUSH"
        [[at]]
        time = "15s"
        fault = "disk-stall"
        node = "broker/0")"));
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_EQ(result.healed_at, 20'000'000'000);
}

/// A slow disk and a low limit: writers are paused, and what is dirty stays below the limit.
TEST(PageCacheRuns, ABrokerThatWritesFasterThanItsDiskIsThrottled) {
    const RunResult result = run_checked(variant(
        "profile = \"hdd\"\nmemory = \"512MiB\"\nvm.dirty_bytes = \"8MiB\"\nvm.dirty_background_bytes = \"4MiB\"", "",
        "20000/s"));
    EXPECT_NE(result.outcome, Outcome::crashed) << result.message;
    EXPECT_GT(whole(result, "broker.throttled_ms"), 0);
    EXPECT_LE(whole(result, "page_cache.dirty_peak_bytes"), 9 << 20);
    EXPECT_EQ(whole(result, "messages.lost"), 0);
}

/// More backlog than memory: the consumer reads what the cache no longer has.
TEST(PageCacheRuns, ABacklogBeyondMemoryIsReadFromTheDisk) {
    const RunResult result =
        run_checked(variant("memory = \"256MiB\"\nheap = \"192MiB\"", "[start]\nbacklog = {t = 100_000}\n", "500/s"));
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_GT(whole(result, "page_cache.major_faults"), 100);
    EXPECT_GT(whole(result, "page_cache.evicted_pages"), 1000);
    EXPECT_LE(whole(result, "page_cache.peak_bytes"), 64 << 20);
    const Series& hits = result.series.at("page_cache.hit_ppm");
    EXPECT_LT(*std::ranges::min_element(hits.values), 1'000'000);
}

TEST(PageCacheRuns, ConstantCostsMeasureNoCache) {
    const RunResult result = run_checked(variant("storage = \"constant\""));
    EXPECT_EQ(result.outcome, Outcome::held) << result.message;
    EXPECT_FALSE(result.metrics.contains("page_cache.hit_ratio"));
    EXPECT_FALSE(result.series.contains("page_cache.hit_ppm"));
}

std::string first_error(const std::string& hardware, const std::string& rest = "") {
    const auto file = read_scenario("duration = \"1s\"\n[hardware]\n" + hardware + "\n[[topic]]\nname = \"t\"\n" + rest,
                                    "bad.toml", {});
    if (file) return "";
    const auto error = std::ranges::find(file.error(), false, &Diagnostic::warning);
    return error == file.error().end() ? "" : error->text();
}

TEST(PageCacheRuns, WrongWordsAreNamed) {
    EXPECT_EQ(first_error("vm.dirty_rato = 5"), "bad.toml:3:4: unknown key `dirty_rato`; did you mean `dirty_ratio`?");
    EXPECT_THAT(first_error("vm.dirty_ratio = 101"), ::testing::HasSubstr("bad.toml:3:"));
    EXPECT_EQ(first_error("storage = \"modeled\""),
              "bad.toml:3:11: `storage` = \"modeled\": no such word; did you mean `modelled`?");
    EXPECT_EQ(first_error("cache_page = \"12KiB\""),
              "bad.toml:3:14: `cache_page` is a power of two: 4KiB, 8KiB, 16KiB, 32KiB, 64KiB");
    EXPECT_EQ(first_error("memory = \"1GiB\"\nheap = \"1GiB\""),
              "bad.toml:4:8: `heap` leaves less than 64MiB of `memory` to the page cache");
    EXPECT_EQ(
        first_error("storage = \"constant\"", "[[at]]\ntime = \"0s\"\nfault = \"disk-stall\"\nnode = \"broker/0\""),
        "bad.toml:9:8: `disk-stall` needs a disk: `storage` in [hardware] is \"constant\"");
}

}  // namespace
}  // namespace brokersim::scenario
