#include "core/client/allocate.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/client/configured_queues.h"
#include "core/client/consistent_hash.h"
#include "core/client/machine_room.h"
#include "core/client/queue_text.h"

/// What must hold of any allocation. (That allocations equal those of the real classes is tested with the vectors.)
namespace brokersim::client {
namespace {

using protocol::MessageQueue;

/// A topic over a few brokers in up to three rooms, and up to twelve clients in up to four.
struct View {
    Queues queues;
    ClientIds ids;
};
View random_view() {
    View view;
    const int brokers = *rc::gen::inRange(1, 5);
    for (int b = 0; b < brokers; ++b) {
        const std::string name = "r" + std::to_string(b % 3) + "@broker-" + std::to_string(b);
        const int queues = *rc::gen::inRange(b == 0 ? 1 : 0, 9);
        for (int q = 0; q < queues; ++q) view.queues.push_back({"orders", name, q});
    }
    const int clients = *rc::gen::inRange(1, 13);
    for (int c = 0; c < clients; ++c)
        view.ids.push_back("r" + std::to_string(*rc::gen::inRange(0, 4)) + "-c" + std::to_string(c));
    sort_queues(view.queues);
    sort_client_ids(view.ids);
    return view;
}

std::string room(const std::string& name) { return name.substr(0, 2); }
const MachineRoomNearby nearby(*find_strategy("averagely"), {room, room});

/// Everybody's queues; each must be the same by the shared computation as by one's own.
std::map<std::string, Queues> shares(const AllocateStrategy& strategy, const View& view) {
    std::map<std::string, Queues> all;
    const GroupAllocation group(strategy, view.queues, view.ids);
    for (std::size_t place = 0; place < view.ids.size(); ++place) {
        const auto refs = group.of_place(place);
        const auto own = strategy.allocate(view.ids[place], view.queues, view.ids);
        RC_ASSERT(refs.has_value() && own.has_value());
        Queues& mine = all[view.ids[place]];
        for (const MessageQueue* queue : *refs) mine.push_back(*queue);
        RC_ASSERT(mine == *own);
    }
    return all;
}
std::map<MessageQueue, std::string> owners(const AllocateStrategy& strategy, const View& view) {
    std::map<MessageQueue, std::string> owners;
    for (const auto& [id, queues] : shares(strategy, view))
        for (const MessageQueue& queue : queues) RC_ASSERT(owners.emplace(queue, id).second);
    return owners;
}

std::vector<const AllocateStrategy*> complete_strategies() {
    std::vector<const AllocateStrategy*> all{&nearby};
    for (const auto name : strategy_names()) all.push_back(find_strategy(name));
    return all;
}

RC_GTEST_PROP(Strategies, give_every_queue_to_one_client, ()) {
    const View view = random_view();
    for (const AllocateStrategy* strategy : complete_strategies())
        RC_ASSERT(owners(*strategy, view).size() == view.queues.size());
}

RC_GTEST_PROP(Strategies, give_the_same_whatever_order_was_sorted, ()) {
    const View view = random_view();
    View mixed = view;
    std::rotate(mixed.queues.begin(),
                mixed.queues.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(mixed.queues)),
                mixed.queues.end());
    std::reverse(mixed.ids.begin(), mixed.ids.end());
    sort_queues(mixed.queues);
    sort_client_ids(mixed.ids);
    RC_ASSERT(mixed.queues == view.queues);
    RC_ASSERT(mixed.ids == view.ids);
}

RC_GTEST_PROP(Averages, differ_by_at_most_one, ()) {
    const View view = random_view();
    for (const char* name : {"averagely", "averagely-by-circle"}) {
        std::set<std::size_t> sizes;
        for (const auto& [id, queues] : shares(*find_strategy(name), view)) sizes.insert(queues.size());
        RC_ASSERT(*sizes.rbegin() - *sizes.begin() <= 1);
    }
}

RC_GTEST_PROP(ConsistentHash, moves_only_the_queues_of_a_client_that_leaves, ()) {
    View view = random_view();
    RC_PRE(view.ids.size() > 1);
    const auto before = owners(ConsistentHash(), view);
    const auto at = *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(view.ids));
    const std::string leaver = view.ids[static_cast<std::size_t>(at)];
    view.ids.erase(view.ids.begin() + at);
    for (const auto& [queue, owner] : owners(ConsistentHash(), view))
        RC_ASSERT(before.at(queue) == leaver || before.at(queue) == owner);
}

