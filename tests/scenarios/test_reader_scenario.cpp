#include <gtest/gtest.h>

#include "scenarios/configs.h"
#include "scenarios/keys.h"
#include "scenarios/metric_names.h"
#include "scenarios/operations.h"
#include "scenarios/schedule.h"
#include "scenarios/words.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

using namespace std::chrono_literals;
using Shape = DistributionSpec::Shape;

constexpr std::string_view smallest = R"(duration = "1m"
[[topic]]
name = "t"
[[producer]]
topic = "t"
rate = "10/s"
[[group]]
name = "g"
topic = "t"
consumers = 1
)";

TEST(Reader, FillsInDefaults) {
    const auto file = read_scenario(smallest, "some/where/small.toml");
    ASSERT_TRUE(file.has_value());
    EXPECT_TRUE(file->warnings.empty());
    EXPECT_EQ(file->variants.front().name, "base");
    const Scenario& scenario = file->variants.front().scenario;
    EXPECT_EQ(scenario.name, "small");
    EXPECT_EQ(scenario.seed, 1u);
    EXPECT_EQ(scenario.duration, Duration(1min));
    EXPECT_EQ(scenario.drain, Duration(5min));
    EXPECT_EQ(scenario.hardware, HardwareSpec{});
    EXPECT_EQ(scenario.cluster.brokers, 1);
    EXPECT_EQ(scenario.cluster.name_servers, 1);
    EXPECT_EQ(store_config(scenario).mappedFileSizeCommitLog, 64LL << 20);
    EXPECT_EQ(scenario.topics.front().queues, 4);
    EXPECT_EQ(scenario.topics.front().backlog, 0);
    const ProducerSpec& producer = scenario.producers.front();
    EXPECT_EQ(producer.name, "t");
    EXPECT_EQ(producer.count, 1);
    EXPECT_EQ(producer.arrivals, Arrivals::poisson);
    EXPECT_EQ(producer.in_flight, 0);
    EXPECT_EQ(producer.body, (DistributionSpec{Shape::constant, 1024, 0, {}}));
    const GroupSpec& group = scenario.groups.front();
    EXPECT_EQ(group.threads, 20);
    EXPECT_EQ(group.assignment, "averagely");
    EXPECT_FALSE(group.static_members);
    EXPECT_EQ(group.from, StartFrom::last);
    EXPECT_EQ(group.handler, (DistributionSpec{Shape::constant, 1'000'000, 0, {}}));
    EXPECT_EQ(client_config(group).consumeThreadMax, 20);
    EXPECT_EQ(client_config(group).consumeFromWhere, "CONSUME_FROM_LAST_OFFSET");
}

TEST(Reader, ReadsMachinesAndTheirRealKeys) {
    const Scenario scenario = read_one(valid_scenario);
    EXPECT_EQ(scenario.name, "valid");
    EXPECT_EQ(scenario.about, "everything");
    EXPECT_EQ(scenario.seed, 7u);
    EXPECT_EQ(scenario.drain, Duration(2min));
    EXPECT_EQ(scenario.hardware.memory, 16LL << 30);
    EXPECT_EQ(scenario.hardware.cores, 8);
    EXPECT_EQ(scenario.hardware.profile, "nvme");
    EXPECT_EQ(scenario.hardware.network, "gigabit");
    EXPECT_EQ(scenario.cluster.brokers, 2);
    EXPECT_EQ(store_config(scenario).flushDiskType, "SYNC_FLUSH");
    EXPECT_EQ(store_config(scenario).mappedFileSizeCommitLog, 32LL << 20);
    EXPECT_EQ(coordinator_config(scenario).group_initial_rebalance_delay, Millis(500));
}

