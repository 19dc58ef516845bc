#include <gtest/gtest.h>

#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

using Lines = std::vector<std::string>;

Lines after(std::string_view from, std::string_view to) { return errors_of(changed(from, to)); }

TEST(ReaderErrors, UnknownKeyNamesTheNearestOne) {
    EXPECT_EQ(after("queues = 4", "quues = 4"),
              Lines{"test.toml:23:1: unknown key `quues` in [[topic]]; did you mean `queues`?"});
    EXPECT_EQ(after("queues = 4", "partitions = 4"),
              Lines{"test.toml:23:1: unknown key `partitions` in [[topic]]; keys are `name`, `queues`"});
    EXPECT_EQ(after("[[topic]]\nname = \"bills\"", "[[topics]]\nname = \"bills\"")[0],
              "test.toml:24:3: unknown key `topics`; did you mean `topic`?");
    EXPECT_EQ(after("seed = 7", "sede = 7"), Lines{"test.toml:3:1: unknown key `sede`; did you mean `seed`?"});
}

TEST(ReaderErrors, KeyInTheWrongTableIsToldItsHome) {
    EXPECT_EQ(after("queues = 4", "rate = \"5/s\""),
              Lines{"test.toml:23:1: `rate` belongs in [[producer]], not in [[topic]]"});
    EXPECT_EQ(after("cores = 8", "seed = 8"),
              Lines{"test.toml:8:1: `seed` belongs before the first section, not in [hardware]"});
    EXPECT_EQ(after("seed = 7", "memory = \"1GiB\""),
              Lines{"test.toml:3:1: `memory` belongs in [hardware] or in [[machine]]"});
    EXPECT_EQ(after("queues = 4", "topic = \"x\""),
              Lines{"test.toml:23:1: `topic` belongs in [[producer]] or in [[group]], not in [[topic]]"});
    EXPECT_EQ(after("threads = 10", "pullInterval = 10"),
              Lines{"test.toml:43:1: `pullInterval` belongs under group.NAME.client.pullInterval, not in [[group]]"});
}

TEST(ReaderErrors, WrongTypesAreNamed) {
    EXPECT_EQ(after("queues = 4", "queues = \"4\""),
              Lines{"test.toml:23:10: `queues` wants a whole number, not a text"});
    EXPECT_EQ(after("queues = 4", "queues = 4.5"),
              Lines{"test.toml:23:10: `queues` wants a whole number, not a number with a fraction"});
    EXPECT_EQ(after("time = \"30s\"", "time = 30"),
              Lines{"test.toml:51:8: `time` has no unit; write a duration such as \"30s\""});
    EXPECT_EQ(after("memory = \"16GiB\"", "memory = 16"),
              Lines{"test.toml:7:10: `memory` has no unit; write a size such as \"8GiB\""});
    EXPECT_EQ(after("rate = \"1000/s\"", "rate = 1000"),
              Lines{"test.toml:29:8: `rate` has no unit; write a rate such as \"1000/s\""});
    EXPECT_EQ(after("time = \"30s\"", "time = true"),
              Lines{"test.toml:51:8: `time` wants a duration such as \"30s\", not true or false"});
    EXPECT_EQ(after("rate = \"1000/s\"", "rate = 2020-01-01"),
              Lines{"test.toml:29:8: `rate` wants a rate such as \"1000/s\", not a date"});
    EXPECT_EQ(after("name = \"orders\"", "name = [\"orders\"]")[0],
              "test.toml:20:12: no topic is named `orders`; topics are `bills`");
    EXPECT_EQ(after("[hardware]", "[[hardware]]"), Lines{"test.toml:6:3: `hardware` is one table: write [hardware]"});
    EXPECT_EQ(after("seed = 7", "topic = 7").front().substr(0, 14), "test.toml:21:1");  // TOML forbids it
}

