#include "core/broker/queue_locks.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/broker/broker_world.h"

namespace brokersim::broker::testing {
namespace {

using protocol::LockBatchRequest;
using protocol::MessageQueue;
using protocol::UnlockBatchRequest;

std::vector<MessageQueue> queues(const std::vector<int>& ids) {
    std::vector<MessageQueue> made;
    for (const int id : ids) made.push_back({"orders", "broker-0", id});
    return made;
}

TEST(QueueLocks, belong_to_one_client_until_it_frees_them_or_falls_silent_for_a_minute) {
    QueueLocks locks;
    EXPECT_EQ(locks.lock({"a", "g", queues({0, 1})}, 1'000), queues({0, 1}));
    EXPECT_EQ(locks.lock({"b", "g", queues({1, 2})}, 2'000), queues({2}));
    EXPECT_EQ(locks.lock({"b", "other", queues({1})}, 2'000), queues({1})) << "groups do not meet";
    EXPECT_EQ(locks.lock({"a", "g", queues({0})}, 50'000), queues({0})) << "renewed";
    EXPECT_EQ(locks.lock({"b", "g", queues({0, 1})}, 61'000), queues({})) << "60 s are not more than 60 s";
    EXPECT_EQ(locks.lock({"b", "g", queues({0, 1})}, 61'001), queues({1}));
    locks.unlock({"a", "g", queues({1})});
    EXPECT_EQ(locks.lock({"c", "g", queues({1})}, 61'002), queues({})) << "only its holder frees a lock";
    locks.unlock({"b", "g", queues({1})});
    EXPECT_EQ(locks.lock({"c", "g", queues({1})}, 61'003), queues({1}));
}

// Whoever got a lock and neither freed it nor let it grow older than a minute is alone with it; who is alone gets it.
RC_GTEST_PROP(QueueLocksProperty, nobody_gets_what_another_still_has, ()) {
    struct Grant {
        std::string client;
        std::int64_t at;
    };
    QueueLocks locks;
    std::map<int, Grant> granted;
    std::int64_t now = 0;
    for (int step = *rc::gen::inRange(1, 60); step > 0; --step) {
        now += *rc::gen::element<std::int64_t>(0, 1, 10'000, 30'000, 60'000, 60'001);
        const std::string client = *rc::gen::element<std::string>("a", "b", "c");
        const int mask = *rc::gen::inRange(0, 16);
        std::vector<int> ids;
        for (int id = 0; id < 4; ++id)
            if ((mask >> id & 1) != 0) ids.push_back(id);
        if (*rc::gen::inRange(0, 4) == 0) {
            locks.unlock({client, "g", queues(ids)});
            for (const int id : ids)
                if (granted.contains(id) && granted[id].client == client) granted.erase(id);
            continue;
        }
        std::vector<int> expected;
        for (const int id : ids) {
            const auto found = granted.find(id);
            const bool taken =
                found != granted.end() && found->second.client != client && now - found->second.at <= 60'000;
            if (taken) continue;
            expected.push_back(id);
            granted[id] = {client, now};
        }
        RC_ASSERT(locks.lock({client, "g", queues(ids)}, now) == queues(expected));
    }
}

TEST(QueueLocksOfABroker, are_asked_for_over_the_network_and_do_not_survive_the_broker) {
    BrokerWorld world;
    world.start_broker();
    RawClient& client = world.client();
    const auto lock = [&world](RawClient& asker, const std::string& id) {
        const Frame answer = world.ask(asker, LockBatchRequest{id, "g", queues({0, 3})});
        EXPECT_EQ(answer.code, 0);
        return get<protocol::LockBatchResponse>(answer.payload).locked;
    };
    EXPECT_EQ(lock(client, "a"), queues({0, 3}));
    EXPECT_EQ(lock(client, "b"), queues({}));
    EXPECT_EQ(world.ask(client, UnlockBatchRequest{"a", "g", queues({3})}).code, 0);
    EXPECT_EQ(lock(client, "b"), queues({3}));
    world.kill_broker();
    world.start_broker();
    EXPECT_EQ(lock(world.client(), "c"), queues({0, 3})) << "nothing of it is written down";
}

}  // namespace
}  // namespace brokersim::broker::testing
