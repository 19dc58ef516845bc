#include "scenarios/keys.h"

#include <array>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/operations.h"
#include "scenarios/units.h"
#include "scenarios/words.h"

namespace brokersim::scenario {

namespace {

using enum KeyKind;

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000 * ms;
constexpr std::int64_t day = 86'400 * second;
constexpr std::int64_t mib = 1LL << 20;
constexpr std::int64_t tib = 1LL << 40;

constexpr std::array<SectionSpec, 16> sections{{
    {"", false, "Stand before the first section."},
    {"hardware", false, "The machines; every node has one of its own, but for those of a [[machine]]."},
    {"disk", false,
     "The disk's figures; those that are left out are the profile's. A file that `profile` names has this section "
     "too."},
    {"costs", false, "What work on memory costs each machine. A file that `profile` names may have this section too."},
    {"cluster", false, "Brokers and name servers."},
    {"store", false, "RocketMQ's MessageStoreConfig, by its own names."},
    {"start", false, "What is there before anything runs."},
    {"topic", true, "A topic."},
    {"producer", true, "Producers that send to one topic."},
    {"group", true, "A group of consumers of one topic."},
    {"machine", true,
     "A machine that several nodes share: its cores, its clock, its network card, its links and its power. Two "
     "brokers, or two name servers, cannot share one: they would listen on the same port."},
    {"at", true, "An event of the run: an operator's action or a fault."},
    {"expect", true, "What the run is expected to show: a metric's value, or whether a promise breaks."},
    {"promises", false, "Promises that this scenario is not held to."},
    {"variant", true, "Runs the scenario with some values changed; keys are paths, such as group.NAME.assignment."},
    {"matrix", false, "Paths and lists of values: a variant for every combination."},
}};

const KeySpec keys[] = {
    {"", "name", text, "Name of the scenario; the file's name if it is left out."},
    {"", "about", text, "What it shows, in a sentence."},
    {"", "seed", integer, "All randomness of a run comes from it.", "1"},
    {"", "duration", duration, "How long producers send.", "", true, ms, 30 * day},
    {"", "drain", duration, "How long the run may take at most to become quiet after that.", "5m", false, 0, day},

    {"hardware", "profile", word,
     "Disk: by name, from a file beside the scenario (as `brokersim calibrate` writes), or `own`: as [disk] says.",
     "nvme", false, 0, 0, disk_profile_words},
    {"hardware", "network", word, "Network.", "lan", false, 0, 0, network_profile_words},
    {"hardware", "memory", size, "Memory of each machine.", "8GiB", false, 256 * mib, 4 * tib},
    {"hardware", "disk", size, "Disk of each node; its files count with their whole size.", "1024TiB", false, mib,
     1024 * tib},
    {"hardware", "cores", integer, "Cores of each machine.", "4", false, 1, 256},
    {"hardware", "storage", word,
     "Whether files cost what a page cache and a disk make of them, or constants: 50us and 2 GB/s for a flush, "
     "nothing else.",
     "modelled", false, 0, 0, storage_words},
    {"hardware", "heap", size,
     "Memory of each machine that the page cache cannot have: heap and direct memory of processes.", "0B", false, 0,
     4 * tib},
    {"hardware", "cache_page", size, "What the page cache counts in, a power of two; more for large machines.", "4KiB",
     false, 4096, 65'536},
    {"hardware", "readahead", size, "Most that is read ahead of a sequential reader; 0B: nothing.", "128KiB", false, 0,
     16 * mib},
    {"hardware", "stable_pages", word, "Whether a write to a page waits while the page is being written to the disk.",
     "off", false, 0, 0, switch_words},
    {"hardware", "vm", config, "The kernel's vm settings, by its own names; bytes that are not 0 count before ratios."},

    {"disk", "bytes_per_second", size, "Bandwidth of sequential writes, and of reads, shared by all channels.", "",
     false, 64 * 1024, tib},
    {"disk", "read_bytes_per_second", size, "That of reads, if it is another one.", "", false, 64 * 1024, tib},
    {"disk", "random_write", duration,
     "A write of 4 KiB, transfer included, that does not begin where another of its stream ended.", "", false, 0,
     10 * second},
    {"disk", "read", duration, "The same for reads.", "", false, 0, 10 * second},
    {"disk", "flush", duration, "The barrier of an fsync, without the writes before it.", "", false, 0, 10 * second},
    {"disk", "operations_per_second", integer, "A cap on reads and writes together; 0: none.", "", false, 0,
     1'000'000'000},
    {"disk", "channels", integer, "Operations under way at once.", "", false, 1, 1024},

    {"costs", "minor_fault", duration, "First touch of a page that is in memory; its neighbours come with it.", "",
     false, 0, second},
    {"costs", "write_fault", duration, "First write to a page that is in memory, or new.", "", false, 0, second},
    {"costs", "crc_per_kib", duration, "Checksum and encoding of a KiB of a message, outside the append lock.", "",
     false, 0, second},
    {"costs", "append", duration, "Appending a message, inside the lock.", "", false, 0, second},
    {"costs", "append_per_kib", duration, "Copying a KiB of it there.", "", false, 0, second},

    {"cluster", "release", word, "Whose defaults and behaviour the brokers have.", "rocketmq-5.3", false, 0, 0,
     release_words},
    {"cluster", "engine", word, "What runs brokers and clients: CPU costs, pauses of garbage collection.",
     "rocketmq-steady", false, 0, 0, engine_words},
    {"cluster", "name_servers", integer, "Name servers.", "1", false, 1, 16},
    {"cluster", "brokers", integer, "Brokers, all masters.", "1", false, 1, 64},
    {"cluster", "rooms", names,
     "Machine rooms: broker i, called ROOM@broker-i, and consumer i of a group stand in room i modulo their number."},
    {"cluster", "broker", config, "RocketMQ's own broker and store keys, and Kafka's coordinator keys."},
    {"cluster", "namesrv", config, "RocketMQ's own name server keys."},

    {"store", "KEY", config,
     "Each key with its value; sizes and times may have units. mappedFileSizeCommitLog is 64MiB, maxHashSlotNum 100000 "
     "and maxIndexNum 400000 unless they are set."},

    {"start", "backlog", counts, "Messages of each topic that are already there, spread over its queues.", "", false, 0,
     1'000'000'000},

    {"topic", "name", name, "Name of the topic.", "", true},
    {"topic", "queues", integer, "Queues on each broker.", "4", false, 1, 16'384},

    {"producer", "name", name, "Name of these producers; the topic's if it is left out."},
    {"producer", "topic", name, "Where they send.", "", true},
    {"producer", "count", integer, "Producers.", "1", false, 1, 10'000},
    {"producer", "rate", rate, "Messages that all of them send together. Either this or rate_each."},
    {"producer", "rate_each", rate, "Messages that each of them sends."},
    {"producer", "arrivals", word, "How sends are spaced.", "poisson", false, 0, 0, arrivals_words},
    {"producer", "in_flight", integer,
     "Sends under way at most for each producer; 0 is an open loop: sends do not wait for answers.", "0", false, 0,
     1'000'000},
    {"producer", "body", sizes, "Size of a message's body.", "1KiB", false, 24, 4 * mib},
    {"producer", "keys", integer, "Distinct keys of the messages (KEYS); 0: they have none.", "0", false, 0, 1'000'000},
    {"producer", "skew", number, "The k-th key is sent 1 / k^skew times as often as the first: 0..4.", "0"},
    {"producer", "queue", word, "Which queue a message goes to: the next one, or the one that its key's hash names.",
     "round-robin", false, 0, 0, queue_choice_words},
    {"producer", "client", config, "RocketMQ's own producer keys."},

    {"group", "name", name, "Name of the group; its consumers are NAME/0, NAME/1, ...", "", true},
    {"group", "topic", name, "What it consumes.", "", true},
    {"group", "model", word,
     "Whether one member of the group gets each message, or every member. Broadcasting consumers keep their positions "
     "in "
     "a file of their own; reports and metrics then speak of NAME/0, NAME/1 ... instead of NAME.",
     "clustering", false, 0, 0, model_words},
    {"group", "consumers", integer, "Consumers at the beginning.", "", true, 1, 10'000},
    {"group", "threads", integer, "Threads of each consumer that handle messages.", "20", false, 1, 1'000},
    {"group", "handler", times, "How long the handler takes for a message.", "1ms", false, 0, day},
    {"group", "assignment", word, "Who shares queues out among consumers.", "averagely", false, 0, 0, assignment_words},
    {"group", "membership", word,
     "A static member of a Kafka group keeps its place while it is away, for no longer than session.timeout.ms; its "
     "group.instance.id is NAME-i.",
     "dynamic", false, 0, 0, membership_words},
    {"group", "rack", word,
     "What a member of a Kafka group tells as its client.rack: nothing, or its room. The rooms of [cluster] are the "
     "brokers' racks.",
     "none", false, 0, 0, rack_words},
    {"group", "from", word, "Where a queue begins for which the group has no offset.", "last", false, 0, 0, from_words},
    {"group", "order", word,
     "Whether a queue's messages go to all threads at once, or one after the other under a lock of the queue's broker.",
     "concurrent", false, 0, 0, order_words},
    {"group", "machine_rooms", names, "Rooms whose queues are consumed, for machine-room; all if it is left out."},
    {"group", "owners", counts, "For config: the number of the consumer of each queue, {\"broker-0:3\" = 1}.", "",
     false, 0, 9'999},
    {"group", "client", config, "RocketMQ's own consumer keys, and those of Kafka's group members."},

    {"machine", "name", name, "Name of the machine.", "", true},
    {"machine", "nodes", names,
     "Who stands there: nodes, or all nodes of a kind (GROUP, producer.NAME, brokers, name_servers).", "", true},
    {"machine", "cores", integer, "Its cores; those of [hardware] if it is left out.", "", false, 1, 256},
    {"machine", "memory", size, "Its memory; that of [hardware] if it is left out.", "", false, 256 * mib, 4 * tib},

    {"at", "name", name, "Name of the event; the action's word if it is left out."},
    {"at", "time", duration, "When, from the beginning of the load.", "", true, 0, 30 * day},
    {"at", "do", word, "What an operator does. Every event has exactly one of `do` and `fault`.", "", false, 0, 0,
     operation_words},
    {"at", "fault", word, "What goes wrong.", "", false, 0, 0, fault_words},
    {"at", "node", node,
     "The node: GROUP/i, broker/i, namesrv/i or producer.NAME/i; for `roll` all of a kind: GROUP, producer.NAME, "
     "brokers or name_servers."},
    {"at", "count", integer, "How many nodes `start` starts: `node` and those that follow it; 0: none.", "1", false, 0,
     10'000},
    {"at", "between", sides,
     "The two ends of the links that a fault strikes: each a node, all nodes of a kind (GROUP, producer.NAME, brokers, "
     "name_servers), or a list of those."},
    {"at", "delay", duration, "What `delay` adds to each one-way latency.", "", false, 1'000, 60 * second},
    {"at", "loss", share, "The share of frames that `loss` loses.", "", false, 1, 900'000},
    {"at", "for", duration,
     "How long it lasts: the fault heals, or the node is started again, after that time; without it a pause or a fault "
     "of links lasts until the load ends, and only another event starts the node.",
     "", false, ms, 30 * day},
    {"at", "every", duration, "Repeats the event at this distance.", "", false, ms, 30 * day},
    {"at", "times", integer, "How often in all; with `every` alone, until the load ends.", "", false, 1, 100'000},
    {"at", "jitter", duration, "Each occurrence comes up to that much later, by the seed.", "0s", false, 0, day},

    {"expect", "name", name, "Name of the expectation, for paths."},
    {"expect", "metric", text, "Name of a metric. Every expectation has exactly one of `metric` and `promise`."},
    {"expect", "equals", number, "The metric's value, in its own unit; or with one (\"20ms\", \"64MiB\", \"30%\")."},
    {"expect", "at_least", number, "Its least value."},
    {"expect", "at_most", number, "Its greatest value."},
    {"expect", "between", range, "Its least and its greatest value: [low, high]."},
    {"expect", "from", moment, "Counts from then: EVENT, EVENT+10s, EVENT-1s, begin, end, or a time of the load."},
    {"expect", "until", moment, "Counts until then."},
    {"expect", "variant", names, "Holds for this variant, or these variants, only."},
    {"expect", "promise", word, "Name of a promise.", "", false, 0, 0, promise_words},
    {"expect", "broken", word, "How often the promise is expected to break.", "never", false, 0, 0, broken_words},
    {"promises", "off", reasons, "The promises, with the reasons.", "", false, 0, 0, promise_words},
    {"variant", "name", text, "Name of the variant.", "", true},
};

/// A number of the key's own quantity, as a file would write it.
std::string in_unit(const KeySpec& key, std::int64_t value) {
    if (key.kind == duration || key.kind == times) return duration_text(Duration(value));
    if (key.kind == size || key.kind == sizes) return size_text(value);
    if (key.kind == share) return share_text(value);
    return fmt::format("{}", value);
}

}  // namespace

std::span<const SectionSpec> section_specs() { return sections; }

const SectionSpec* find_section(std::string_view name) {
    for (const SectionSpec& section : sections)
        if (section.name == name) return &section;
    return nullptr;
}

std::span<const KeySpec> key_specs() { return keys; }

const KeySpec* find_key(std::string_view section, std::string_view key) {
    for (const KeySpec& spec : keys)
        if (spec.section == section && spec.key == key) return &spec;
    return nullptr;
}

bool holds_table(const KeySpec& key) {
    return key.kind == KeyKind::config || key.kind == KeyKind::counts || key.kind == KeyKind::reasons;
}

std::vector<std::string> keys_of(std::string_view section) {
    std::vector<std::string> found;
    for (const KeySpec& spec : keys)
        if (spec.section == section) found.emplace_back(spec.key);
    return found;
}

std::string section_title(std::string_view section) {
    const SectionSpec* spec = find_section(section);
    BROKERSIM_CHECK(spec, "{} is a section", section);
    if (section.empty()) return "the scenario";
    return fmt::format(fmt::runtime(spec->list ? "[[{}]]" : "[{}]"), section);
}

std::string_view kind_words(KeyKind kind) {
    switch (kind) {
        case text:
            return "a text";
        case name:
            return "a name";
        case integer:
            return "a whole number";
        case duration:
            return "a duration such as \"30s\"";
        case size:
            return "a size such as \"8GiB\"";
        case rate:
            return "a rate such as \"1000/s\"";
        case word:
            return "a word";
        case node:
            return "a node such as \"broker/0\"";
        case sides:
            return "[A, B], each a node, a kind of nodes, or a list of them";
        case share:
            return "a share such as \"5%\"";
        case times:
            return "a duration such as \"20ms\", {median, p99}, {min, max}, {mean} or a list";
        case sizes:
            return "a size such as \"1KiB\", {median, p99}, {min, max}, {mean} or a list";
        case number:
            return "a number";
        case range:
            return "a list of two numbers";
        case moment:
            return "a moment such as \"kill+10s\"";
        case names:
            return "a text or a list of texts";
        case counts:
            return "a table such as {orders = 20_000}";
        case reasons:
            return "a table such as {progress = \"the reason\"}";
        case config:
            return "a table of keys";
    }
    BROKERSIM_CHECK(false, "a key has a kind");
    return {};
}

std::string range_words(const KeySpec& key) {
    const bool bounded = key.kind == integer || key.kind == duration || key.kind == size || key.kind == times ||
                         key.kind == sizes || key.kind == counts || key.kind == share;
    if (!bounded) return {};
    if (key.max == INT64_MAX) return fmt::format("{} or more", in_unit(key, key.min));
    return fmt::format("{}..{}", in_unit(key, key.min), in_unit(key, key.max));
}

}  // namespace brokersim::scenario
