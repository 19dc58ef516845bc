#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"
#include "sim/disk_spec.h"

/// A scenario as plain data: what the reader makes of one TOML file, with every default filled in. Everything here has
/// been validated: names that refer to something refer to something that exists, numbers lie in their ranges.
namespace brokersim::scenario {

/// An exact number, reduced, with a positive denominator.
struct Rational {
    std::int64_t num = 0;
    std::int64_t den = 1;

    friend bool operator==(const Rational&, const Rational&) = default;
    /// Orders by value.
    std::strong_ordering operator<=>(const Rational& other) const;
};

/// `messages` in each `per`, reduced: arrival n (from 0) of evenly spaced ones comes at n * per / messages.
struct Rate {
    std::int64_t messages = 0;
    Duration per{1'000'000'000};

    friend bool operator==(const Rate&, const Rate&) = default;
    /// One of `count` equal shares of this rate; nothing if that cannot be written in 63 bits.
    std::optional<Rate> shared_by(std::int64_t count) const;
    /// This rate `count` times over; nothing if that cannot be written in 63 bits.
    std::optional<Rate> times(std::int64_t count) const;
};

/// How sizes (bytes) or times (ns) are distributed. Sampling is the world's affair.
struct DistributionSpec {
    enum class Shape : std::uint8_t {
        constant,     // always `first`
        uniform,      // from `first` to `second`, both included
        exponential,  // mean `first`
        log_normal,   // median `first`, 99th percentile `second`
        list,         // each of `values` is as likely as any other
    };
    Shape shape = Shape::constant;
    std::int64_t first = 0;
    std::int64_t second = 0;
    std::vector<std::int64_t> values;

    friend bool operator==(const DistributionSpec&, const DistributionSpec&) = default;
};

/// Real configuration keys (RocketMQ's, Kafka's, the kernel's), by their real names, as text that core/config.h's
/// set_key accepts for that key. scenarios/configs.h applies them.
using ConfigTexts = std::map<std::string, std::string>;

/// What work on memory costs this machine; where nothing is said, the page cache's and the store's own figures hold.
struct CostSpec {
    std::optional<Duration> minor_fault;     // a touch of a page that is in memory and not mapped
    std::optional<Duration> write_fault;     // a first write to a page that is in memory, or new
    std::optional<Duration> crc_per_kib;     // of a message, outside the append lock
    std::optional<Duration> append;          // of a message, inside the lock
    std::optional<Duration> append_per_kib;  // copying it there

    friend bool operator==(const CostSpec&, const CostSpec&) = default;
};

struct HardwareSpec {
    std::string profile = "nvme";        // a row of disk_profiles(), or own_profile
    sim::DiskSpec device;                // the figures
    CostSpec costs;                      // of each machine
    std::string network = "lan";         // a row of network_profiles()
    std::int64_t memory = 8LL << 30;     // bytes of each machine
    std::int64_t disk = 1LL << 50;       // bytes of each node
    std::int64_t cores = 4;              // of each machine
    bool modelled_storage = true;        // page caches and disks; else constant costs
    std::int64_t heap = 0;               // bytes of memory of each machine that the page cache cannot have
    std::int64_t cache_page = 4096;      // bytes; a power of two
    std::int64_t readahead = 128 << 10;  // bytes
    bool stable_pages = false;           // a write waits while its page is written back
    ConfigTexts vm;                      // the kernel's vm.*

    friend bool operator==(const HardwareSpec&, const HardwareSpec&) = default;
};

struct ClusterSpec {
    std::string release = "rocketmq-5.3";
    std::string engine = "rocketmq-steady";  // a row of engines()
    std::int64_t name_servers = 1;
    std::int64_t brokers = 1;
    /// Machine rooms: broker i and consumer i of a group stand in the room i modulo their number. Empty: there are
    /// none.
    std::vector<std::string> rooms;
    /// Keys of BrokerConfig, of StoreConfig and of Kafka's coordinator, scenario's own defaults included.
    ConfigTexts broker;
    ConfigTexts name_server;

