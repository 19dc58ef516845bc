#pragma once

#include <cstdint>

#include "sim/types.h"

namespace brokersim::sim {

/// Keeps the two sides of Little's law for a place where things stay for a time: the number that is there, integrated
/// over time, and the times that those which left had stayed, summed. The two are equal once the times of those still
/// there are added. All in ns modulo 2^64, in which the identity holds as well; an addition or two for each change.
class Occupancy {
public:
    void enter(WorldTime now) {
        advance(now);
        ++count_;
    }
    /// `since`: when it entered, as the thing itself has it.
    void leave(WorldTime now, WorldTime since) {
        advance(now);
        --count_;
        stayed_ += stay(now, since);
    }
    std::int64_t count() const { return count_; }
    /// How long a thing that entered at `since` has stayed.
    static std::uint64_t stay(WorldTime now, WorldTime since) {
        return static_cast<std::uint64_t>(ns_of(now)) - static_cast<std::uint64_t>(ns_of(since));
    }
    /// Whether Little's law holds, where `inside` is the summed stays, until now, of those that are still there.
    bool balanced(WorldTime now, std::uint64_t inside) const {
        return area_ + static_cast<std::uint64_t>(count_) * stay(now, changed_) == stayed_ + inside;
    }

private:
    void advance(WorldTime now) {
        area_ += static_cast<std::uint64_t>(count_) * stay(now, changed_);
        changed_ = now;
    }

    std::int64_t count_ = 0;
    WorldTime changed_{};
    std::uint64_t area_ = 0;
    std::uint64_t stayed_ = 0;
};

}  // namespace brokersim::sim
