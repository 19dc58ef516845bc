#pragma once

#include <cstdint>
#include <vector>

namespace brokersim::sim {

/// A page of memory that holds a page of a file.
struct PageFrame {
    enum class List : std::uint8_t { none, inactive, active, locked };
    std::uint32_t newer = UINT32_MAX;  // towards the head of its list
    std::uint32_t older = UINT32_MAX;
    std::uint32_t file = 0;
    std::uint32_t page = 0;
    List list = List::none;
};

/// All page frames in use, each on one of three lists: pages are put in at the head, and reclaimed at the tail.
class PageLists {
public:
    using List = PageFrame::List;
    static constexpr std::uint32_t none = UINT32_MAX;

    /// A frame for that page, at the head of `list`.
    std::uint32_t take(std::uint32_t file, std::uint32_t page, List list);
    /// Takes a frame out of use.
    void give_back(std::uint32_t frame);
    /// Puts a frame at the head of a list, or at its tail.
    void to_head(std::uint32_t frame, List list);
    void to_tail(std::uint32_t frame, List list);
    void clear();

    const PageFrame& at(std::uint32_t frame) const { return frames_[frame]; }
    std::uint32_t tail(List list) const { return ends(list).tail; }
    std::uint64_t size(List list) const { return ends(list).size; }
    std::uint64_t used() const { return frames_.size() - free_.size(); }

private:
    struct Ends {
        std::uint32_t head = none;
        std::uint32_t tail = none;
        std::uint64_t size = 0;
    };
    Ends& ends(List list) { return ends_[static_cast<std::size_t>(list) - 1]; }
    const Ends& ends(List list) const { return ends_[static_cast<std::size_t>(list) - 1]; }
    void unlink(std::uint32_t frame);

    std::vector<PageFrame> frames_;
    std::vector<std::uint32_t> free_;
    Ends ends_[3];
};

}  // namespace brokersim::sim
