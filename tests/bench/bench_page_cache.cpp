// Appending to mapped files in a simulated world: through the page cache and the disk, against constant costs. The two
// take turns within one run. BROKERSIM_MESSAGES sets how many messages are appended; 500,000 unless it is set.

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/check.h"
#include "sim/world.h"

namespace {

using namespace brokersim;
using namespace brokersim::sim;

constexpr std::uint64_t file_size = 64ULL << 20;
constexpr std::uint64_t message_size = 400;

std::int64_t messages() {
    const char* wanted = std::getenv("BROKERSIM_MESSAGES");
    return wanted == nullptr ? 500'000 : std::strtoll(wanted, nullptr, 10);
}

/// Appends one message in each handler, rolls its files, flushes every 500 ms, and keeps three files.
class Appender final : public Node {
public:
    Appender(Host& host, std::int64_t count) : host_(host), left_(count) {}
    void start() override {
        append();
        flush_later();
    }
    void shutdown(Task done) override { done(); }
    bool done() const { return left_ == 0; }

private:
    void append() {
        if (left_ == 0) return;
        if (!region_ || at_ + message_size > file_size) roll();
        std::memset(region_->write(at_, message_size).data(), static_cast<int>(left_ & 0xFF), message_size);
        at_ += message_size;
        host_.owe(Duration(2'000));
        host_.paid([this] {
            --left_;
            append();
        });
    }
    void roll() {
        auto made = host_.create(fmt::format("log/{}", number_), file_size);
        BROKERSIM_CHECK(made.has_value(), "no file");
        region_ = *made;
        at_ = 0;
        if (number_ >= 3) (void)host_.remove(fmt::format("log/{}", number_ - 3));
        ++number_;
    }
    void flush_later() {
        host_.after(std::chrono::milliseconds(500), [this] {
            region_->flush(0, at_, [](FileResult<void>) {});
            if (left_ > 0) flush_later();
        });
    }

    Host& host_;
    std::int64_t left_;
    MappedRegionPtr region_;
    std::uint64_t at_ = 0;
    int number_ = 0;
};

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double append_all(StorageModel model, std::int64_t count) {
    WorldOptions options;
    options.storage.model = model;
    World world(1, options);
    Appender* appender = nullptr;
    const double begun = cpu_seconds();
    world.start_node(world.add_machine({.name = "broker/0"}), [&](Host& host) {
        auto made = std::make_unique<Appender>(host, count);
        appender = made.get();
        return made;
    });
    while (!appender->done())
        if (world.run_for(std::chrono::seconds(1)) != RunStatus::reached) std::abort();
    return cpu_seconds() - begun;
}

void append_through_the_model(benchmark::State& state) {
    const std::int64_t count = messages();
    double modelled = 1e9, constant = 1e9;
    for (auto unused : state) {
        modelled = std::min(modelled, append_all(StorageModel::modelled, count));
        constant = std::min(constant, append_all(StorageModel::constant, count));
    }
    state.counters["modelled_ns"] = modelled * 1e9 / static_cast<double>(count);
    state.counters["constant_ns"] = constant * 1e9 / static_cast<double>(count);
    state.counters["ratio"] = modelled / constant;
}
BENCHMARK(append_through_the_model)->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
