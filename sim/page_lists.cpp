#include "sim/page_lists.h"

namespace brokersim::sim {

std::uint32_t PageLists::take(std::uint32_t file, std::uint32_t page, List list) {
    std::uint32_t frame = static_cast<std::uint32_t>(frames_.size());
    if (free_.empty()) {
        frames_.emplace_back();
    } else {
        frame = free_.back();
        free_.pop_back();
    }
    frames_[frame].file = file;
    frames_[frame].page = page;
    to_head(frame, list);
    return frame;
}

void PageLists::give_back(std::uint32_t frame) {
    unlink(frame);
    free_.push_back(frame);
}

void PageLists::unlink(std::uint32_t frame) {
    PageFrame& taken = frames_[frame];
    if (taken.list == List::none) return;
    Ends& list = ends(taken.list);
    (taken.newer == none ? list.head : frames_[taken.newer].older) = taken.older;
    (taken.older == none ? list.tail : frames_[taken.older].newer) = taken.newer;
    --list.size;
    taken.list = List::none;
}

void PageLists::to_head(std::uint32_t frame, List list) {
    unlink(frame);
    Ends& to = ends(list);
    PageFrame& moved = frames_[frame];
    moved.list = list;
    moved.newer = none;
    moved.older = to.head;
    (to.head == none ? to.tail : frames_[to.head].newer) = frame;
    to.head = frame;
    ++to.size;
}

void PageLists::to_tail(std::uint32_t frame, List list) {
    unlink(frame);
    Ends& to = ends(list);
    PageFrame& moved = frames_[frame];
    moved.list = list;
    moved.older = none;
    moved.newer = to.tail;
    (to.tail == none ? to.head : frames_[to.tail].older) = frame;
    to.tail = frame;
    ++to.size;
}

void PageLists::clear() {
    frames_.clear();
    free_.clear();
    for (Ends& list : ends_) list = {};
}

}  // namespace brokersim::sim
