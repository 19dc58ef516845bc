#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace brokersim {

/// A span of time. Integer nanoseconds everywhere; no floating point decides anything.
using Duration = std::chrono::nanoseconds;

/// Tag of the monotonic clock of a node: it may drift against other nodes, and never jumps.
struct MonoClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = Duration;
    using time_point = std::chrono::time_point<MonoClock, Duration>;
    static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

/// Tag of the wall clock of a node, in milliseconds since the Unix epoch, UTC: it may be skewed, and may jump back.
struct WallClock {
    using rep = std::int64_t;
    using period = std::milli;
    using duration = std::chrono::milliseconds;
    using time_point = std::chrono::time_point<WallClock, std::chrono::milliseconds>;
    static constexpr bool is_steady = false;
};
using WallTime = WallClock::time_point;

/// Milliseconds since the Unix epoch, as RocketMQ writes them into files and requests.
constexpr std::int64_t epoch_ms(WallTime time) { return time.time_since_epoch().count(); }

/// An integer with a meaning: two quantities of different meaning cannot be swapped or added.
template <class Tag, class Rep = std::int64_t>
struct Quantity {
    Rep value{};

    constexpr auto operator<=>(const Quantity&) const = default;
    constexpr Quantity& operator+=(Rep n) {
        value += n;
        return *this;
    }
    friend constexpr Quantity operator+(Quantity a, Rep n) { return {static_cast<Rep>(a.value + n)}; }
    friend constexpr Quantity operator-(Quantity a, Rep n) { return {static_cast<Rep>(a.value - n)}; }
    friend constexpr Rep operator-(Quantity a, Quantity b) { return static_cast<Rep>(a.value - b.value); }
};

/// Byte position in a CommitLog, counted from its very first byte.
using PhysicalOffset = Quantity<struct PhysicalOffsetTag>;
/// Position of a message in its queue (ConsumeQueue), counted in messages.
using QueueOffset = Quantity<struct QueueOffsetTag>;
/// A text known to the whole world by a small number (see Host::name). Dense from 0, in order of first use.
using NameId = Quantity<struct NameIdTag, std::uint32_t>;
/// A timer that may still be cancelled. Zero is "no timer".
using TimerId = Quantity<struct TimerIdTag, std::uint64_t>;
/// A connection, unique within one life of a node and never used again. Zero is "no connection".
using ConnectionId = Quantity<struct ConnectionIdTag, std::uint64_t>;

/// An IPv4 end point. Nodes of a simulated world live in 10.0.0.0/8.
struct Address {
    std::uint32_t ip = 0;  // host byte order: 10.0.0.1 is 0x0A000001
    std::uint16_t port = 0;

    constexpr auto operator<=>(const Address&) const = default;
};

}  // namespace brokersim
