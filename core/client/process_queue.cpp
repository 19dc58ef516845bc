#include "core/client/process_queue.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::client {

namespace {
constexpr std::size_t first_capacity = 32;  // messages; a pull brings as many
}

void ProcessQueue::put(std::int64_t offset, std::int32_t body_size) {
    if (items_.full()) items_.set_capacity(std::max(first_capacity, 2 * items_.capacity()));
    if (items_.empty() || offset > items_.back().offset) {
        items_.push_back({offset, body_size, true});
    } else {
        const std::size_t at = position(offset);
        if (items_[at].offset != offset)
            items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(at), {offset, body_size, true});
        else if (items_[at].there)
            return;
        else
            items_[at] = {offset, body_size, true};
    }
    ++count_;
    bytes_ += body_size;
    newest_ = offset;
}

std::int64_t ProcessQueue::remove(std::span<const std::int64_t> offsets) {
    if (empty()) return -1;
    for (const std::int64_t offset : offsets) remove_one(offset);
    return empty() ? newest_ + 1 : items_.front().offset;
}

std::size_t ProcessQueue::position(std::int64_t offset) const {
    // Without holes an item lies as far from the front as its offset.
    const std::int64_t guess = offset - items_.front().offset;
    if (guess >= 0 && guess < static_cast<std::int64_t>(items_.size()) &&
        items_[static_cast<std::size_t>(guess)].offset == offset)
        return static_cast<std::size_t>(guess);
    const auto found = std::lower_bound(items_.begin(), items_.end(), offset,
                                        [](const Item& item, std::int64_t wanted) { return item.offset < wanted; });
    return static_cast<std::size_t>(found - items_.begin());
}

void ProcessQueue::remove_one(std::int64_t offset) {
    if (items_.empty()) return;
    const std::size_t at = position(offset);
    if (at == items_.size() || items_[at].offset != offset || !items_[at].there) return;
    items_[at].there = false;
    --count_;
    bytes_ -= items_[at].size;
    BROKERSIM_CHECK(count_ >= 0 && bytes_ >= 0, "{} messages with {} bytes", count_, bytes_);
    while (!items_.empty() && !items_.front().there) items_.pop_front();
    while (!items_.empty() && !items_.back().there) items_.pop_back();
}

}  // namespace brokersim::client
