#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/check.h"

namespace brokersim {

/// Values that wait for a continuation, each known by a small number: what a handler leaves for its `paid` closure
/// stays here, so that the closure holds two words and costs no allocation. Slots are used again, last freed first.
template <class T>
class Slots {
public:
    std::uint32_t put(T&& value) {
        if (free_.empty()) {
            values_.push_back(std::move(value));
            return static_cast<std::uint32_t>(values_.size() - 1);
        }
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        values_[slot] = std::move(value);
        return slot;
    }

    /// Takes the value out; the slot is free again.
    T take(std::uint32_t slot) {
        BROKERSIM_CHECK(slot < values_.size(), "slot {} of {}", slot, values_.size());
        free_.push_back(slot);
        return std::move(values_[slot]);
    }

    std::size_t in_use() const { return values_.size() - free_.size(); }

private:
    std::vector<T> values_;
    std::vector<std::uint32_t> free_;
};

}  // namespace brokersim
