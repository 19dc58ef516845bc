#pragma once

#include <cstdint>
#include <deque>

namespace brokersim::client {

/// The messages of one queue that a consumer has got and not finished: the books of RocketMQ's ProcessQueue, whose
/// TreeMap by offset this equals in every answer. Offsets usually come in order, so a deque with marks does: all that
/// is done at the front is forgotten. It holds offsets and sizes only; the messages lie with those who handle them.
class ProcessQueue {
public:
    /// putMessage: adds a message. One whose offset is already there takes its place, and counts once, with the size
    /// that came first.
    void put(std::int64_t offset, std::int32_t body_size);
    /// removeMessage for one message: it is finished. Offsets that are not there are ignored.
    void remove(std::int64_t offset);
    /// What removeMessage returns after its removals: everything before it is finished. -1 if nothing has ever been
    /// put; call it before removing the last message if the answer for an empty queue (-1) matters: see `finish`.
    std::int64_t first_unfinished() const;

    /// Messages that are there; bytes of their bodies.
    std::int64_t count() const { return count_; }
    std::int64_t bytes() const { return bytes_; }
    bool empty() const { return count_ == 0; }
    /// getMaxSpan: last offset minus first offset; 0 when empty.
    std::int64_t span() const;
    std::int64_t first_offset() const { return items_.front().offset; }

private:
    struct Item {
        std::int64_t offset;
        std::int32_t size;
        bool there;
    };
    /// Position of the item with that offset, or of the first one behind it.
    std::size_t position(std::int64_t offset) const;
    void trim();

    std::deque<Item> items_;  // by offset; the first and the last are there
    std::int64_t count_ = 0;
    std::int64_t bytes_ = 0;
    std::int64_t max_offset_ = -1;  // queueOffsetMax: of the message that came last with a new offset
};

}  // namespace brokersim::client
