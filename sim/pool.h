#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace brokersim::sim {

/// Objects that are used again and again: constructed once, never moved, and handed out and taken back without the
/// heap. T has a member `T* next`, which is the pool's while the object is not in use. Whoever gives an object back has
/// emptied it.
template <class T>
class Pool {
public:
    T& take() {
        if (free_ == nullptr) grow();
        T* taken = free_;
        free_ = taken->next;
        taken->next = nullptr;
        return *taken;
    }
    void give_back(T& object) {
        object.next = free_;
        free_ = &object;
    }
    /// Calls `visit` for each object ever made, in use or not.
    template <class Visit>
    void each(Visit&& visit) {
        for (auto& chunk : chunks_)
            for (std::size_t i = 0; i < chunk_size; ++i) visit(chunk[i]);
    }

private:
    static constexpr std::size_t chunk_size = 64;

    void grow() {
        chunks_.push_back(std::make_unique<T[]>(chunk_size));
        for (std::size_t i = chunk_size; i-- > 0;) give_back(chunks_.back()[i]);
    }

    std::vector<std::unique_ptr<T[]>> chunks_;
    T* free_ = nullptr;
};

}  // namespace brokersim::sim
