#include "scenarios/metric_names.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "scenarios/event.h"
#include "scenarios/spelling.h"

namespace brokersim::scenario {

namespace {

struct Word {
    std::string_view word, about;
    bool of_parts = true;
};

/// What producers see.
constexpr std::array<Word, 3> sends{{
    {"sent", "messages that an application handed to a producer"},
    {"rejected", "sends that were answered with an error"},
    {"timed_out", "sends without an answer in time"},
}};
/// What groups see: each has its own count, and messages.* is the sum, but for the two that are counted once.
constexpr std::array<Word, 11> fates{{
    {"acknowledged", "sends that were answered with success", true},
    {"stored", "messages that a broker put into its log", true},
    {"delivered", "handler calls", true},
    {"duplicated", "deliveries of a message that was delivered before, but for retries", true},
    {"handed_twice", "duplicates because of a change of owner: another one had been handed the same record", true},
    {"retried", "deliveries again after the handler failed", true},
    {"delivered_unacknowledged", "distinct messages that were delivered although their send did not succeed", false},
    {"pending", "messages that wait when the run ends", false},
    {"filtered", "messages that the subscription leaves out", false},
    {"lost", "acknowledged messages that nobody will get", false},
    {"dead_lettered", "messages given up after the last retry", false},
}};
constexpr std::array<std::string_view, 5> quantiles{"p50", "p90", "p99", "p999", "max"};
constexpr std::array<Word, 9> stages{{
    {"client_wait", "in the producer before the request leaves"},
    {"network", "on the network", false},
    {"lane", "waiting for a thread of the broker"},
    {"append_lock", "waiting for the broker's append lock"},
    {"append", "being written into the log"},
    {"dispatch", "from the log to the queue"},
    {"hold", "in the queue until a pull takes it"},
    {"handler_queue", "in the consumer before a thread takes it"},
    {"handler", "in the handler"},
}};

struct OtherMetric {
    std::string_view pattern, unit, about;
    bool of_parts = false;
};
constexpr std::array<OtherMetric, 36> others{{
    {"group.NAME.rebalances", "times", "times that owners began to change after having been settled and at rest", true},
    {"group.NAME.converge_ms", "ms", "longest time from an event until owners were complete, disjoint and stable",
     true},
    {"group.NAME.queues_moved", "queues", "times that a queue got another owner; there and back is two", true},
    {"group.NAME.queues_moved_least", "queues", "fewest that the events needed to end with even shares", true},
    {"group.NAME.unowned_ms", "ms",
     "time that queues had no owner, summed over queues, from the start of the group's first consumer on", true},
    {"group.NAME.double_owned_ms", "ms", "time that queues had more than one owner, summed over queues", true},
    {"group.NAME.stopped_ms", "ms",
     "longest time that a queue with waiting messages stood still, from the start of the group's first consumer on",
     true},
    {"group.NAME.all_stopped_ms", "ms",
     "time in which messages waited and the whole group was handed none, in stretches of at least 100 ms", true},
    {"group.NAME.imbalance", "ratio", "queues of the consumer that has most, over the mean; averaged while settled",
     true},
    {"group.NAME.load_imbalance", "ratio",
     "most time that a consumer spent in handlers, over an even share of the group's while it lived", true},
    {"group.NAME.lag_s", "s", "age of the oldest waiting message, at its worst", true},
    {"group.NAME.drain_rate", "messages/s",
     "messages handed out a second in the busiest stretch in which owners did not change and no queue was empty", true},
    {"group.NAME.drain_rate_expected", "messages/s",
     "the same by arithmetic: threads of the members that have queues, over the mean time of the handler", true},
    {"group.NAME.backlog.mean", "messages", "messages that waited for the group, averaged over time", true},
    {"backlog.mean", "messages", "messages that waited, averaged over time", true},
    {"backlog.max", "messages", "most messages that waited at one time", true},
    {"backlog.end", "messages", "messages that wait when the run ends"},
    {"backlog.drain_ms", "ms", "time from the end of the load until nothing waits; missing if something still does"},
    {"network.bytes", "bytes", "bytes sent over all networks"},
    {"network.busy_ratio", "ratio",
     "share of the load's time in which the busiest direction of a network card passed bytes"},
    {"network.queue_max_bytes", "bytes", "most bytes that waited at a sender for the window of one connection"},
    {"pauses.servers.count", "times", "times that a broker or a name server stopped for garbage collection"},
    {"pauses.servers.total_ms", "ms", "time that they stood still for it, summed"},
    {"pauses.servers.max_ms", "ms", "the longest of these pauses"},
    {"pauses.clients.count", "times", "times that a producer or a consumer stopped for garbage collection"},
    {"pauses.clients.total_ms", "ms", "time that they stood still for it, summed"},
    {"pauses.clients.max_ms", "ms", "the longest of these pauses"},
    {"page_cache.hit_ratio", "ratio", "reads and writes of the brokers' files that did not have to wait for a read"},
    {"page_cache.peak_bytes", "bytes", "most memory that held files' pages, of any broker's machine"},
    {"page_cache.dirty_peak_bytes", "bytes", "most that waited to be written or was being, of any broker's machine"},
    {"page_cache.evicted_pages", "pages", "pages dropped to make room"},
    {"page_cache.major_faults", "pages", "pages that somebody had to wait for until the disk had read them"},
    {"disk.written_bytes", "bytes", "bytes that the brokers' disks wrote"},
    {"disk.flushes", "flushes", "barriers that they were asked for"},
    {"disk.busy_ratio", "ratio", "part of the time in which the busiest disk had something to do, stalls included"},
    {"broker.throttled_ms", "ms", "pauses of writers because too much was dirty, summed"},
}};

void add_latency(std::vector<MetricName>& all, std::string_view what, std::string_view about) {
    for (const std::string_view quantile : quantiles)
        all.push_back({fmt::format("{}.{}_ms", what, quantile), "ms", about, true});
}

std::vector<MetricName> all_metrics() {
    std::vector<MetricName> all;
    for (const Word& word : sends) all.push_back({fmt::format("messages.{}", word.word), "messages", word.about, true});
    for (const Word& word : fates)
        all.push_back({fmt::format("messages.{}", word.word), "messages", word.about, word.of_parts});
    for (const Word& word : fates) {
        const bool counted_once = word.word == "acknowledged" || word.word == "stored";
        all.push_back(
            {fmt::format("group.NAME.messages.{}", word.word), "messages", word.about, word.of_parts && !counted_once});
    }
    add_latency(all, "latency.send", "from the intended send to its answer");
    add_latency(all, "latency.end_to_end", "from the intended send to the handler's beginning");
    add_latency(all, "group.NAME.latency.end_to_end", "from the intended send to the handler's beginning");
    for (const Word& stage : stages)
        for (const std::string_view what : {"mean", "p99"})
            all.push_back({fmt::format("time.{}.{}_ms", stage.word, what), "ms", stage.about, stage.of_parts});
    for (std::size_t kind = 0; kind < group_request_count; ++kind)
        all.push_back({fmt::format("group.NAME.requests.{}", word(static_cast<GroupRequest>(kind))), "requests",
                       "requests of that kind which manage the group, as they arrived", true});
    all.push_back({"group.NAME.requests.all", "requests", "all requests that manage the group", true});
    for (const OtherMetric& other : others)
        all.push_back({std::string(other.pattern), other.unit, other.about, other.of_parts});
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
