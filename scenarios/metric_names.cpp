#include "scenarios/metric_names.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "scenarios/spelling.h"

namespace brokersim::scenario {

namespace {

using Word = std::pair<std::string_view, std::string_view>;  // word, what it means

constexpr std::array<Word, 13> message_counts{{
    {"sent", "messages that an application handed to a producer"},
    {"acknowledged", "sends that were answered with success"},
    {"rejected", "sends that were answered with an error"},
    {"timed_out", "sends without an answer in time"},
    {"stored", "messages that a broker put into its log"},
    {"delivered", "handler calls"},
    {"delivered_unacknowledged", "distinct messages that were delivered although their send did not succeed"},
    {"pending", "messages that wait when the run ends"},
    {"filtered", "messages that the subscription leaves out"},
    {"lost", "acknowledged messages that nobody will get"},
    {"duplicated", "deliveries of a message that was delivered before, but for retries"},
    {"retried", "deliveries again after the handler failed"},
    {"dead_lettered", "messages given up after the last retry"},
}};
constexpr std::array<Word, 5> quantiles{{
    {"p50", "median"},
    {"p90", "90th percentile"},
    {"p99", "99th percentile"},
    {"p999", "99.9th percentile"},
    {"max", "maximum"},
}};
constexpr std::array<Word, 2> latencies{{
    {"send", "from the intended send to its answer"},
    {"end_to_end", "from the intended send to the handler's beginning"},
}};
constexpr std::array<Word, 8> stages{{
    {"client_wait", "in the producer before the request leaves"},
    {"network", "on the network"},
    {"lane", "waiting for a thread of the broker"},
    {"append_lock", "waiting for the broker's append lock"},
    {"dispatch", "from the log to the queue"},
    {"hold", "in the queue until a pull takes it"},
    {"handler_queue", "in the consumer before a thread takes it"},
    {"handler", "in the handler"},
}};

struct GroupMetric {
    std::string_view word, unit, about;
};
constexpr std::array<GroupMetric, 9> group_metrics{{
    {"rebalances", "times", "times that a consumer worked out who owns what with a new result"},
    {"converge_ms", "ms", "longest time from an event until owners were complete, disjoint and stable"},
    {"queues_moved", "queues", "queues that changed their owner"},
    {"queues_moved_least", "queues", "queues that had to change their owner at least"},
    {"unowned_ms", "ms", "time that queues had no owner, summed over queues"},
    {"double_owned_ms", "ms", "time that queues had more than one owner, summed over queues"},
    {"stopped_ms", "ms", "longest time that a queue with waiting messages stood still"},
    {"imbalance", "queues", "difference between the most and the fewest queues of one consumer"},
    {"lag_s", "s", "age of the oldest waiting message, at its worst"},
}};

std::vector<MetricName> all_metrics() {
    std::vector<MetricName> all;
    for (const auto& [word, about] : message_counts)
        all.push_back({fmt::format("messages.{}", word), "messages", about});
    for (const auto& [word, about] : message_counts)
        all.push_back({fmt::format("group.NAME.messages.{}", word), "messages", about});
    for (const auto& [latency, about] : latencies)
        for (const auto& [quantile, _] : quantiles)
            all.push_back({fmt::format("latency.{}.{}_ms", latency, quantile), "ms", about});
    for (const auto& [stage, about] : stages)
        for (const std::string_view what : {"mean", "p99"})
            all.push_back({fmt::format("time.{}.{}_ms", stage, what), "ms", about});
    for (const auto& [word, unit, about] : group_metrics)
        all.push_back({fmt::format("group.NAME.{}", word), unit, about});
    all.push_back({"backlog.max", "messages", "most messages that waited at one time"});
    all.push_back({"backlog.end", "messages", "messages that wait when the run ends"});
    all.push_back({"backlog.drain_ms", "ms", "time from the end of the load until nothing waits"});
    all.push_back({"broker.busy_timeout", "requests", "sends refused because they waited too long for a thread"});
    all.push_back({"broker.busy_page_cache", "requests", "sends refused because the append lock was held too long"});
    all.push_back({"network.bytes", "bytes", "bytes sent over all networks"});
    return all;
}

/// group.NAME.rest split into NAME and "group.NAME.rest" with the literal NAME; empty name for any other metric.
std::pair<std::string, std::string> split_group(std::string_view name) {
    constexpr std::string_view prefix = "group.";
    if (!name.starts_with(prefix)) return {"", std::string(name)};
    const std::size_t dot = name.find('.', prefix.size());
    if (dot == std::string_view::npos) return {"", std::string(name)};
    return {std::string(name.substr(prefix.size(), dot - prefix.size())),
            fmt::format("group.NAME{}", name.substr(dot))};
}

}  // namespace

std::span<const MetricName> metric_names() {
    static const std::vector<MetricName> all = all_metrics();
    return all;
}

std::expected<const MetricName*, std::string> find_metric(std::string_view name, std::span<const std::string> groups) {
    const auto [group, pattern] = split_group(name);
    for (const MetricName& metric : metric_names()) {
        if (metric.pattern != pattern || (group.empty() && pattern != name)) continue;
        bool known = group.empty();
        for (const std::string& candidate : groups) known = known || candidate == group;
        if (!known)
            return std::unexpected(fmt::format("no group is named `{}`{}", group, suggestion(group, groups, "groups")));
        return &metric;
    }
    std::vector<std::string> words;
    for (const MetricName& metric : metric_names()) {
        const std::size_t hole = metric.pattern.find("NAME");
        if (hole == std::string::npos) {
            words.push_back(metric.pattern);
            continue;
        }
        for (const std::string& candidate : groups) {
            std::string word = metric.pattern;
            words.push_back(word.replace(hole, 4, candidate));
        }
    }
    const auto near = nearest_word(name, words);
    return std::unexpected(fmt::format(
        "no metric is named `{}`; {}", name,
        near ? fmt::format("did you mean `{}`?", *near) : std::string("`brokersim list metrics` shows all")));
}

}  // namespace brokersim::scenario
