#pragma once

#include <algorithm>
#include <cstdint>

namespace brokersim::sim {

/// One direction of a machine's network card: bytes pass one after the other at a fixed rate. Exact: the fraction of a
/// nanosecond is kept.
class Wire {
public:
    explicit Wire(std::int64_t bits_per_second)
        : ns_per_byte_(static_cast<std::uint64_t>((static_cast<unsigned __int128>(8'000'000'000) << 32) /
                                                  static_cast<std::uint64_t>(bits_per_second))) {}

    /// Queues `bytes` at `now`; returns when the last of them has passed.
    std::int64_t pass(std::int64_t now, std::uint64_t bytes) {
        if (now > free_at_) {
            free_at_ = now;
            fraction_ = 0;
        }
        const std::uint64_t low = (ns_per_byte_ & 0xFFFFFFFFU) * bytes + fraction_;
        const std::uint64_t spent = (ns_per_byte_ >> 32) * bytes + (low >> 32);
        fraction_ = low & 0xFFFFFFFFU;
        free_at_ += static_cast<std::int64_t>(spent);
        busy_ns_ += static_cast<std::int64_t>(spent);
        return free_at_;
    }
    /// Time spent passing bytes until `now`.
    std::int64_t busy_ns(std::int64_t now) const { return busy_ns_ - std::max<std::int64_t>(0, free_at_ - now); }

private:
    std::uint64_t ns_per_byte_;  // 32 fraction bits
    std::uint64_t fraction_ = 0;
    std::int64_t free_at_ = 0;
    std::int64_t busy_ns_ = 0;
};

struct NetworkCounters {
    std::uint64_t frames_sent = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t frames_received = 0;
    std::uint64_t bytes_received = 0;
    std::int64_t longest_queue_bytes = 0;  // most that ever waited on one connection's sending side
};

}  // namespace brokersim::sim
