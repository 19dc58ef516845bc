#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/client/allocate.h"
#include "core/client/consistent_hash.h"
#include "core/client/machine_room.h"
#include "core/draw.h"
#include "core/kafka/assignors/assignors.h"
#include "core/kafka/assignors/sticky.h"
#include "core/kafka/server_assignors/target_assignor.h"

/// What one assignment costs, for groups of n queues and n / 10 members (the third line of each curve has 10,000 and
/// 1,000). Floors are one pass over the same input: every name and number is read.
namespace brokersim {
namespace {

constexpr int members_per_queue = 10;

std::string member_name(std::int64_t i) { return "10.147.231." + std::to_string(i % 250) + "@" + std::to_string(i); }

struct Shuffled {
    client::Queues queues;
    client::ClientIds ids;
};
/// In the order in which a set would have them: none.
Shuffled rocketmq_group(std::int64_t queues) {
    Shuffled group;
    for (std::int64_t i = 0; i < queues; ++i)
        group.queues.push_back({"orders", "broker-" + std::to_string(i % 50), static_cast<std::int32_t>(i / 50)});
    for (std::int64_t i = 0; i < queues / members_per_queue; ++i) group.ids.push_back(member_name(i));
    for (std::size_t i = 1; i < group.queues.size(); ++i)
        std::swap(group.queues[i], group.queues[below(mix64(i), i + 1)]);
    for (std::size_t i = 1; i < group.ids.size(); ++i) std::swap(group.ids[i], group.ids[below(mix64(i), i + 1)]);
    return group;
}

void rocketmq_floor(benchmark::State& state) {
    const Shuffled group = rocketmq_group(state.range(0));
    for (auto _ : state) {
        std::uint64_t sum = 0;
        for (const auto& queue : group.queues)
            sum +=
                text_identity(queue.topic) + text_identity(queue.broker) + static_cast<std::uint64_t>(queue.queue_id);
        for (const auto& id : group.ids) sum += text_identity(id);
        benchmark::DoNotOptimize(sum);
    }
    state.SetComplexityN(state.range(0));
}

/// All members' shares of one view, sorting it included.
void rocketmq_all_members(benchmark::State& state, const client::AllocateStrategy& strategy) {
    const Shuffled group = rocketmq_group(state.range(0));
    for (auto _ : state) {
        Shuffled view = group;
        client::sort_queues(view.queues);
        client::sort_client_ids(view.ids);
        const client::GroupAllocation allocation(strategy, view.queues, view.ids);
        std::size_t sum = 0;
        for (std::size_t place = 0; place < view.ids.size(); ++place) sum += allocation.of_place(place)->size();
        benchmark::DoNotOptimize(sum);
        if (sum != view.queues.size()) state.SkipWithError("queues are missing");
    }
    state.SetComplexityN(state.range(0));
}
/// The same without the sorting.
void rocketmq_all_members_sorted(benchmark::State& state, const client::AllocateStrategy& strategy) {
    Shuffled view = rocketmq_group(state.range(0));
    client::sort_queues(view.queues);
    client::sort_client_ids(view.ids);
    for (auto _ : state) {
        const client::GroupAllocation allocation(strategy, view.queues, view.ids);
        for (std::size_t place = 0; place < view.ids.size(); ++place)
            benchmark::DoNotOptimize(allocation.of_place(place)->size());
    }
    state.SetComplexityN(state.range(0));
}
/// One member for itself, as a real client does: sort, then allocate.
void rocketmq_one_member(benchmark::State& state, const client::AllocateStrategy& strategy) {
    const Shuffled group = rocketmq_group(state.range(0));
    const std::string id = group.ids[group.ids.size() / 2];
    for (auto _ : state) {
        Shuffled view = group;
        client::sort_queues(view.queues);
        client::sort_client_ids(view.ids);
        benchmark::DoNotOptimize(strategy.allocate(id, view.queues, view.ids));
    }
    state.SetComplexityN(state.range(0));
}
void rocketmq_one_member_sorted(benchmark::State& state, const client::AllocateStrategy& strategy) {
    Shuffled view = rocketmq_group(state.range(0));
    client::sort_queues(view.queues);
    client::sort_client_ids(view.ids);
    const std::string id = view.ids[view.ids.size() / 2];
    for (auto _ : state) benchmark::DoNotOptimize(strategy.allocate(id, view.queues, view.ids));
    state.SetComplexityN(state.range(0));
}

std::string room_of_broker(const std::string& broker) { return broker.substr(0, sizeof("broker-")); }
std::string room_of_client(const std::string& id) { return "broker-" + id.substr(id.size() - 1); }

const client::AllocateStrategy& averagely = *client::find_strategy("averagely");
const client::AllocateStrategy& circle = *client::find_strategy("averagely-by-circle");
const client::AllocateStrategy& ring = *client::find_strategy("consistent-hash");
const client::MachineRoomNearby nearby(averagely, {room_of_broker, room_of_client});

void curve(benchmark::internal::Benchmark* bench) {
    bench->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond)->Complexity(benchmark::oNLogN);
}

BENCHMARK(rocketmq_floor)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_all_members, averagely, averagely)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_all_members, averagely_by_circle, circle)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_all_members, consistent_hash, ring)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_all_members, machine_room_nearby, nearby)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_all_members_sorted, averagely, averagely)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_one_member, averagely, averagely)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_one_member, consistent_hash, ring)->Apply(curve);
BENCHMARK_CAPTURE(rocketmq_one_member_sorted, averagely, averagely)->Apply(curve);

