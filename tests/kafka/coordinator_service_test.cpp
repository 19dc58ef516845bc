#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/broker/broker.h"
#include "core/kafka/coordinator_service.h"
#include "tests/kafka/raw_group.h"

/// The coordinator inside a real broker, with its records in the real store.
namespace brokersim::kafka::testing {
namespace {

struct ServiceInABroker : ::testing::Test, protocol::ClientEvents {
    ServiceInABroker() { begin(); }
    ~ServiceInABroker() override { broker.reset(); }

    void begin() {
        BareHost& host = world.host("broker/0", 1);
        broker::BrokerOptions options;
        options.store.mappedFileSizeCommitLog = 1 << 20;
        options.store.mappedFileSizeConsumeQueue = 20'000;
        broker = std::make_unique<broker::Broker>(host, options);
        auto service = std::make_unique<CoordinatorService>(
            host, *broker, CoordinatorCluster{0, {Address{host.address().ip, options.identity.port}}});
        coordinator = &service->coordinator();
        broker->plug(std::move(service));
        broker->start();
        ASSERT_FALSE(broker->start_error()) << *broker->start_error();
        world.run_for(100ms);
    }
    void crash() {
        broker.reset();
        world.kill("broker/0");
        begin();
    }
    void on_push(Address, ConnectionId, protocol::Frame&&) override {}

    template <class Response>
    RawClient::Pending<Response> send(protocol::Payload request) {
        auto pending = std::make_shared<std::optional<Response>>();
        client.call({0x0A000001, 10911}, std::move(request), 1h, [pending](protocol::CallResult result) {
            if (result) *pending = get<Response>(std::move(result->payload));
        });
        world.run_for(50ms);
        return pending;
    }
    /// One member, stable in generation 1, with offset 5 of queue 0 committed.
    RawMember member() {
        RawMember made{(**send<JoinGroupResponse>(join_request())).member_id, 1, {}};
        const auto joined = send<JoinGroupResponse>(join_request(made.id));
        world.run_for(4s);
        EXPECT_EQ((**joined).generation, 1);
        const auto synced = send<SyncGroupResponse>(SyncGroupRequest{orders, 1, made.id, {}, {{made.id, "all"}}});
        EXPECT_EQ((**synced).assignment, "all");
        const auto committed =
            send<OffsetCommitResponse>(OffsetCommitRequest{orders, 1, made.id, {}, {{{"t@b", 0}, 5}}});
        EXPECT_EQ((**committed).error, Error::none);
        return made;
    }
    Error beat(const RawMember& member) {
        return (**send<HeartbeatResponse>(HeartbeatRequest{orders, member.generation, member.id, {}})).error;
    }

    BareWorld world;
    BareHost& client_host = world.host("client", 9);
    protocol::RemotingClient client{client_host, *this};
    std::unique_ptr<broker::Broker> broker;
    GroupCoordinator* coordinator = nullptr;
};

TEST_F(ServiceInABroker, comes_back_after_a_crash) {
    const RawMember one = member();
    crash();
    EXPECT_EQ(coordinator->committed(orders, {"t@b", 0}), 5);
    EXPECT_EQ(beat(one), Error::none);
    EXPECT_EQ(coordinator->find(orders)->generation(), 1);
}

TEST_F(ServiceInABroker, comes_back_after_an_orderly_end) {
    const RawMember one = member();
    bool ended = false;
    broker->shutdown([&] { ended = true; });
    world.run_for(10s);
    EXPECT_TRUE(ended);
    crash();
    EXPECT_EQ(beat(one), Error::none);
    EXPECT_EQ(coordinator->committed(orders, {"t@b", 0}), 5);
}

TEST_F(ServiceInABroker, keeps_what_many_batches_said_last) {
    const RawMember one = member();
    for (int i = 0; i < 100; ++i)
        send<OffsetCommitResponse>(OffsetCommitRequest{orders, 1, one.id, {}, {{{"t@b", i % 3}, 1000 + i}}});
    EXPECT_EQ(broker->store().max_offset(std::string(offsets_topic), 31).value, 102) << "one message for each batch";
    crash();
    EXPECT_EQ(coordinator->committed(orders, {"t@b", 0}), 1099);
    EXPECT_EQ(coordinator->committed(orders, {"t@b", 1}), 1097);
    EXPECT_EQ(beat(one), Error::none);
}

}  // namespace
}  // namespace brokersim::kafka::testing
