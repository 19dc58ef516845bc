#pragma once

#include <cstdint>
#include <span>

#include <boost/circular_buffer.hpp>

namespace brokersim::client {

/// The messages of one queue that a consumer has got and not finished: the books of RocketMQ's ProcessQueue, whose
/// TreeMap by offset this equals in every answer. Offsets come in order as a rule, so a ring with marks does; what is
/// finished at its ends is forgotten. It holds offsets and sizes only: the messages lie with those who handle them.
class ProcessQueue {
public:
    /// putMessage, for one message. One whose offset is already there counts once, with the size that came first.
    void put(std::int64_t offset, std::int32_t body_size);
    /// removeMessage: these are finished; offsets that are not there are ignored. Returns the position to commit: the
    /// first offset still there, one past the newest if none is left, -1 if nothing was there before.
    std::int64_t remove(std::span<const std::int64_t> offsets);

    /// Messages that are there; bytes of their bodies.
    std::int64_t count() const { return count_; }
    std::int64_t bytes() const { return bytes_; }
    bool empty() const { return count_ == 0; }
    /// getMaxSpan: the last offset minus the first; 0 when empty.
    std::int64_t span() const { return items_.empty() ? 0 : items_.back().offset - items_.front().offset; }

private:
    struct Item {
        std::int64_t offset;
        std::int32_t size;
        bool there;
    };
    /// Position of the item with that offset, else of the first behind it.
    std::size_t position(std::int64_t offset) const;
    void remove_one(std::int64_t offset);

    boost::circular_buffer<Item> items_;  // by offset; the first and the last are there
    std::int64_t count_ = 0;
    std::int64_t bytes_ = 0;
    std::int64_t newest_ = -1;  // queueOffsetMax: of the message that came last, unless its offset was there
};

}  // namespace brokersim::client