TEST(ReaderErrors, BadUnitsListTheValidOnes) {
    EXPECT_EQ(after("\"30s\"", "\"30sec\""), Lines{"test.toml:51:8: `time`: \"30sec\" has the unknown unit `sec`; "
                                                   "units of time are ns, us, ms, s, m, h, d"});
    EXPECT_EQ(after("\"16GiB\"", "\"16Gb\""), Lines{"test.toml:7:10: `memory`: \"16Gb\" has the unknown unit `Gb`; "
                                                    "units of size are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"});
    EXPECT_EQ(after("\"1000/s\"", "\"-5/s\""), Lines{"test.toml:29:8: `rate`: \"-5/s\" is negative"});
    EXPECT_EQ(after("\"32MiB\"", "\"32Mio\"").front().substr(0, 62),
              "test.toml:18:1: `mappedFileSizeCommitLog`: \"32Mio\" has the unk");
}

TEST(ReaderErrors, RangesAreTold) {
    EXPECT_EQ(after("queues = 4", "queues = 0"), Lines{"test.toml:23:10: `queues` is 0; its range is 1..16384"});
    EXPECT_EQ(after("seed = 7", "seed = -7"), Lines{"test.toml:3:8: `seed` is -7; its range is 0 or more"});
    EXPECT_EQ(after("drain = \"2m\"", "drain = \"2d\""),
              Lines{"test.toml:5:9: `drain` is \"2d\"; its range is 0s..1d"});
    EXPECT_EQ(after("memory = \"16GiB\"", "memory = \"1MiB\""),
              Lines{"test.toml:7:10: `memory` is \"1MiB\"; its range is 256MiB..4TiB"});
    EXPECT_EQ(after("20_000", "-1"), Lines{"test.toml:20:21: `backlog` is -1; its range is 0..1000000000"});
    EXPECT_EQ(after("\"100B\"", "\"10B\""), Lines{"test.toml:38:9: `body` is \"10B\"; its range is 24B..4MiB"});
    EXPECT_EQ(after("\"1000/s\"", "\"9000000M/s\""), Lines{"test.toml:29:8: the rate is above 1000M/s"});
    EXPECT_EQ(after("\"1000/s\"", "\"0.00001/d\"").front(),
              "test.toml:29:8: the rate cannot be written exactly for 2 producers");
}

TEST(ReaderErrors, WordsAreChecked) {
    EXPECT_EQ(after("arrivals = \"fixed\"", "arrivals = \"fixd\""),
              Lines{"test.toml:30:12: `arrivals` = \"fixd\": no such word; did you mean `fixed`?"});
    EXPECT_EQ(after("averagely-by-circle", "sticky"),
              Lines{"test.toml:45:14: `assignment` = \"sticky\": no such word; words are `averagely`, "
                    "`averagely-by-circle`, `consistent-hash`, `machine-room`, `machine-room-nearby`, `config`, "
                    "`exec:COMMAND`, `pop`, `kafka/range`, `kafka/roundrobin`, `kafka/sticky`, "
                    "`kafka/cooperative-sticky`, `kafka/consumer-range`, `kafka/consumer-uniform`"});
    EXPECT_EQ(after("averagely-by-circle", "exec:python3 'mine.py"),
              Lines{"test.toml:45:14: `assignment` = \"exec:python3 'mine.py\": a ' is not closed"});
    EXPECT_EQ(after("averagely-by-circle", "exec: "),
              Lines{"test.toml:45:14: `assignment` = \"exec: \": it names no program"});
    EXPECT_EQ(after("\"rocketmq-5.3\"", "\"rocketmq-4.9\""),
              Lines{"test.toml:12:11: `release` = \"rocketmq-4.9\": no such word; did you mean `rocketmq-5.3`?"});
    EXPECT_EQ(after("\"one-owner\"", "\"one-ower\""),
              Lines{"test.toml:77:11: `promise` = \"one-ower\": no such word; did you mean `one-owner`?"});
}

