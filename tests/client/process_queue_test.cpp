#include "core/client/process_queue.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace brokersim::client {
namespace {

std::int64_t remove(ProcessQueue& queue, std::vector<std::int64_t> offsets) { return queue.remove(offsets); }

TEST(ProcessQueue, HoldsThePositionAtTheFirstUnfinishedMessage) {
    ProcessQueue queue;
    for (std::int64_t offset = 10; offset < 14; ++offset) queue.put(offset, 100);
    EXPECT_EQ(remove(queue, {11}), 10);
    EXPECT_EQ(remove(queue, {12}), 10);
    EXPECT_EQ(remove(queue, {10}), 13);
    EXPECT_EQ(remove(queue, {13}), 14);
    EXPECT_EQ(queue.count(), 0);
    EXPECT_EQ(queue.bytes(), 0);
}

TEST(ProcessQueue, KnowsNoPositionWhenNothingWasThere) {
    ProcessQueue queue;
    EXPECT_EQ(remove(queue, {5}), -1);
    queue.put(5, 1);
    EXPECT_EQ(remove(queue, {5}), 6);
    EXPECT_EQ(remove(queue, {5}), -1);
}

TEST(ProcessQueue, SkipsOffsetsThatWereFilteredOut) {
    ProcessQueue queue;
    queue.put(3, 1);
    queue.put(90, 1);
    queue.put(2000, 1);
    EXPECT_EQ(queue.span(), 1997);
    EXPECT_EQ(remove(queue, {3}), 90);
    EXPECT_EQ(remove(queue, {90, 2000}), 2001);
}

TEST(ProcessQueue, CountsAMessageThatComesAgainOnce) {
    ProcessQueue queue;
    queue.put(1, 10);
    queue.put(1, 99);
    EXPECT_EQ(queue.count(), 1);
    EXPECT_EQ(queue.bytes(), 10);
    EXPECT_EQ(remove(queue, {1}), 2);
}

/// RocketMQ's TreeMap, word for word.
struct Model {
    std::map<std::int64_t, std::int32_t> tree;
    std::int64_t newest = -1;
    std::int64_t bytes = 0;

    void put(std::int64_t offset, std::int32_t size) {
        if (!tree.emplace(offset, size).second) return;
        newest = offset;
        bytes += size;
    }
    std::int64_t remove(const std::vector<std::int64_t>& offsets) {
        if (tree.empty()) return -1;
        for (const auto offset : offsets)
            if (const auto found = tree.find(offset); found != tree.end()) {
                bytes -= found->second;
                tree.erase(found);
            }
        return tree.empty() ? newest + 1 : tree.begin()->first;
    }
    std::int64_t span() const { return tree.empty() ? 0 : tree.rbegin()->first - tree.begin()->first; }
};

RC_GTEST_PROP(ProcessQueue, AnswersAsATreeMapDoes, ()) {
    ProcessQueue queue;
    Model model;
    std::int64_t next = *rc::gen::inRange(0, 1000);
    const int steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
        const int what = *rc::gen::inRange(0, 10);
        if (what < 5) {
            next += *rc::gen::weightedElement<int>({{8, 1}, {1, 2}, {1, 7}});
            const auto size = *rc::gen::inRange(0, 50);
            queue.put(next, size);
            model.put(next, size);
        } else if (what == 5) {
            const std::int64_t again = std::max<std::int64_t>(0, next - *rc::gen::inRange(0, 20));
            const auto size = *rc::gen::inRange(0, 50);
            queue.put(again, size);
            model.put(again, size);
        } else {
            std::vector<std::int64_t> offsets;
            const int count = *rc::gen::inRange(0, 4);
            for (int i = 0; i < count; ++i) offsets.push_back(next - *rc::gen::inRange(-2, 30));
            RC_ASSERT(queue.remove(offsets) == model.remove(offsets));
        }
        RC_ASSERT(queue.count() == static_cast<std::int64_t>(model.tree.size()));
        RC_ASSERT(queue.bytes() == model.bytes);
        RC_ASSERT(queue.span() == model.span());
        RC_ASSERT(queue.empty() == model.tree.empty());
    }
}

}  // namespace
}  // namespace brokersim::client
