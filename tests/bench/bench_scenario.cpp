// The whole tool on its main scenario, checkers and digest on: how many events a delivered message takes, how long an
// event takes, how many messages a second of this machine's time carries.

#include <benchmark/benchmark.h>

#include "scenarios/reader.h"
#include "scenarios/run.h"

namespace {

using namespace brokersim;

void whole_scenario(benchmark::State& state) {
    const auto file = scenario::read_scenario_file(BROKERSIM_SOURCE "/scenarios/consumer-rebalance.toml");
    if (!file) {
        state.SkipWithError(file.error().front().text().c_str());
        return;
    }
    const scenario::Variant& variant = file->variants.at(static_cast<std::size_t>(state.range(0)));
    double events = 0, delivered = 0;
    for (auto unused : state) {
        const scenario::RunResult result = scenario::run(variant, 42);
        if (result.outcome != scenario::Outcome::held) state.SkipWithError("the run did not hold");
        events += static_cast<double>(result.events);
        delivered += static_cast<double>(result.metrics.at("messages.delivered").num);
    }
    state.SetLabel(variant.name);
    state.counters["events_per_delivery"] = events / delivered;
    state.counters["ns_per_event"] =
        benchmark::Counter(events / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["messages_per_second"] = benchmark::Counter(delivered, benchmark::Counter::kIsRate);
}
BENCHMARK(whole_scenario)
    ->DenseRange(0, 2)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(3)
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
