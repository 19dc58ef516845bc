#include "scenarios/engines.h"

#include <array>

namespace brokersim::scenario {

namespace {

/// Young collections of G1 in a broker of some GiB of heap. They come when the young generation is full: with 8 KiB of
/// objects for each frame (command, header maps, properties, buffers' wrappers) and two copies of its bytes, 5,000
/// messages a second of 1 KiB through a broker allocate 100 MB/s, so that there is a pause every four seconds. Lengths
/// are log-normal between 5 and 50 ms: one in a hundred is longer than 50 ms, one in a hundred shorter than 5 ms.
const sim::CollectorSpec& g1() {
    static const sim::CollectorSpec spec{.young_bytes = 400LL << 20,
                                         .bytes_per_frame = 8 << 10,
                                         .copies = 2,
                                         .pause = sim::Distribution::log_normal(15'811'000, 50'000'000)};
    return spec;
}

}  // namespace

std::span<const Engine> engines() {
    static const std::array<Engine, 2> all{{
        {.name = "rocketmq-steady",
         .broker = {},
         .store = {},
         .collector = {},
         .about = "the CPU costs of RocketMQ's brokers, and no pauses"},
        {.name = "rocketmq-java",
         .broker = {},
         .store = {},
         .collector = g1(),
         .about =
             "the same costs; brokers, name servers and clients stop for garbage collection (G1): 5 to 50 ms, every "
             "few seconds under load"},
    }};
    return all;
}

const Engine* find_engine(std::string_view name) {
    for (const Engine& engine : engines())
        if (engine.name == name) return &engine;
    return nullptr;
}

}  // namespace brokersim::scenario
