#pragma once

#include <vector>

#include "scenarios/bits.h"
#include "scenarios/event.h"

namespace brokersim::scenario {

/// Messages by producer and number.
class MessageSet {
public:
    void add(MessageId id) {
        if (id.producer >= producers_.size()) producers_.resize(id.producer + 1);
        producers_[id.producer].set(id.sequence);
    }
    bool has(MessageId id) const {
        return id.producer < producers_.size() && producers_[id.producer].test(id.sequence);
    }
    const std::vector<Bits>& by_producer() const { return producers_; }

private:
    std::vector<Bits> producers_;
};

}  // namespace brokersim::scenario