TEST(Reader, ReadsTheLoad) {
    const Scenario scenario = read_one(valid_scenario);
    ASSERT_EQ(scenario.topics.size(), 2u);
    EXPECT_EQ(scenario.topics[0].backlog, 20'000);
    const ProducerSpec& orders = scenario.producers[0];
    EXPECT_EQ(orders.rate, (Rate{1, 1ms}));
    EXPECT_EQ(orders.rate_each, (Rate{1, 2ms}));
    EXPECT_EQ(orders.arrivals, Arrivals::fixed);
    EXPECT_EQ(orders.body, (DistributionSpec{Shape::log_normal, 256, 4096, {}}));
    EXPECT_EQ(client_config(orders).sendMsgTimeout, Millis(5000));
    const ProducerSpec& late = scenario.producers[1];
    EXPECT_EQ(late.name, "late");
    EXPECT_EQ(late.rate_each, (Rate{1, 40ms}));
    EXPECT_EQ(late.in_flight, 8);
    EXPECT_EQ(late.body, (DistributionSpec{Shape::list, 0, 0, {100, 200}}));
    const GroupSpec& billing = scenario.groups[0];
    EXPECT_EQ(billing.handler, (DistributionSpec{Shape::log_normal, 20'000'000, 80'000'000, {}}));
    EXPECT_EQ(billing.from, StartFrom::first);
    EXPECT_EQ(client_config(billing).pullBatchSize, 64);
    EXPECT_EQ(client_config(billing).consumeThreadMin, 10);
    EXPECT_EQ(client_config(billing).consumeFromWhere, "CONSUME_FROM_FIRST_OFFSET");
    EXPECT_EQ(member_config(billing).session_timeout, Millis(10'000));
}

TEST(Reader, ReadsEvents) {
    const Scenario scenario = read_one(valid_scenario);
    ASSERT_EQ(scenario.events.size(), 3u);
    const EventSpec& join = scenario.events[0];
    EXPECT_EQ(join.name, "join");
    EXPECT_EQ(join.time, Duration(30s));
    EXPECT_EQ(join.operation, Operation::start);
    EXPECT_EQ(join.node, (NodeName{NodeName::Role::consumer, "billing", 3}));
    EXPECT_EQ(join.line, 49);
    const EventSpec& kill = scenario.events[1];
    EXPECT_EQ(kill.name, "kill");  // the action's word, for want of a name
    EXPECT_EQ(kill.fault, "kill");
    EXPECT_EQ(kill.lasts, Duration(10s));
    const EventSpec& rolling = scenario.events[2];
    EXPECT_EQ(rolling.operation, Operation::restart);
    EXPECT_EQ(rolling.node.text(), "producer.late/0");
    EXPECT_EQ(rolling.times, 5);
    EXPECT_EQ(rolling.jitter, Duration(1s));
}

TEST(Reader, EventsStandInOrderOfTime) {
    const Scenario scenario = read_one(changed("time = \"30s\"", "time = \"100s\""));
    EXPECT_EQ(scenario.events[0].name, "kill");
    EXPECT_EQ(scenario.events[2].name, "join");
}

TEST(Reader, ARepeatedEventWithoutTimesGoesOnUntilTheLoadEnds) {
    const Scenario scenario = read_one(changed("times = 5\n", ""));
    EXPECT_EQ(scenario.events[2].times, 15);  // 90 s, 100 s ... 230 s
}

TEST(Reader, ScheduleWritesRepetitionsOutWithJitterBySeed) {
    Scenario scenario = read_one(valid_scenario);
    const auto occurrences = schedule(scenario);
    ASSERT_EQ(occurrences.size(), 7u);
    EXPECT_EQ(occurrences[0].time, Duration(30s));
    EXPECT_EQ(occurrences[1].time, Duration(1min));
    bool moved = false;
    for (std::size_t i = 2; i < 7; ++i) {
        const Duration regular = 90s + 10s * occurrences[i].number;
        EXPECT_GE(occurrences[i].time, regular);
        EXPECT_LE(occurrences[i].time, regular + 1s);
        moved = moved || occurrences[i].time != regular;
    }
    EXPECT_TRUE(moved);
    EXPECT_EQ(schedule(scenario), occurrences);
    scenario.seed = 8;
    EXPECT_NE(schedule(scenario), occurrences);
}

TEST(Reader, ReadsExpectations) {
    const Scenario scenario = read_one(valid_scenario);
    ASSERT_EQ(scenario.expectations.size(), 3u);
    EXPECT_EQ(scenario.expectations[0].metric, "messages.lost");
    EXPECT_EQ(scenario.expectations[0].comparison, Comparison::equals);
    EXPECT_EQ(scenario.expectations[0].value, (Rational{0, 1}));
    const ExpectationSpec& speed = scenario.expectations[1];
    EXPECT_EQ(speed.comparison, Comparison::between);
    EXPECT_EQ(speed.value, (Rational{1, 2}));
    EXPECT_EQ(speed.upper, (Rational{1000, 1}));  // milliseconds
    EXPECT_EQ(speed.from, (Moment{"kill", -1s}));
    EXPECT_EQ(speed.until, (Moment{"end", {}}));
    EXPECT_EQ(scenario.expectations[2].promise, "one-owner");
    EXPECT_EQ(scenario.expectations[2].broken, BrokenWhen::in_some_seed);
    EXPECT_EQ(scenario.promises_off.at("progress"), "a consumer is dead for long");
}

TEST(Reader, WarnsOfRealKeysWithoutEffectAndOfSilentTopics) {
    const auto file =
        read_scenario(changed("memory = ", "vm.swappiness = 5\nmemory = ") + "[[topic]]\nname = \"x\"\n", "test.toml");
    ASSERT_TRUE(file.has_value());
    ASSERT_EQ(file->warnings.size(), 2u);
    EXPECT_EQ(file->warnings[0].text(), "test.toml:7:4: warning: `swappiness` has no effect here");
    EXPECT_EQ(file->warnings[1].text(), "test.toml:82:1: warning: nothing is ever sent to topic `x`");
}

TEST(Reader, ReadsStorageAndTheKernelsSettings) {
    const Scenario scenario =
        read_one(changed("cores = 8",
                         "heap = \"2GiB\"\ncache_page = \"64KiB\"\nreadahead = \"0B\"\nstable_pages = \"on\"\n"
                         "vm.dirty_ratio = 5\nvm.dirty_background_bytes = \"1MiB\"\nvm.dirty_expire_centisecs = 100"));
    EXPECT_TRUE(scenario.hardware.modelled_storage);
    const sim::PageCacheSpec spec = page_cache_spec(scenario.hardware, vm_config(scenario));
    EXPECT_EQ(spec, (sim::PageCacheSpec{.granule = 65536,
                                        .other_bytes = 2ULL << 30,
                                        .background_bytes = 1 << 20,
                                        .hard_ratio = 5,
                                        .expire = 1s,
                                        .readahead_bytes = 0,
                                        .stable_pages = true}));
    EXPECT_FALSE(read_one(changed("cores = 8", "storage = \"constant\"")).hardware.modelled_storage);
}

TEST(Reader, TheLibrarysScenariosAreValid) {
    const auto file = read_scenario_file(BROKERSIM_SOURCE "/scenarios/consumer-rebalance.toml");
    ASSERT_TRUE(file.has_value()) << file.error().front().text();
    EXPECT_TRUE(file->warnings.empty());
    ASSERT_EQ(file->variants.size(), 5u);
    EXPECT_EQ(file->variants[0].name, "rocketmq averagely");
    EXPECT_EQ(file->variants[2].scenario.groups[0].assignment, "kafka/range");
    EXPECT_EQ(file->variants[0].scenario.expectations.size(), 3u);
}

TEST(Reader, AFileThatIsNotThereIsADiagnostic) {
    const auto file = read_scenario_file("/nowhere/x.toml");
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().front().text(), "/nowhere/x.toml:1:1: the file cannot be opened");
}

TEST(ReaderKeys, EveryKeyStandsInTheReference) {
    const std::string reference = keys_reference();
    for (const KeySpec& key : key_specs()) {
        EXPECT_NE(find_section(key.section), nullptr) << key.section;
        EXPECT_EQ(find_key(key.section, key.key), &key) << "twice: " << key.section << "." << key.key;
        EXPECT_NE(reference.find("| `" + std::string(key.key) + "` |"), std::string::npos) << key.key;
        EXPECT_TRUE(key.about.ends_with('.')) << key.about;
    }
    for (const auto& words : {fault_words(), assignment_words(), release_words()})
        for (const std::string& word : words) EXPECT_NE(reference.find("`" + word + "`"), std::string::npos) << word;
}

TEST(ReaderKeys, MetricsAreFoundByTheirNames) {
    const std::vector<std::string> groups{"billing"};
    EXPECT_TRUE(find_metric("messages.delivered_unacknowledged", groups).has_value());
    EXPECT_TRUE(find_metric("group.billing.messages.lost", groups).has_value());
    EXPECT_EQ((*find_metric("group.billing.converge_ms", groups))->unit, "ms");
    EXPECT_EQ(find_metric("messages.lots", groups).error(),
              "no metric is named `messages.lots`; did you mean `messages.lost`?");
    EXPECT_EQ(find_metric("group.biling.lag_s", groups).error(), "no group is named `biling`; did you mean `billing`?");
    EXPECT_EQ(find_metric("group.NAME.lag_s", groups).error(), "no group is named `NAME`; groups are `billing`");
    EXPECT_EQ(find_metric("beauty", groups).error(), "no metric is named `beauty`; `brokersim list metrics` shows all");
}

}  // namespace
}  // namespace brokersim::scenario
