#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "scenarios/reader.h"

namespace brokersim::scenario {

/// A valid scenario that uses most of what there is. Lines are counted in the tests: change it with care.
inline constexpr std::string_view valid_scenario = R"(name = "valid"
about = "everything"
seed = 7
duration = "4m"
drain = "2m"
[hardware]
memory = "16GiB"
cores = 8
profile = "nvme"
network = "gigabit"
[cluster]
release = "rocketmq-5.3"
name_servers = 2
brokers = 2
broker.flushDiskType = "SYNC_FLUSH"
broker.group.initial.rebalance.delay.ms = 500
[store]
mappedFileSizeCommitLog = "32MiB"
[start]
backlog = {orders = 20_000}
[[topic]]
name = "orders"
queues = 4
[[topic]]
name = "bills"
[[producer]]
topic = "orders"
count = 2
rate = "1000/s"
arrivals = "fixed"
body = {median = "256B", p99 = "4KiB"}
client.sendMsgTimeout = "5s"
[[producer]]
name = "late"
topic = "bills"
rate_each = "1.5k/m"
in_flight = 8
body = ["100B", "200B"]
[[group]]
name = "billing"
topic = "orders"
consumers = 3
threads = 10
handler = {median = "20ms", p99 = "80ms"}
assignment = "averagely-by-circle"
from = "first"
client.pullBatchSize = 64
client.session.timeout.ms = 10000
[[at]]
name = "join"
time = "30s"
do = "start"
node = "billing/3"
[[at]]
time = "1m"
fault = "kill"
node = "billing/0"
for = "10s"
[[at]]
name = "rolling"
time = "90s"
do = "restart"
node = "producer.late/0"
every = "10s"
times = 5
jitter = "1s"
[[expect]]
metric = "messages.lost"
equals = 0
[[expect]]
name = "speed"
metric = "latency.end_to_end.p99_ms"
between = [0.5, "1s"]
from = "kill-1s"
until = "end"
[[expect]]
promise = "one-owner"
broken = "in some seed"
[promises]
off = {progress = "a consumer is dead for long"}
)";

/// The one variant of a file that must be all right.
inline Scenario read_one(std::string_view text, const std::vector<std::string>& overrides = {}) {
    const auto file = read_scenario(text, "test.toml", overrides);
    if (!file) {
        for (const Diagnostic& diagnostic : file.error()) ADD_FAILURE() << diagnostic.text();
        return {};
    }
    EXPECT_EQ(file->variants.size(), 1u);
    return file->variants.front().scenario;
}

/// The diagnostics of a file that must be refused, one text each.
inline std::vector<std::string> errors_of(std::string_view text, const std::vector<std::string>& overrides = {}) {
    std::vector<std::string> lines;
    const auto file = read_scenario(text, "test.toml", overrides);
    EXPECT_FALSE(file.has_value()) << text;
    if (file) return lines;
    for (const Diagnostic& diagnostic : file.error()) lines.push_back(diagnostic.text());
    return lines;
}

/// `valid_scenario` with the first occurrence of `from` replaced.
inline std::string changed(std::string_view from, std::string_view to) {
    std::string text(valid_scenario);
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        ADD_FAILURE() << "no \"" << from << "\" in the valid scenario";
        return text;
    }
    return text.replace(at, from.size(), to);
}

}  // namespace brokersim::scenario
