#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include "scenarios/configs.h"
#include "scenarios/units.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

std::string with(std::string_view more) { return std::string(valid_scenario) + std::string(more); }

ScenarioFile read_all(std::string_view text, const Lines& overrides = {}) {
    const auto file = read_scenario(text, "test.toml", overrides);
    if (file) return *file;
    for (const Diagnostic& diagnostic : file.error()) ADD_FAILURE() << diagnostic.text();
    return {};
}

Lines names_of(const ScenarioFile& file) {
    Lines names;
    for (const Variant& variant : file.variants) names.push_back(variant.name);
    return names;
}

TEST(ReaderVariants, EachIsResolvedOnItsOwn) {
    const ScenarioFile file = read_all(with(R"(
[[variant]]
name = "small"
group.billing.assignment = "averagely"
group.billing.handler = "5ms"
cluster.brokers = 1
[[variant]]
name = "kafka"
group.billing.assignment = "kafka/range"
group.billing.consumers = 5
group.billing.client.session.timeout.ms = "20s"
cluster.broker.flushDiskType = "ASYNC_FLUSH"
store.maxMessageSize = "1MiB"
start.backlog.bills = 10
at.join = {node = "billing/5"}
)"));
    ASSERT_EQ(names_of(file), (Lines{"small", "kafka"}));
    const Scenario& small = file.variants[0].scenario;
    EXPECT_EQ(small.groups[0].assignment, "averagely");
    EXPECT_EQ(small.groups[0].handler.first, 5'000'000);
    EXPECT_EQ(small.cluster.brokers, 1);
    EXPECT_EQ(store_config(small).flushDiskType, "SYNC_FLUSH");
    const Scenario& kafka = file.variants[1].scenario;
    EXPECT_EQ(kafka.groups[0].assignment, "kafka/range");
    EXPECT_EQ(kafka.groups[0].consumers, 5);
    EXPECT_EQ(kafka.cluster.brokers, 2);
    EXPECT_EQ(member_config(kafka.groups[0]).session_timeout, Millis(20'000));
    EXPECT_EQ(client_config(kafka.groups[0]).pullBatchSize, 64);
    EXPECT_EQ(store_config(kafka).flushDiskType, "ASYNC_FLUSH");
    EXPECT_EQ(store_config(kafka).maxMessageSize, 1 << 20);
    EXPECT_EQ(kafka.topics[0].backlog, 20'000);
    EXPECT_EQ(kafka.topics[1].backlog, 10);
    EXPECT_EQ(kafka.events[0].node.index, 5);
}

TEST(ReaderVariants, TargetsMustExistInEveryVariant) {
    const std::string text = changed("node = \"billing/0\"", "node = \"billing/2\"") +
                             "[[variant]]\nname = \"few\"\ngroup.billing.consumers = 1\n[[variant]]\nname = \"same\"\n";
    EXPECT_EQ(
        errors_of(text),
        Lines{"test.toml:57:8: \"billing/2\" does not run at 1m: nodes up to \"billing/0\" run from the beginning, "
              "and no event starts it before (in variant `few`)"});
}

TEST(ReaderVariants, PathsMustLeadSomewhere) {
    const auto error = [](std::string_view line) {
        return errors_of(with(fmt::format("[[variant]]\nname = \"v\"\n{}\n", line)));
    };
    EXPECT_EQ(error("group.biling.threads = 1"),
              Lines{"test.toml:83:14: no [[group]] is named `biling`; did you mean `billing`?"});
    EXPECT_EQ(error("group.billing.thread = 1"),
              Lines{"test.toml:83:15: unknown key `thread` in [[group]]; did you mean `threads`?"});
    EXPECT_EQ(error("grup.billing.threads = 1"), Lines{"test.toml:83:1: unknown key `grup`; did you mean `group`?"});
    EXPECT_EQ(error("group.billing.name = \"x\""),
              Lines{"test.toml:83:15: `group.billing.name`: names cannot be changed"});
    EXPECT_EQ(error("cluster = 3"), Lines{"test.toml:83:1: `cluster` is a section; write cluster.KEY = ..."});
    EXPECT_EQ(error("group.billing = 3"),
              Lines{"test.toml:83:7: `group.billing` is no path; write group.NAME.KEY = ..."});
    EXPECT_EQ(error("seed = 3"), Lines{"test.toml:83:1: `seed` is the same in every variant"});
    EXPECT_EQ(error("variant.v.name = 3"),
              Lines{"test.toml:83:11: `variant.v.name`: paths do not lead into [[variant]]"});
    EXPECT_EQ(error("at.kill.time = \"9m\""), (Lines{"test.toml:74:8: `from` = \"kill-1s\" lies outside the run",
                                                     "test.toml:83:16: `time` is 9m, but the load ends after 4m"}));
}

TEST(ReaderVariants, NamesAreNeededAndUnique) {
    EXPECT_EQ(errors_of(with("[[variant]]\ncluster.brokers = 1\n")),
              Lines{"test.toml:81:1: [[variant]] has no `name`"});
    EXPECT_EQ(errors_of(with("[[variant]]\nname = \"a\"\n[[variant]]\nname = \"a\"\n")).back(),
              "test.toml:83:1: two variants are named `a`");
    EXPECT_EQ(errors_of(with("[[variant]]\nname = 3\n")),
              Lines{"test.toml:82:8: `name` wants a text, not a whole number"});
}

TEST(ReaderVariants, AMatrixMakesEveryCombination) {
    const ScenarioFile file = read_all(with(R"(
[matrix]
cluster.brokers = [2, 3]
group.billing.assignment = ["averagely", "kafka/range"]
group.billing.handler = ["5ms", {min = "1ms", max = "2ms"}]
)"));
    ASSERT_EQ(names_of(file), (Lines{"brokers 2, averagely, 5ms", "brokers 2, averagely, handler #2",
                                     "brokers 2, kafka/range, 5ms", "brokers 2, kafka/range, handler #2",
                                     "brokers 3, averagely, 5ms", "brokers 3, averagely, handler #2",
                                     "brokers 3, kafka/range, 5ms", "brokers 3, kafka/range, handler #2"}));
    const Scenario& last = file.variants.back().scenario;
    EXPECT_EQ(last.cluster.brokers, 3);
    EXPECT_EQ(last.groups[0].assignment, "kafka/range");
    EXPECT_EQ(last.groups[0].handler.shape, DistributionSpec::Shape::uniform);
}

TEST(ReaderVariants, AMatrixMultipliesNamedVariants) {
    const ScenarioFile file =
        read_all(with("[matrix]\nhardware.cores = [2, 4]\n[[variant]]\nname = \"a\"\n[[variant]]\nname = \"b\"\n"));
    EXPECT_EQ(names_of(file), (Lines{"a, cores 2", "a, cores 4", "b, cores 2", "b, cores 4"}));
}

TEST(ReaderVariants, AMatrixIsChecked) {
    EXPECT_EQ(errors_of(with("[matrix]\ncluster.brokers = 3\n")),
              Lines{"test.toml:82:9: `cluster.brokers` wants a list of values"});
    EXPECT_EQ(errors_of(with("[matrix]\ncluster.brokers = [2, 2]\n")).back(),
              "test.toml:82:23: two variants are named `brokers 2`");
    std::string list = "1";
    for (int i = 2; i <= 40; ++i) list += fmt::format(", {}", i);
    EXPECT_EQ(errors_of(with(fmt::format("[matrix]\ncluster.brokers = [{0}]\nhardware.cores = [{0}]\n", list))).front(),
              "test.toml:83:10: that makes 1600 variants; at most 1000 are possible");
    EXPECT_EQ(errors_of(with("[matrix]\ncluster.brokers = [2, 100]\n")),
              Lines{"test.toml:82:23: `brokers` is 100; its range is 1..64 (in variant `brokers 100`)"});
}

TEST(ReaderVariants, SetChangesTheFile) {
    const Scenario scenario =
        read_one(valid_scenario, {"cluster.brokers=3", "producer.orders.rate = 5k/s", "at.kill.time=70s", "seed=99",
                                  "group.billing.client.pullBatchSize=16", "hardware.memory=1GiB",
                                  "group.billing.handler={median=\"1ms\", p99=\"3ms\"}", "store.maxMessageSize=4096",
                                  "group.billing.client.session.timeout.ms=9000", "promises.off.bounded=\"no reason\"",
                                  "expect.speed.between=[1, 2]"});
    EXPECT_EQ(scenario.cluster.brokers, 3);
    EXPECT_EQ(scenario.producers[0].rate, *parse_rate("5k/s"));
    EXPECT_EQ(scenario.events[1].time, Duration(70s));
    EXPECT_EQ(scenario.seed, 99u);
    EXPECT_EQ(client_config(scenario.groups[0]).pullBatchSize, 16);
    EXPECT_EQ(member_config(scenario.groups[0]).session_timeout, Millis(9000));
    EXPECT_EQ(scenario.hardware.memory, 1LL << 30);
    EXPECT_EQ(scenario.groups[0].handler.second, 3'000'000);
    EXPECT_EQ(store_config(scenario).maxMessageSize, 4096);
    EXPECT_TRUE(scenario.promises_off.contains("bounded"));
    EXPECT_EQ(scenario.expectations[1].upper, (Rational{2, 1}));
}

TEST(ReaderVariants, SetReplacesAWholeTableOfRealKeys) {
    const Scenario scenario =
        read_one(valid_scenario, {"cluster.broker={group.initial.rebalance.delay.ms = 700, brokerPermission = 6}"});
    EXPECT_EQ(coordinator_config(scenario).group_initial_rebalance_delay, Millis(700));
    EXPECT_EQ(store_config(scenario).flushDiskType, "ASYNC_FLUSH");
}

TEST(ReaderVariants, SetErrorsNameTheOverride) {
    const auto error = [](const std::string& set) { return errors_of(valid_scenario, {set}); };
    EXPECT_EQ(error("cluster.brokrs=3"),
              Lines{"--set cluster.brokrs=3:1:1: unknown key `brokrs` in [cluster]; did you mean `brokers`?"});
    EXPECT_EQ(error("cluster.brokers=many"),
              Lines{"--set cluster.brokers=many:1:1: `brokers` wants a whole number, not a text"});
    EXPECT_EQ(error("clustr.brokers=3"), Lines{"--set clustr.brokers=3:1:1: `clustr.brokers` is no path: no section is "
                                               "named `clustr`; did you mean `cluster`?"});
    EXPECT_EQ(error("brokers"), Lines{"--set brokers:1:1: write PATH=VALUE"});
    EXPECT_EQ(error("cluster..x=3"), Lines{"--set cluster..x=3:1:1: `cluster..x` is no path"});
    EXPECT_EQ(error("cluster=3"), Lines{"--set cluster=3:1:1: `cluster` is no path: a key is missing"});
    EXPECT_EQ(error("group.billing=3"),
              Lines{"--set group.billing=3:1:1: `group.billing` is no path; write group.NAME.KEY"});
    EXPECT_EQ(
        error("group.billing.handler.median=3ms"),
        Lines{"--set group.billing.handler.median=3ms:1:1: `group.billing.handler.median` is no path: `handler` is "
              "set as a whole"});
    EXPECT_EQ(error("matrix.x=[1]"), Lines{"--set matrix.x=[1]:1:1: `matrix.x`: paths do not lead into [matrix]"});
    EXPECT_EQ(error("sede=3"), Lines{"--set sede=3:1:1: unknown key `sede`; did you mean `seed`?"});
}

TEST(ReaderVariants, SetWinsOverAVariantAndSaysSo) {
    const ScenarioFile file = read_all(with("[[variant]]\nname = \"a\"\ncluster.brokers = 3\n"), {"cluster.brokers=4"});
    EXPECT_EQ(file.variants[0].scenario.cluster.brokers, 4);
    ASSERT_EQ(file.warnings.size(), 1u);
    EXPECT_EQ(file.warnings[0].text(),
              "--set cluster.brokers=4:1:1: warning: this replaces what a variant sets: cluster.brokers");
}

TEST(ReaderVariants, ExpectationsMayConcernSomeVariantsOnly) {
    const ScenarioFile file = read_all(with(R"(
[[variant]]
name = "a"
[[variant]]
name = "b"
[[expect]]
metric = "backlog.max"
at_most = 10
variant = "b"
)"));
    EXPECT_EQ(file.variants[0].scenario.expectations.size(), 3u);
    EXPECT_EQ(file.variants[1].scenario.expectations.size(), 4u);
}

RC_GTEST_PROP(ReaderVariants, SetSaysTheSameAsTheFile, ()) {
    const auto queues = *rc::gen::inRange(1, 1025);
    const auto threads = *rc::gen::inRange(1, 1001);
    const auto delay = *rc::gen::inRange(1, 600'000);
    std::string text = changed("queues = 4", fmt::format("queues = {}", queues));
    text.replace(text.find("threads = 10"), 12, fmt::format("threads = {}", threads));
    text.replace(text.find("drain = \"2m\""), 12, fmt::format("drain = \"{}ms\"", delay));
    Scenario written = read_one(text);
    Scenario set =
        read_one(valid_scenario, {fmt::format("topic.orders.queues={}", queues),
                                  fmt::format("group.billing.threads={}", threads), fmt::format("drain={}ms", delay)});
    RC_ASSERT(written == set);
}

}  // namespace
}  // namespace brokersim::scenario