TEST(ReaderErrors, DistributionsAreChecked) {
    EXPECT_EQ(after("p99 = \"80ms\"", "p90 = \"80ms\""),
              Lines{"test.toml:44:29: unknown key `p90` in `handler`; did you mean `p99`?"});
    EXPECT_EQ(after(", p99 = \"80ms\"", ""),
              Lines{"test.toml:44:11: `handler` wants one of {median, p99}, {min, max}, {mean}"});
    EXPECT_EQ(after("p99 = \"80ms\"", "p99 = \"8ms\""), Lines{"test.toml:44:11: `handler`: median is more than p99"});
    EXPECT_EQ(after("median = \"20ms\"", "median = \"79us\""),
              Lines{"test.toml:44:11: `handler`: p99 is more than 1000 times the median"});
    EXPECT_EQ(after("median = \"20ms\"", "median = \"0s\""), Lines{"test.toml:44:11: `handler`: median is zero"});
    EXPECT_EQ(after("[\"100B\", \"200B\"]", "[]"), Lines{"test.toml:38:8: `body` wants a list of 1..4096 values"});
}

TEST(ReaderErrors, RealKeysAreChecked) {
    EXPECT_EQ(after("broker.flushDiskType", "broker.flushDiskTyp"),
              Lines{"test.toml:15:8: unknown key `flushDiskTyp`; did you mean `flushDiskType`?"});
    EXPECT_EQ(after("\"SYNC_FLUSH\"", "\"SYNC\""),
              Lines{"test.toml:15:8: `flushDiskType` = \"SYNC\": no such word; words are `ASYNC_FLUSH`, `SYNC_FLUSH`"});
    EXPECT_EQ(after("client.pullBatchSize = 64", "client.pullBatchSize = 0"),
              Lines{"test.toml:47:8: `pullBatchSize`: 0 lies outside 1..1024"});
    EXPECT_EQ(after("client.pullBatchSize = 64", "client.pullBatchSize = [1]"),
              Lines{"test.toml:47:8: `pullBatchSize`: it wants a single value, not a list"});
    EXPECT_EQ(after("client.pullBatchSize = 64", "client.consumeThreadMax = 64"),
              Lines{"test.toml:47:8: `consumeThreadMax` is set by `threads`"});
    EXPECT_EQ(after("client.pullBatchSize = 64", "client.group.instance.id = \"a\""),
              Lines{"test.toml:47:23: `group.instance.id` is set by `membership`"});
    EXPECT_EQ(after("client.pullBatchSize = 64", "client.longPollingEnable = true"),
              Lines{"test.toml:47:8: `longPollingEnable` belongs under cluster.broker.longPollingEnable"});
    EXPECT_EQ(after("client.pullBatchSize = 64", "client = 64")[0].substr(0, 12), "test.toml:48");  // TOML forbids it
    EXPECT_EQ(after("client.session.timeout.ms = 10000", "client.session.timeout.ms = \"2s\""),
              Lines{"test.toml:47:1: heartbeat.interval.ms (3000) is not below session.timeout.ms (2000)"});
    EXPECT_EQ(after("broker.group.initial.rebalance.delay.ms = 500", "broker.group.consumer.assignors = \"sticky\""),
              Lines{"test.toml:15:1: group.consumer.assignors: there is no assignor \"sticky\", there are range and "
                    "uniform"});
    EXPECT_EQ(after("mappedFileSizeCommitLog", "flushDiskType"),
              (Lines{"test.toml:18:1: `flushDiskType` = \"32MiB\": no such word; words are `ASYNC_FLUSH`, `SYNC_FLUSH`",
                     "test.toml:18:1: `flushDiskType` is also set in cluster.broker"}));
}

