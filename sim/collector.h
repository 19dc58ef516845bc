#pragma once

#include <cstdint>
#include <string_view>

#include "core/types.h"
#include "sim/distribution.h"

namespace brokersim::sim {

/// A garbage collector that stops the world (as the young collections of Java's G1 do): what it takes for a process to
/// come to a pause, and how long the pause is.
struct CollectorSpec {
    std::int64_t young_bytes;      // allocated between two pauses in the mean; each time 3/4 to 5/4 of it, by the seed
    std::int64_t bytes_per_frame;  // allocated for each frame that is sent or received,
    std::int64_t copies;           // beside so many times its size
    Distribution pause;            // ns
};

/// Pauses of one node, over all of its lives.
struct Pauses {
    std::uint64_t count = 0;
    std::int64_t total_ns = 0;
    std::int64_t longest_ns = 0;
};

/// When one life of a node must collect, and for how long. Draws are keyed by (node, life, number of the pause).
class Collector {
public:
    Collector(const CollectorSpec& spec, std::uint64_t seed, std::string_view node, std::uint32_t incarnation);

    /// True if the young generation is full now; then collect() must be called before the next.
    bool allocate(std::int64_t frame_bytes) {
        allocated_ += spec_.bytes_per_frame + spec_.copies * frame_bytes;
        return allocated_ >= limit_;
    }
    /// How long the pause that is due takes; the young generation is empty after it.
    Duration collect();

private:
    std::int64_t next_limit() const;

    const CollectorSpec spec_;
    std::uint64_t lengths_;  // draw streams
    std::uint64_t limits_;
    std::uint64_t pauses_ = 0;
    std::int64_t allocated_ = 0;
    std::int64_t limit_;
};

}  // namespace brokersim::sim