// --- Kafka ----------------------------------------------------------------------------------------------------------

struct KafkaGroup {
    std::vector<kafka::TopicMetadata> topics;
    std::vector<kafka::Subscriber> members;
};
/// `n` partitions in all; where subscriptions are not `equal`, each member has two topics of three.
KafkaGroup kafka_group(std::int64_t n, std::int64_t topics, bool equal = true) {
    KafkaGroup group;
    for (std::int64_t t = 0; t < topics; ++t)
        group.topics.push_back({"topic-" + std::to_string(t), static_cast<std::int32_t>(n / topics), {}});
    for (std::int64_t i = 0; i < n / members_per_queue; ++i) {
        kafka::Subscriber member{"member-" + std::to_string(i), "", {}};
        for (std::int64_t t = 0; t < topics; ++t)
            if (equal || (t + i) % 3 != 0) member.subscription.topics.push_back("topic-" + std::to_string(t));
        group.members.push_back(std::move(member));
    }
    return group;
}

/// The last member has left; all others tell what they own.
KafkaGroup one_has_left(std::int64_t n, std::int64_t topics, bool equal) {
    KafkaGroup group = kafka_group(n, topics, equal);
    const auto plan = kafka::make_assignor("sticky")->assign(group.topics, group.members);
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        kafka::Subscription& said = group.members[i].subscription;
        said.owned_partitions = (*plan)[i];
        std::sort(said.owned_partitions.begin(), said.owned_partitions.end());
        said.generation = 1;
        said.user_data = kafka::encode_sticky_user_data({said.owned_partitions, 1});
    }
    group.members.pop_back();
    return group;
}

void kafka_floor(benchmark::State& state) {
    const KafkaGroup group = one_has_left(state.range(0), state.range(1), true);
    for (auto _ : state) {
        std::uint64_t sum = 0;
        for (const auto& member : group.members) {
            sum += text_identity(member.member_id);
            for (const auto& topic : member.subscription.topics) sum += text_identity(topic);
            for (const auto& owned : member.subscription.owned_partitions)
                sum += text_identity(owned.topic) + static_cast<std::uint64_t>(owned.partition);
        }
        benchmark::DoNotOptimize(sum);
    }
    state.SetComplexityN(state.range(0));
}

