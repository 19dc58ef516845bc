#include "core/protocol/remoting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/bare_host.h"

namespace brokersim::protocol {
namespace {

using namespace std::chrono_literals;
using testing::BareWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint16_t port = 10911;

// A server that answers GetMaxOffset with the queue id it was asked for, on demand.
class Answering final : public ServerEvents {
public:
    explicit Answering(Host& host) : server(host, *this) { server.listen(port); }

    void on_request(ConnectionId id, Frame&& frame) override {
        requests.push_back({id, frame.opaque, frame.kind, std::move(frame.payload)});
        if (answer_at_once) answer(requests.size() - 1);
    }
    void on_connection_closed(ConnectionId id) override { closed.push_back(id); }

    void answer(std::size_t n) {
        const auto& request = requests.at(n);
        const auto* wanted = get_if<GetMaxOffsetRequest>(&request.payload);
        ASSERT_NE(wanted, nullptr);
        server.respond(request.connection, request.opaque, OffsetResponse{wanted->queue_id});
    }

    struct Request {
        ConnectionId connection;
        std::int32_t opaque;
        FrameKind kind;
        Payload payload;
    };
    RemotingServer server;
    bool answer_at_once = true;
    std::vector<Request> requests;
    std::vector<ConnectionId> closed;
};

class Calling final : public ClientEvents {
public:
    explicit Calling(Host& host, RemotingClientOptions options = {}) : client(host, *this, options) {}

    void on_push(Address, ConnectionId id, Frame&& frame) override {
        pushes.push_back(std::move(frame));
        last_connection = id;
    }
    void on_connection(Address, bool open) override { connections.push_back(open); }

    /// Calls with queue id `n`; the outcome is written to `outcomes` as text.
    void call(Address peer, std::int32_t n, Duration timeout = 3s, CallStyle style = CallStyle::sync) {
        client.call(
            peer, GetMaxOffsetRequest{.topic = "T", .queue_id = n}, timeout,
            [this, n](CallResult result) {
                static constexpr const char* errors[] = {"connect_failed", "timed_out", "closed"};
                const std::string what = result ? std::to_string(get<OffsetResponse>(result->payload).offset)
                                                : errors[static_cast<int>(result.error())];
                outcomes.push_back(std::to_string(n) + ":" + what);
                if (then) std::exchange(then, nullptr)();
            },
            style);
    }