TEST(ReaderErrors, ReferencesMustExist) {
    EXPECT_EQ(after("topic = \"orders\"\ncount", "topic = \"order\"\ncount"),
              Lines{"test.toml:27:9: no topic is named `order`; did you mean `orders`?"});
    EXPECT_EQ(after("topic = \"orders\"\nconsumers", "topic = \"x\"\nconsumers"),
              Lines{"test.toml:41:9: no topic is named `x`; topics are `orders`, `bills`"});
    EXPECT_EQ(after("{orders = 20_000}", "{order = 20_000}"),
              Lines{"test.toml:20:12: no topic is named `order`; did you mean `orders`?"});
    EXPECT_EQ(after("node = \"billing/3\"", "node = \"biling/3\""),
              Lines{"test.toml:53:8: no node is named \"biling/3\"; did you mean `billing`?"});
    EXPECT_EQ(after("node = \"billing/3\"", "node = \"x/3\""),
              Lines{"test.toml:53:8: no node is named \"x/3\"; kinds of nodes are `billing`, `broker`, `namesrv`, "
                    "`producer.orders`, `producer.late`"});
    EXPECT_EQ(after("node = \"billing/3\"", "node = \"billing\""),
              Lines{"test.toml:53:8: \"billing\" is no node: write one such as \"billing/0\""});
    EXPECT_EQ(after("node = \"billing/3\"", "node = \"billing/03\""),
              Lines{"test.toml:53:8: \"billing/03\" is no node: a number from 0 stands after the slash"});
    EXPECT_EQ(after("off = {progress", "off = {progres"),
              Lines{"test.toml:80:8: no promise is named `progres`; did you mean `progress`?"});
    EXPECT_EQ(after("from = \"kill-1s\"", "from = \"kil-1s\""),
              Lines{"test.toml:74:8: `from` = \"kil-1s\": no event is named `kil`; did you mean `kill`?"});
}

TEST(ReaderErrors, NodesMustRunWhenSomethingHappensToThem) {
    EXPECT_EQ(
        after("node = \"billing/0\"", "node = \"billing/7\""),
        Lines{"test.toml:57:8: \"billing/7\" does not run at 1m: nodes up to \"billing/2\" run from the beginning, "
              "and no event starts it before"});
    EXPECT_EQ(after("node = \"billing/3\"", "node = \"billing/2\""),
              Lines{"test.toml:53:8: \"billing/2\" runs already at 30s"});
    EXPECT_EQ(after("node = \"billing/3\"", "node = \"broker/2\""),
              Lines{"test.toml:53:8: there is no \"broker/2\": [cluster] has 2 of them"});
    EXPECT_EQ(after("node = \"billing/3\"", "node = \"producer.orders/2\""),
              Lines{"test.toml:53:8: \"producer.orders/2\" would send nothing: its `rate` belongs to the first 2; "
                    "use `rate_each`"});
    // A node that was ended before may be started again, and one that was started late may be killed.
    EXPECT_EQ(read_one(changed("time = \"30s\"\ndo = \"start\"\nnode = \"billing/3\"",
                               "time = \"2m\"\ndo = \"start\"\nnode = \"billing/0\""))
                  .events.size(),
              3u);
    EXPECT_EQ(read_one(changed("node = \"billing/0\"", "node = \"billing/3\"")).events.size(), 3u);
}

TEST(ReaderErrors, EventsHaveOneActionAndUsableTimes) {
    EXPECT_EQ(after("do = \"start\"\n", ""), Lines{"test.toml:49:1: an event has exactly one of `do` and `fault`"});
    EXPECT_EQ(after("do = \"start\"\n", "do = \"start\"\nfault = \"kill\"\n"),
              Lines{"test.toml:53:9: an event has exactly one of `do` and `fault`"});
    EXPECT_EQ(after("do = \"start\"", "do = \"strt\""),
              Lines{"test.toml:52:6: `do` = \"strt\": no such word; did you mean `start`?"});
    EXPECT_EQ(after("fault = \"kill\"", "fault = \"power-cat\""),
              (Lines{"test.toml:56:9: `fault` = \"power-cat\": no such word; did you mean `power-cut`?",
                     "test.toml:74:8: `from` = \"kill-1s\": no event is named `kill`; moments are `join`, `power-cat`, "
                     "`rolling`, `begin`, `end`"}));
    EXPECT_EQ(after("do = \"start\"", "do = \"start\"\nfor = \"1s\""), Lines{"test.toml:53:7: `start` takes no `for`"});
    EXPECT_EQ(after("fault = \"kill\"", "fault = \"bit-rot\"")[0],
              "test.toml:57:8: `bit-rot` strikes brokers only: no other node keeps files");
    EXPECT_EQ(after("do = \"start\"\n", "fault = \"bit-rot\"\nfor = \"1s\"\n")[0],
              "test.toml:53:7: `bit-rot` takes no `for`");
    EXPECT_EQ(after("time = \"30s\"", "time = \"4m\""),
              Lines{"test.toml:51:8: `time` is 4m, but the load ends after 4m"});
    EXPECT_EQ(after("every = \"10s\"\n", ""), Lines{"test.toml:64:9: `times` needs `every`"});
    EXPECT_EQ(after("every = \"10s\"\ntimes = 5", "every = \"1ms\""),
              Lines{"test.toml:64:9: the event comes 149000 times; at most 100000 are possible"});
    EXPECT_EQ(after("jitter = \"1s\"", "jitter = \"3m\""),
              Lines{"test.toml:66:10: the event could come after the load's end"});
}