RC_GTEST_PROP(ConsistentHash, goes_to_the_next_place_on_the_ring, ()) {
    const View view = random_view();
    const auto virtual_nodes = *rc::gen::inRange<std::uint32_t>(1, 20);
    for (const auto& [queue, owner] : owners(ConsistentHash(virtual_nodes), view)) {
        // The shortest way forward from the queue's place, around the ring if need be.
        std::pair<std::uint32_t, std::string> nearest{UINT32_MAX, ""};
        for (const std::string& id : view.ids)
            for (std::uint32_t i = 0; i < virtual_nodes; ++i)
                nearest =
                    std::min(nearest, {ring_hash(id + "-" + std::to_string(i)) - ring_hash(queue_text(queue)), id});
        RC_ASSERT(owner == nearest.second);
    }
}

RC_GTEST_PROP(ByMachineRoom, shares_out_the_queues_of_its_rooms_evenly, ()) {
    const View view = random_view();
    const ByMachineRoom strategy({"r0", "r2"});
    const auto wanted = std::count_if(view.queues.begin(), view.queues.end(),
                                      [](const MessageQueue& queue) { return room(queue.broker) != "r1"; });
    const auto owned = owners(strategy, view);
    RC_ASSERT(std::ssize(owned) == wanted);
    for (const auto& [queue, owner] : owned) RC_ASSERT(room(queue.broker) != "r1");
    std::set<std::size_t> sizes;
    for (const auto& [id, queues] : shares(strategy, view)) sizes.insert(queues.size());
    RC_ASSERT(*sizes.rbegin() - *sizes.begin() <= 1);
}

RC_GTEST_PROP(MachineRoomNearby, leaves_no_room_that_has_clients, ()) {
    const View view = random_view();
    std::set<std::string> inhabited;
    for (const std::string& id : view.ids) inhabited.insert(room(id));
    for (const auto& [queue, owner] : owners(nearby, view))
        RC_ASSERT(room(owner) == room(queue.broker) || !inhabited.contains(room(queue.broker)));
}

TEST(MachineRoomNearby, FailsForAllWhereARoomIsUnknown) {
    const MachineRoomNearby strategy(*find_strategy("averagely"),
                                     {[](const std::string& broker) { return broker == "b" ? "" : "r"; }, room});
    EXPECT_EQ(strategy.real_name(), "MACHINE_ROOM_NEARBY-AVG");
    const auto share = strategy.allocate("r0-c", {{"t", "a", 0}, {"t", "b", 1}}, {"r0-c"});
    ASSERT_FALSE(share.has_value());
    EXPECT_EQ(share.error(), "Machine room is null for mq MessageQueue [topic=t, brokerName=b, queueId=1]");
}

TEST(ConfiguredQueues, AreEverybodysWhateverIsThere) {
    const Queues queues{{"t", "b", 3}, {"t", "a", 1}};
    EXPECT_EQ(ConfiguredQueues(queues).allocate("", {}, {}), queues);
}

TEST(Strategies, ComplainAsTheRealOnesDo) {
    for (const AllocateStrategy* strategy : complete_strategies()) {
        EXPECT_EQ(strategy->allocate("", {{"t", "b", 0}}, {"c"}).error(), "currentCID is empty");
        EXPECT_EQ(strategy->allocate("c", {}, {"c"}).error(), "mqAll is null or mqAll empty");
        EXPECT_EQ(strategy->allocate("c", {{"t", "b", 0}}, {}).error(), "cidAll is null or cidAll empty");
        EXPECT_EQ(strategy->allocate("ghost", {{"t", "r0@b", 0}}, {"r0-c"}), Queues{});
    }
}

TEST(Strategies, AreFoundByName) {
    EXPECT_EQ(find_strategy("nonsense"), nullptr);
    for (const auto name : strategy_names()) EXPECT_NE(find_strategy(name), nullptr) << name;
}

TEST(JavaOrder, PutsSurrogatePairsBeforeTheLastPartOfTheBasicPlane) {
    EXPECT_TRUE(java_string_less("\U0001F600", "\uFF5E"));
    EXPECT_FALSE(java_string_less("\uFF5E", "\U0001F600"));
    EXPECT_TRUE(java_string_less("\uD7FF", "\U0001F600"));
    EXPECT_TRUE(java_string_less("c10", "c2"));
    EXPECT_TRUE(java_string_less("c", "c1"));
    EXPECT_FALSE(java_string_less("c", "c"));
}

}  // namespace
}  // namespace brokersim::client