    friend bool operator==(const ClusterSpec&, const ClusterSpec&) = default;
};

struct TopicSpec {
    std::string name;
    std::int64_t queues = 4;   // on each broker
    std::int64_t backlog = 0;  // messages that are there before anything starts, spread over all queues

    friend bool operator==(const TopicSpec&, const TopicSpec&) = default;
};

enum class Arrivals : std::uint8_t { poisson, fixed };

/// Which queue a message is sent to.
enum class QueueChoice : std::uint8_t {
    round_robin,
    by_key,  // SelectMessageQueueByHash with the message's key
};

struct ProducerSpec {
    std::string name;
    std::string topic;
    std::int64_t count = 1;  // producers from the beginning: producer.NAME/0 ... /count-1
    Rate rate;               // of these `count` together
    Rate rate_each;          // of each one, also of one that is started later
    Arrivals arrivals = Arrivals::poisson;
    std::int64_t in_flight = 0;  // sends under way at most, per producer; 0 is an open loop: arrivals do not wait
    DistributionSpec body;       // bytes
    std::int64_t keys = 0;       // distinct keys of the messages; 0: they have none
    Rational skew{0, 1};         // the k-th key is sent 1 / k^skew times as often as the first
    QueueChoice queue = QueueChoice::round_robin;
    ConfigTexts client;

    friend bool operator==(const ProducerSpec&, const ProducerSpec&) = default;
};

/// Where a group begins in a queue for which it has no committed offset.
enum class StartFrom : std::uint8_t { last, first };

/// How the messages of one queue are handed to handlers.
enum class ConsumeOrder : std::uint8_t {
    concurrent,  // to all threads at once
    orderly,     // one after the other, under a lock of the queue's broker
};

/// Who of a group gets a message.
enum class MessageModel : std::uint8_t {
    clustering,    // one member
    broadcasting,  // every member
};

struct GroupSpec {
    std::string name;
    std::string topic;
    MessageModel model = MessageModel::clustering;
    std::int64_t consumers = 1;            // from the beginning: NAME/0 ... NAME/consumers-1
    std::int64_t threads = 20;             // of each consumer
    DistributionSpec handler;              // ns
    std::string assignment = "averagely";  // a word of assignment_words()
    bool static_members = false;           // of a Kafka group
    StartFrom from = StartFrom::last;
    ConsumeOrder order = ConsumeOrder::concurrent;
    bool tells_rack = false;                     // of a Kafka group: a consumer's room is its client.rack
    std::vector<std::string> machine_rooms;      // whose queues are consumed, under "machine-room"
    std::map<std::string, std::int64_t> owners;  // under "config": "BROKER:QUEUE" -> number of the consumer
    ConfigTexts client;

    friend bool operator==(const GroupSpec&, const GroupSpec&) = default;
};

/// A node as scenarios name it: "broker/0", "namesrv/0", "billing/2", "producer.orders/1".
struct NodeName {
    enum class Role : std::uint8_t { name_server, broker, producer, consumer };
    Role role = Role::broker;
    std::string name;  // of the producer block or the group; empty for servers
    std::int64_t index = 0;

    /// As an index: every node of this kind.
    static constexpr std::int64_t all = -1;

    auto operator<=>(const NodeName&) const = default;
    /// "billing/2"; for all of a kind "billing", "producer.orders", "brokers", "name_servers".
    std::string text() const;
};

/// A machine that several nodes share: its cores, its clock, its network card and its power.
struct SharedMachine {
    std::string name;
    std::vector<NodeName> nodes;        // may be all of a kind; a node stands on one machine at most
    std::optional<std::int64_t> cores;  // as [hardware] has it, if left out
    std::optional<std::int64_t> memory;