    RemotingClient client;
    std::vector<Frame> pushes;
    ConnectionId last_connection;
    std::vector<bool> connections;
    std::vector<std::string> outcomes;
    Task then;
};

struct Remoting : ::testing::Test {
    BareWorld world;
    Host& client_host = world.host("client", 1);
    Host& server_host = world.host("server", 2);
    std::optional<Answering> server{std::in_place, server_host};
    Address peer{server_host.address().ip, port};
    std::optional<Calling> client{std::in_place, client_host};
};

TEST_F(Remoting, a_call_made_while_connecting_is_answered) {
    client->call(peer, 7);
    EXPECT_FALSE(client->client.connected(peer));
    world.settle();
    EXPECT_TRUE(client->client.connected(peer));
    EXPECT_THAT(client->outcomes, ElementsAre("7:7"));
    EXPECT_THAT(client->connections, ElementsAre(true));
}

TEST_F(Remoting, answers_find_their_calls_in_any_order) {
    server->answer_at_once = false;
    for (int n : {0, 1, 2}) client->call(peer, n);
    world.settle();
    for (std::size_t n : {2, 0, 1}) server->answer(n);
    world.settle();
    EXPECT_THAT(client->outcomes, ElementsAre("2:2", "0:0", "1:1"));
    EXPECT_EQ(server->requests[0].connection, server->requests[2].connection);
}

TEST_F(Remoting, a_call_to_nobody_fails_to_connect_and_the_next_one_tries_again) {
    const Address nobody{client_host.address().ip + 100, port};
    client->call(nobody, 1);
    world.settle();
    client->call(nobody, 2);
    world.settle();
    EXPECT_THAT(client->outcomes, ElementsAre("1:connect_failed", "2:connect_failed"));
    EXPECT_THAT(client->connections, IsEmpty());
}

TEST_F(Remoting, a_synchronous_time_out_closes_the_connection_and_all_under_way_on_it) {
    server->answer_at_once = false;
    client->call(peer, 1, 10s);
    client->call(peer, 2, 3s);
    world.run_for(3s - 1ns);
    EXPECT_THAT(client->outcomes, IsEmpty());
    world.run_for(1ns);
    EXPECT_THAT(client->outcomes, ElementsAre("2:timed_out", "1:closed"));
    EXPECT_THAT(client->connections, ElementsAre(true, false));
    world.settle();
    EXPECT_EQ(server->closed.size(), 1u);
    world.run_for(60s);
    EXPECT_EQ(client->outcomes.size(), 2u);
}

TEST_F(Remoting, a_late_answer_is_dropped_and_the_connection_may_stay) {
    client.emplace(client_host, RemotingClientOptions{.close_on_timeout = false});
    server->answer_at_once = false;
    client->call(peer, 1, 3s);
    world.run_for(3s);
    EXPECT_TRUE(client->client.connected(peer));
    server->answer(0);
    server->answer_at_once = true;
    client->call(peer, 2);
    world.settle();
    EXPECT_THAT(client->outcomes, ElementsAre("1:timed_out", "2:2"));
}

TEST_F(Remoting, an_asynchronous_call_ends_at_the_scan_that_finds_it_a_second_overdue) {
    server->answer_at_once = false;
    client->call(peer, 1, 0s, CallStyle::async);  // the first scan comes after 3 s
    world.run_for(500ms);
    client->call(peer, 2, 3s, CallStyle::async);  // begun at 0.5 s, overdue at 4.5 s, scanned at 5 s
    world.run_for(2500ms - 1ns);
    EXPECT_THAT(client->outcomes, IsEmpty());
    world.run_for(1ns);
    EXPECT_THAT(client->outcomes, ElementsAre("1:timed_out"));
    client->call(peer, 3, 2s, CallStyle::async);  // begun at 3 s, overdue at 6 s, which is a scan
    world.run_for(2s - 1ns);
    EXPECT_EQ(client->outcomes.size(), 1u);
    world.run_for(1ns);
    EXPECT_THAT(client->outcomes, ElementsAre("1:timed_out", "2:timed_out"));
    world.run_for(1s);
    EXPECT_THAT(client->outcomes, ElementsAre("1:timed_out", "2:timed_out", "3:timed_out"));
    EXPECT_TRUE(client->client.connected(peer));
}

TEST_F(Remoting, a_call_that_was_answered_does_not_time_out) {
    client->call(peer, 1, 3s);
    world.run_for(10s);
    EXPECT_THAT(client->outcomes, ElementsAre("1:1"));
    EXPECT_TRUE(client->client.connected(peer));
}

TEST_F(Remoting, a_crash_of_the_server_ends_the_calls_and_the_next_call_connects_again) {
    server->answer_at_once = false;
    client->call(peer, 1);
    client->call(peer, 2);
    world.settle();
    server.reset();
    world.kill("server");
    world.settle();
    EXPECT_THAT(client->outcomes, ElementsAre("1:closed", "2:closed"));
    EXPECT_THAT(client->connections, ElementsAre(true, false));
    server.emplace(world.host("server", 2));
    client->call(peer, 3);
    world.settle();
    EXPECT_EQ(client->outcomes.back(), "3:3");
}

TEST_F(Remoting, a_callback_may_call_again_on_a_new_connection) {
    server->answer_at_once = false;
    client->then = [&] { client->call(peer, 2, 1s); };
    client->call(peer, 1, 1s);
    world.run_for(1s);
    server->answer(1);
    world.settle();
    EXPECT_THAT(client->outcomes, ElementsAre("1:timed_out", "2:2"));
    EXPECT_NE(server->requests[0].connection, server->requests[1].connection);
}

TEST_F(Remoting, close_all_ends_everything_once) {
    server->answer_at_once = false;
    client->call(peer, 1);
    client->call(peer, 2);
    world.settle();
    client->client.close_all();
    EXPECT_THAT(client->outcomes, ElementsAre("1:closed", "2:closed"));
    world.run_for(60s);
    EXPECT_EQ(client->outcomes.size(), 2u);
    EXPECT_EQ(server->closed.size(), 1u);
}

TEST_F(Remoting, a_destroyed_client_forgets_its_callbacks) {
    server->answer_at_once = false;
    bool called = false;
    client->client.call(peer, GetMaxOffsetRequest{}, 3s, [&called](CallResult) { called = true; });
    world.settle();
    client.reset();
    world.run_for(60s);
    EXPECT_FALSE(called);
    EXPECT_EQ(server->closed.size(), 1u);
}

TEST_F(Remoting, a_push_arrives_on_the_clients_own_connection_and_may_be_answered) {
    server->answer_at_once = false;
    client->client.send_one_way(peer, GetMaxOffsetRequest{});
    world.settle();
    ASSERT_EQ(server->requests.size(), 1u);
    EXPECT_EQ(server->requests[0].kind, FrameKind::one_way);
    const ConnectionId id = server->requests[0].connection;
    EXPECT_EQ(server->server.peer(id).ip, client_host.address().ip);
    server->server.push(id, NotifyConsumerIdsChanged{"G"});
    world.settle();
    ASSERT_EQ(client->pushes.size(), 1u);
    EXPECT_EQ(client->pushes[0].kind, FrameKind::one_way);
    EXPECT_EQ(get<NotifyConsumerIdsChanged>(client->pushes[0].payload).consumer_group, "G");
    client->client.respond(client->last_connection, client->pushes[0].opaque, Empty{});
    world.settle();
    EXPECT_EQ(server->requests.size(), 1u) << "responses to pushes are not requests";
}

TEST_F(Remoting, a_response_carries_code_and_remark) {
    server->answer_at_once = false;
    std::optional<Frame> got;
    client->client.call(peer, GetRouteRequest{"T"}, 3s, [&got](CallResult result) { got = std::move(*result); });
    world.settle();
    server->server.respond(server->requests[0].connection, server->requests[0].opaque, ResponseCode::topic_not_exist,
                           "no such topic");
    world.settle();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->kind, FrameKind::response);
    EXPECT_EQ(got->code, 17);
    EXPECT_EQ(got->remark, "no such topic");
}

TEST_F(Remoting, an_answer_to_a_client_that_is_gone_is_ignored) {
    server->answer_at_once = false;
    client->call(peer, 1);
    world.settle();
    client.reset();
    world.settle();
    EXPECT_FALSE(server->server.open(server->requests[0].connection));
    server->answer(0);
    world.settle();
}

TEST_F(Remoting, a_server_that_closes_is_not_told_of_it) {
    client->call(peer, 1);
    world.settle();
    server->server.close(server->requests[0].connection);
    world.settle();
    EXPECT_THAT(server->closed, IsEmpty());
    EXPECT_THAT(client->connections, ElementsAre(true, false));
}

}  // namespace
}  // namespace brokersim::protocol