TEST(ReaderErrors, NamesAreUniqueAndUsable) {
    EXPECT_EQ(after("name = \"bills\"", "name = \"orders\"").front(),
              "test.toml:25:8: two topics are named `orders`; give this one another `name`");
    EXPECT_EQ(after("name = \"late\"\ntopic = \"bills\"", "topic = \"orders\"")[1],
              "test.toml:34:9: two producers are named `orders`; give this one another `name`");
    EXPECT_EQ(after("name = \"join\"", "name = \"kill\"").front(),
              "test.toml:54:1: two events are named `kill`; give this one another `name`");
    EXPECT_EQ(after("name = \"join\"", "name = \"end\""),
              Lines{"test.toml:50:8: `end` means something else; choose another name"});
    EXPECT_EQ(after("name = \"billing\"", "name = \"broker\"").front(),
              "test.toml:40:8: `broker` means something else; choose another name");
    EXPECT_EQ(after("name = \"bills\"", "name = \"b.ills\"").front(),
              "test.toml:25:8: `name` = \"b.ills\" is no name: 1 to 127 letters, digits, -, _, % or |");
}

TEST(ReaderErrors, RequiredThingsAreMissed) {
    EXPECT_EQ(errors_of(""),
              (Lines{"test.toml:1:1: the scenario has no [[topic]]", "test.toml:1:1: the scenario has no `duration`"}));
    EXPECT_EQ(after("consumers = 3\n", ""), Lines{"test.toml:39:1: [[group]] has no `consumers`"});
    EXPECT_EQ(after("duration = \"4m\"\n", ""), Lines{"test.toml:1:1: the scenario has no `duration`"});
    EXPECT_EQ(after("rate = \"1000/s\"\n", ""),
              Lines{"test.toml:26:1: a producer has exactly one of `rate` and `rate_each`"});
    EXPECT_EQ(after("time = \"1m\"\n", ""), (Lines{"test.toml:54:1: [[at]] has no `time`",
                                                   "test.toml:73:8: `from` = \"kill-1s\" lies outside the run"}));
    EXPECT_EQ(after("node = \"billing/0\"\n", ""), Lines{"test.toml:54:1: [[at]] has no `node`"});
}