    friend bool operator==(const SharedMachine&, const SharedMachine&) = default;
};

/// What an operator does to a node. Faults are kinds of faults/fault.h.
enum class Operation : std::uint8_t {
    start,    // a node that does not run: never started, stopped, killed or without power
    stop,     // in order: the node says goodbye
    restart,  // stop, then start at once
    roll,     // one node of a kind after another: stop, then start
};

struct EventSpec {
    std::string name;
    Duration time{};                         // from the beginning of the load
    Operation operation = Operation::start;  // unless it is a fault
    std::string fault;                       // name of a faults::Kind; empty for an operation
    NodeName node;                           // unless it is a fault of links; of `roll`: all of a kind
    std::int64_t count = 1;                  // of `start`: so many nodes, `node` and those that follow it
    std::vector<NodeName> from;              // the two ends, of a fault of links; may be all of a kind
    std::vector<NodeName> to;
    Duration delay{};               // of the fault that takes one
    std::int64_t loss_ppm = 0;      // of the fault that takes one
    std::optional<Duration> lasts;  // `for`: the fault heals, or the node is started again, after that time
    std::optional<Duration> every;  // repeated at this distance
    std::int64_t times = 1;         // how often in all
    Duration jitter{};              // each occurrence comes up to that much later, by the seed
    std::int64_t line = 0;          // where it stands in the file, for reports

    friend bool operator==(const EventSpec&, const EventSpec&) = default;
};

/// An instant of a run: an event's (first) time, the beginning or the end of the load, and an offset.
struct Moment {
    std::string event;  // name of an event, "begin" or "end" (of the load)
    Duration offset{};

    friend bool operator==(const Moment&, const Moment&) = default;
};

enum class Comparison : std::uint8_t { equals, at_least, at_most, between };
enum class BrokenWhen : std::uint8_t { never, in_some_seed, always };

/// What a scenario expects: a metric's value, or how often a promise breaks.
struct ExpectationSpec {
    std::string name;    // may be empty
    std::string metric;  // empty for a promise
    Comparison comparison = Comparison::equals;
    Rational value;              // in the metric's own unit (a name ending in _ms is in milliseconds)
    Rational upper;              // only for between; both ends belong to it
    std::optional<Moment> from;  // the metric over a part of the run
    std::optional<Moment> until;
    std::string promise;  // empty for a metric
    BrokenWhen broken = BrokenWhen::never;
    std::int64_t line = 0;

    friend bool operator==(const ExpectationSpec&, const ExpectationSpec&) = default;
};

/// One variant, resolved: what a run takes. Expectations for other variants are left out.
struct Scenario {
    std::string name;
    std::string about;
    std::uint64_t seed = 1;
    Duration duration{};
    Duration drain{};
    HardwareSpec hardware;
    ClusterSpec cluster;
    std::vector<TopicSpec> topics;  // never empty; in the file's order, as all lists here
    std::vector<ProducerSpec> producers;
    std::vector<GroupSpec> groups;
    std::vector<SharedMachine> machines;  // every other node has one of its own
    std::vector<EventSpec> events;        // in order of time; equal times keep the file's order
    std::vector<ExpectationSpec> expectations;
    std::map<std::string, std::string> promises_off;  // promise -> reason

    friend bool operator==(const Scenario&, const Scenario&) = default;
};

struct Variant {
    std::string name;  // "base" if the file has no variants
    Scenario scenario;
};

/// Something to tell the author of a file. Lines and columns count from 1.
struct Diagnostic {
    std::string file;
    std::int64_t line = 1;
    std::int64_t column = 1;
    std::string message;
    bool warning = false;

    auto operator<=>(const Diagnostic&) const = default;
    /// "file:line:column: message", with "warning: " before the message of a warning.
    std::string text() const;
};

struct ScenarioFile {
    std::string name;
    std::string about;
    std::vector<Variant> variants;  // never empty; names are unique
    std::vector<Diagnostic> warnings;
};

}  // namespace brokersim::scenario