void assign(benchmark::State& state, const KafkaGroup& group, const char* name) {
    for (auto _ : state) benchmark::DoNotOptimize(kafka::make_assignor(name)->assign(group.topics, group.members));
    state.SetComplexityN(state.range(0));
}
void kafka_new_group(benchmark::State& state, const char* name) {
    assign(state, kafka_group(state.range(0), state.range(1)), name);
}
void kafka_one_left(benchmark::State& state, const char* name) {
    assign(state, one_has_left(state.range(0), state.range(1), true), name);
}
void kafka_one_left_unequal(benchmark::State& state, const char* name) {
    assign(state, one_has_left(state.range(0), state.range(1), false), name);
}

/// The new protocol's group after one member has left.
void kafka_target(benchmark::State& state, const char* name, bool equal) {
    std::vector<kafka::TargetTopic> topics;
    std::vector<kafka::TargetMember> members;
    const KafkaGroup group = kafka_group(state.range(0), state.range(1), equal);
    for (std::size_t t = 0; t < group.topics.size(); ++t)
        topics.push_back({group.topics[t].topic,
                          {static_cast<std::int64_t>(mix64(t)), static_cast<std::int64_t>(mix64(~t))},
                          group.topics[t].partitions});
    for (const auto& member : group.members) members.push_back({member.member_id, "", member.subscription.topics, {}});
    const kafka::TargetAssignor& assignor = *kafka::find_target_assignor(name);
    const auto target = assignor.assign(topics, members);
    for (std::size_t i = 0; i < members.size(); ++i)
        for (const auto& share : *target->shares[i])
            members[i].previous.emplace_back(topics[share.topic].id, share.partitions);
    members.pop_back();
    for (auto _ : state) benchmark::DoNotOptimize(assignor.assign(topics, members));
    state.SetComplexityN(state.range(0));
}

void one_topic(benchmark::internal::Benchmark* bench) {
    for (const int n : {100, 1000, 10'000, 100'000}) bench->Args({n, 1});
    bench->Unit(benchmark::kMicrosecond)->Complexity(benchmark::oNLogN);
}
void hundred_topics(benchmark::internal::Benchmark* bench) {
    bench->Args({10'000, 100})->Unit(benchmark::kMicrosecond);
}

void many_sizes(benchmark::internal::Benchmark* bench) {
    for (const int n : {1000, 10'000, 100'000}) bench->Args({n, 100});
    bench->Unit(benchmark::kMicrosecond)->Complexity(benchmark::oNLogN);
}

BENCHMARK(kafka_floor)->Apply(one_topic);
BENCHMARK(kafka_floor)->Apply(hundred_topics);
BENCHMARK_CAPTURE(kafka_new_group, range, "range")->Apply(one_topic);
BENCHMARK_CAPTURE(kafka_new_group, range, "range")->Apply(hundred_topics);
BENCHMARK_CAPTURE(kafka_new_group, roundrobin, "roundrobin")->Apply(one_topic);
BENCHMARK_CAPTURE(kafka_new_group, roundrobin, "roundrobin")->Apply(hundred_topics);
BENCHMARK_CAPTURE(kafka_new_group, sticky, "sticky")->Apply(one_topic);
BENCHMARK_CAPTURE(kafka_one_left, sticky, "sticky")->Apply(one_topic);
BENCHMARK_CAPTURE(kafka_one_left, sticky, "sticky")->Apply(hundred_topics);
BENCHMARK_CAPTURE(kafka_one_left, cooperative_sticky, "cooperative-sticky")->Apply(one_topic);
BENCHMARK_CAPTURE(kafka_one_left, cooperative_sticky, "cooperative-sticky")->Apply(hundred_topics);
BENCHMARK_CAPTURE(kafka_one_left_unequal, cooperative_sticky, "cooperative-sticky")->Apply(many_sizes);
BENCHMARK_CAPTURE(kafka_target, range, "range", true)->Apply(one_topic);
BENCHMARK_CAPTURE(kafka_target, uniform, "uniform", true)->Apply(one_topic);
BENCHMARK_CAPTURE(kafka_target, uniform, "uniform", true)->Apply(hundred_topics);
BENCHMARK_CAPTURE(kafka_target, uniform_heterogeneous, "uniform", false)->Apply(many_sizes);

}  // namespace
}  // namespace brokersim

BENCHMARK_MAIN();