TEST(ReaderErrors, ExpectationsAreChecked) {
    EXPECT_EQ(after("messages.lost", "messages.lots"),
              Lines{"test.toml:68:10: no metric is named `messages.lots`; did you mean `messages.lost`?"});
    EXPECT_EQ(after("equals = 0", "equals = \"0s\""),
              Lines{"test.toml:69:10: `equals`: \"0s\" is a text; this metric is a plain number"});
    EXPECT_EQ(after("equals = 0", "equals = 0\nfrom = \"kill\""),
              Lines{"test.toml:70:8: `messages.lost` is measured over the whole run only"});
    EXPECT_EQ(after("equals = 0", "equals = nan"), Lines{"test.toml:69:10: `equals`: \"nan\" is not a number"});
    EXPECT_EQ(after("equals = 0", "equals = 0\nat_most = 1"),
              Lines{"test.toml:70:11: a metric has exactly one of `equals`, `at_least`, `at_most` and `between`"});
    EXPECT_EQ(after("equals = 0\n", ""),
              Lines{"test.toml:67:1: a metric has exactly one of `equals`, `at_least`, `at_most` and `between`"});
    EXPECT_EQ(after("[0.5, \"1s\"]", "[\"2s\", 3.5]"), Lines{"test.toml:73:11: `between`: 2000 is more than 3.5"});
    EXPECT_EQ(after("[0.5, \"1s\"]", "[1]"), Lines{"test.toml:73:11: `between` wants a list of two numbers"});
    EXPECT_EQ(after("until = \"end\"", "until = \"begin\""),
              Lines{"test.toml:75:9: `until` does not lie after `from`"});
    EXPECT_EQ(after("until = \"end\"", "until = \"end+3m\""),
              Lines{"test.toml:75:9: `until` = \"end+3m\" lies outside the run"});
    EXPECT_EQ(after("metric = \"messages.lost\"", "metric = \"messages.lost\"\npromise = \"one-owner\""),
              Lines{"test.toml:69:11: an expectation has exactly one of `metric` and `promise`"});
    EXPECT_EQ(after("equals = 0", "equals = 0\nbroken = \"always\""),
              Lines{"test.toml:70:10: `broken` needs `promise`"});
    EXPECT_EQ(after("broken = \"in some seed\"", "equals = 1"), Lines{"test.toml:78:10: `equals` needs `metric`"});
    EXPECT_EQ(after("promise = \"one-owner\"", "promise = \"progress\""),
              Lines{"test.toml:77:11: `progress` is switched off in [promises]"});
    EXPECT_EQ(after("equals = 0", "equals = 0\nvariant = \"other\""),
              Lines{"test.toml:70:11: no variant is named `other`; variants are `base`"});
}

TEST(ReaderErrors, AllAreFoundInOneGo) {
    std::string text = changed("queues = 4", "quues = 4");
    text.replace(text.find("\"30s\""), 5, "\"30\"");
    text.replace(text.find("seed = 7"), 8, "seed = x");
    EXPECT_EQ(errors_of(text).size(), 1u);  // a syntax error hides the rest
    text.replace(text.find("seed = x"), 8, "seed = []");
    EXPECT_EQ(errors_of(text),
              (Lines{"test.toml:3:8: `seed` wants a whole number, not a list",
                     "test.toml:23:1: unknown key `quues` in [[topic]]; did you mean `queues`?",
                     "test.toml:51:8: `time`: \"30\" has no unit; units of time are ns, us, ms, s, m, h, d"}));
}

TEST(ReaderErrors, WhatIsNoTomlIsRefused) {
    EXPECT_EQ(errors_of("name = \"x").front().substr(0, 28), "test.toml:1:10: not TOML: Er");
    EXPECT_EQ(errors_of("a = 1\na = 2\n").size(), 1u);
    EXPECT_EQ(errors_of(std::string("a = 1\n\0", 7)), Lines{"test.toml:2:1: this is not text: control character 0x00"});
    EXPECT_EQ(errors_of("\x7F"
                        "ELF\x02\x01\x01"),
              Lines{"test.toml:1:1: this is not text: control character 0x7F"});
    EXPECT_EQ(errors_of("# gr\xC3\xBC\xC3\x9F"
                        "e \xFF"),
              Lines{"test.toml:1:9: this is not UTF-8 text: byte 0xFF"});
    EXPECT_EQ(errors_of("# \xC0\x80"), Lines{"test.toml:1:3: this is not UTF-8 text: byte 0xC0"});
    EXPECT_EQ(errors_of("# \xED\xA0\x80"), Lines{"test.toml:1:3: this is not UTF-8 text: byte 0xED"});
    EXPECT_EQ(errors_of(std::string(max_scenario_bytes + 1, '#')),
              Lines{"test.toml:1:1: the file is longer than 262144 bytes"});
    std::string deep = "\n";
    for (int i = 0; i < 100'000; ++i) deep += "a.";
    EXPECT_EQ(errors_of(deep + "a = 1"), Lines{"test.toml:2:1: a key has too many parts"});
    EXPECT_EQ(errors_of("a = " + std::string(100'000, '[')).size(), 1u);
}

}  // namespace
}  // namespace brokersim::scenario
