#include "core/broker/pop_queues.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace brokersim::broker {
namespace {

constexpr Duration scan_interval = Millis(5);

}  // namespace

PopQueues::PopQueues(Host& host, ReviveLog& log, ConsumerOffsets& offsets)
    : log_(log), offsets_(offsets), scanner_(host, scan_interval, [this] { scan(); }) {
    scanner_.start();
}

PopQueues::Queue& PopQueues::queue(std::string_view group, std::string_view topic, std::int32_t queue_id) {
    return queues_.get_or_make(fmt::format("{}@{}@{}", topic, group, queue_id), std::string(group), std::string(topic),
                               queue_id);
}

void PopQueues::list(Queue& queue) {
    if (!std::exchange(queue.listed_, true)) dirty_.push_back(&queue);
    scanner_.arm();
}

void PopQueues::remember(Queue& queue, PopCheckPoint point, std::int32_t revive_queue, std::int64_t next, Task done) {
    queue.waiting_.push_back({next, false, true, std::move(point), revive_queue});
    put_point(queue, queue.first_number_ + queue.waiting_.size() - 1, std::move(done));
}

void PopQueues::pass_over(Queue& queue, std::int64_t next) {
    queue.waiting_.push_back({next, true, false, {}, 0});
    list(queue);
}

void PopQueues::put_point(Queue& queue, std::uint64_t number, Task done) {
    auto& waiting = queue.waiting_[number - queue.first_number_];
    waiting.putting = true;
    log_.put(waiting.point, waiting.revive_queue,
             [this, &queue, number, done = std::move(done)](const store::PutResult& result) mutable {
                 auto& tried = queue.waiting_[number - queue.first_number_];
                 tried.putting = false;
                 tried.stored = stored(result);
                 list(queue);
                 if (done) done();
             });
}

void PopQueues::stop() {
    scan();
    scanner_.stop();
}

void PopQueues::scan() {
    std::erase_if(dirty_, [this](Queue* queue) {
        if (!commit(*queue)) return false;
        queue->listed_ = false;
        return true;
    });
    if (!dirty_.empty()) scanner_.arm();
}

/// Whether nothing waits any more.
bool PopQueues::commit(Queue& queue) {
    for (; !queue.waiting_.empty(); queue.waiting_.pop_front(), ++queue.first_number_) {
        auto& first = queue.waiting_.front();
        if (!first.stored) {
            if (!first.putting) put_point(queue, queue.first_number_, {});
            return false;
        }
        if (queue.locked_) return false;
        offsets_.commit(queue.group_, queue.topic_, queue.queue_id_, first.next);
    }
    return true;
}

}  // namespace brokersim::broker
