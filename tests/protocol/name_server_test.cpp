#include "core/namesrv/name_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "core/namesrv/route_table.h"
#include "core/protocol/remoting.h"
#include "tests/support/bare_host.h"

namespace brokersim::namesrv {
namespace {

using namespace std::chrono_literals;
using protocol::Frame;
using protocol::ResponseCode;
using protocol::TopicConfig;
using testing::BareHost;
using testing::BareWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A node that asks, and keeps the answers.
class Asker final : public protocol::ClientEvents {
public:
    Asker(BareWorld& world, const std::string& name, int last_byte, Address name_server)
        : world_(world), host(world.host(name, last_byte)), client(host, *this), name_server_(name_server) {}

    void on_push(Address, ConnectionId, Frame&&) override {}
    void on_connection(Address, bool open) override { connected = open; }

    Frame ask(protocol::Payload payload) {
        std::optional<Frame> answer;
        client.call(name_server_, std::move(payload), 3s, [&answer](protocol::CallResult result) {
            ASSERT_TRUE(result.has_value());
            answer = std::move(*result);
        });
        world_.settle();
        return answer.value_or(Frame{});
    }

    /// The route of a topic as text: "broker 4w4r6 ..., broker{0=10.0.0.2:10911} ...", or code and remark.
    std::string route(const std::string& topic) {
        const Frame answer = ask(protocol::GetRouteRequest{topic});
        const auto* found = get_if<protocol::GetRouteResponse>(&answer.payload);
        if (found == nullptr) return fmt::format("{} {}", answer.code, answer.remark);
        std::string text;
        for (const auto& queue : found->route->queues)
            text +=
                fmt::format("{} {}w{}r{} ", queue.broker, queue.write_queue_nums, queue.read_queue_nums, queue.perm);
        for (const auto& broker : found->route->brokers) {
            text += fmt::format("{}/{}", broker.cluster, broker.broker);
            for (const auto& [id, address] : broker.addresses)
                text += fmt::format(" {}={}", id, protocol::to_text(address));
        }
        return text;
    }

    BareWorld& world_;
    BareHost& host;
    protocol::RemotingClient client;
    Address name_server_;
    bool connected = false;
};

struct NameServerTest : ::testing::Test {
    static constexpr std::uint16_t port = 9876;

    NameServerTest() { server->start(); }

    /// What broker number n (at 10.0.0.n) says of itself.
    static protocol::RegisterBrokerRequest registration(int n, std::vector<TopicConfig> topics,
                                                        std::int64_t counter = 1,
                                                        std::int64_t id = protocol::master_id) {
        const Address own{0x0A000000U + static_cast<std::uint32_t>(n), 10911};
        topics.insert(topics.begin(), TopicConfig{.topic = "TBW102"});
        return {.cluster = "c",
                .broker = "b" + std::to_string(id == protocol::master_id ? n : 1),
                .address = own,
                .broker_id = id,
                .ha_server = {own.ip, 10912},
                .data_version = {.state_version = 0, .timestamp = 1, .counter = counter},
                .topics = std::make_shared<const std::vector<TopicConfig>>(std::move(topics))};
    }
    static TopicConfig topic(const std::string& name, std::int32_t queues) {
        return {.topic = name, .read_queue_nums = queues, .write_queue_nums = queues};
    }
    static std::string no_route(const std::string& name) {
        return "17 No topic route info in name server for the topic: " + name +
               "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.";
    }
    /// Lets a broker register every 30 s for `time`, as real ones do.
    void keep_alive(Asker& broker, const protocol::RegisterBrokerRequest& request, Duration time) {
        for (Duration passed{}; passed < time; passed += 30s) {
            broker.ask(request);
            world.run_for(30s);
        }
    }

    BareWorld world;
    BareHost& host = world.host("namesrv", 100);
    NameServerConfig config;
    std::optional<NameServer> server{std::in_place, host, config};
    Address address{host.address().ip, port};
    Asker broker1{world, "b1", 1, address};
    Asker broker2{world, "b2", 2, address};
    Asker client{world, "client", 50, address};
};

TEST_F(NameServerTest, a_registered_topic_has_a_route) {
    const Frame answer = broker1.ask(registration(1, {topic("T", 4)}));
    EXPECT_EQ(answer.code, 0);
    EXPECT_TRUE(get<protocol::RegisterBrokerResponse>(answer.payload).master.empty());
    EXPECT_EQ(client.route("T"), "b1 4w4r6 c/b1 0=10.0.0.1:10911");
}

TEST_F(NameServerTest, an_unknown_topic_is_answered_17_with_the_real_remark) {
    EXPECT_EQ(client.route("T"), no_route("T"));
    broker1.ask(registration(1, {topic("T", 4)}));
    EXPECT_EQ(client.route("U"), no_route("U"));
}

TEST_F(NameServerTest, brokers_of_one_cluster_share_a_topic) {
    broker1.ask(registration(1, {topic("T", 4)}));
    broker2.ask(registration(2, {topic("T", 8), topic("U", 1)}));
    EXPECT_EQ(client.route("T"), "b1 4w4r6 b2 8w8r6 c/b1 0=10.0.0.1:10911c/b2 0=10.0.0.2:10911");
    EXPECT_EQ(client.route("U"), "b2 1w1r6 c/b2 0=10.0.0.2:10911");
}

TEST_F(NameServerTest, answers_are_shared_until_something_changes) {
    const auto route_of = [this] {
        return get<protocol::GetRouteResponse>(client.ask(protocol::GetRouteRequest{"T"}).payload).route;
    };
    broker1.ask(registration(1, {topic("T", 4)}));
    const auto first = route_of();
    broker1.ask(registration(1, {topic("T", 4)}));
    broker1.ask(registration(1, {topic("T", 4), topic("U", 1)}, 2));
    EXPECT_EQ(route_of(), first);
    broker1.ask(registration(1, {topic("T", 5)}, 3));
    EXPECT_NE(route_of(), first);
    EXPECT_EQ(first->queues.at(0).write_queue_nums, 4) << "who holds the old answer keeps it";
}

TEST_F(NameServerTest, changed_topics_count_only_with_a_new_data_version) {
    broker1.ask(registration(1, {topic("T", 4)}, 1));
    broker1.ask(registration(1, {topic("T", 8)}, 1));
    EXPECT_EQ(client.route("T"), "b1 4w4r6 c/b1 0=10.0.0.1:10911");
    broker1.ask(registration(1, {topic("U", 2)}, 1));
    EXPECT_EQ(client.route("U"), "b1 2w2r6 c/b1 0=10.0.0.1:10911") << "a topic that is new here is taken";
    broker1.ask(registration(1, {topic("T", 8)}, 2));
    EXPECT_EQ(client.route("T"), "b1 8w8r6 c/b1 0=10.0.0.1:10911");
    EXPECT_EQ(client.route("U"), "b1 2w2r6 c/b1 0=10.0.0.1:10911") << "topics that are no longer named stay";
}

TEST_F(NameServerTest, topics_that_are_no_longer_named_go_if_configured_so) {
    RouteTable table(true);
    const WallTime now{};
    table.add(registration(1, {topic("T", 4), topic("U", 4)}, 1), ConnectionId{1}, now);
    table.add(registration(2, {topic("T", 4)}, 1), ConnectionId{2}, now);
    table.add(registration(1, {}, 2), ConnectionId{1}, now);
    ASSERT_NE(table.route("T"), nullptr);
    EXPECT_EQ(table.route("T")->queues.at(0).broker, "b2");
    EXPECT_EQ(table.route("U"), nullptr);
}

TEST_F(NameServerTest, a_silent_broker_is_forgotten_by_the_first_scan_after_its_time_out) {
    world.run_for(1s);
    broker1.ask(registration(1, {topic("T", 4)}));  // at 1 s: silent for 120 s at 121 s, and scans are at 125 s
    world.run_for(124s - 1ns);
    EXPECT_TRUE(broker1.connected);
    EXPECT_NE(client.route("T"), no_route("T"));
    world.run_for(1ns);
    EXPECT_EQ(client.route("T"), no_route("T"));
    EXPECT_FALSE(broker1.connected) << "the name server closes the connection";
    EXPECT_EQ(world.notes_of<note::Counted>().size(), 1u);
}

TEST_F(NameServerTest, a_broker_that_names_its_time_out_is_forgotten_sooner) {
    auto request = registration(1, {topic("T", 4)});
    request.heartbeat_timeout_ms = 10'000;
    broker1.ask(request);
    world.run_for(10s);  // heard of exactly 10 s ago: not longer
    EXPECT_NE(client.route("T"), no_route("T"));
    world.run_for(5s);
    EXPECT_EQ(client.route("T"), no_route("T"));
}

TEST_F(NameServerTest, a_broker_that_registers_again_and_again_is_kept) {
    const auto request = registration(1, {topic("T", 4)});
    keep_alive(broker1, request, 600s);
    EXPECT_NE(client.route("T"), no_route("T"));
    world.run_for(130s);
    EXPECT_EQ(client.route("T"), no_route("T"));
}

TEST_F(NameServerTest, a_lost_connection_unregisters_at_once) {
    broker1.ask(registration(1, {topic("T", 4)}));
    broker2.ask(registration(2, {topic("T", 4)}));
    world.kill("b2");
    EXPECT_EQ(client.route("T"), "b1 4w4r6 c/b1 0=10.0.0.1:10911");
    broker1.client.close_all();
    EXPECT_EQ(client.route("T"), no_route("T"));
}

TEST_F(NameServerTest, the_loss_of_an_old_connection_does_not_hurt_a_broker_that_registered_on_a_new_one) {
    broker1.ask(registration(1, {topic("T", 4)}));
    Asker again{world, "b1 again", 3, address};
    again.ask(registration(1, {topic("T", 4)}));
    broker1.client.close_all();
    world.settle();
    EXPECT_EQ(client.route("T"), "b1 4w4r6 c/b1 0=10.0.0.1:10911");
}

TEST_F(NameServerTest, a_farewell_unregisters) {
    const auto request = registration(1, {topic("T", 4)});
    broker1.ask(request);
    const Frame answer = broker1.ask(
        protocol::UnregisterBrokerRequest{request.cluster, request.broker, request.address, request.broker_id});
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(client.route("T"), no_route("T"));
}

TEST_F(NameServerTest, a_slave_learns_of_its_master_and_stays_when_the_master_goes) {
    broker1.ask(registration(1, {topic("T", 4)}));
    const Frame answer = broker2.ask(registration(2, {topic("T", 4)}, 1, 1));
    const auto& told = get<protocol::RegisterBrokerResponse>(answer.payload);
    EXPECT_EQ(told.master, "10.0.0.1:10911");
    EXPECT_EQ(told.ha_server, "10.0.0.1:10912");
    EXPECT_EQ(client.route("T"), "b1 4w4r6 c/b1 0=10.0.0.1:10911 1=10.0.0.2:10911");
    broker1.client.close_all();
    world.settle();
    EXPECT_EQ(client.route("T"), "b1 4w4r6 c/b1 1=10.0.0.2:10911") << "clients find no master";
}

TEST_F(NameServerTest, a_slave_that_becomes_master_has_one_id_only) {
    RouteTable table;
    const WallTime now{};
    table.add(registration(1, {topic("T", 4)}), ConnectionId{1}, now);
    table.add(registration(2, {topic("T", 4)}, 1, 1), ConnectionId{2}, now);
    auto promoted = registration(2, {topic("T", 4)}, 2);
    promoted.broker = "b1";
    table.add(promoted, ConnectionId{2}, now);
    EXPECT_EQ(table.route("T")->brokers.at(0).addresses, (std::map<std::int64_t, Address>{{0, promoted.address}}));
}

TEST_F(NameServerTest, a_master_with_an_older_state_does_not_take_the_place_of_a_newer_one) {
    RouteTable table;
    const WallTime now{};
    auto newer = registration(1, {topic("T", 4)});
    newer.data_version.state_version = 2;
    table.add(newer, ConnectionId{1}, now);
    auto older = registration(2, {topic("T", 8)});
    older.broker = "b1";
    older.data_version.state_version = 1;
    EXPECT_TRUE(table.add(older, ConnectionId{2}, now).has_value());
    EXPECT_EQ(table.route("T")->brokers.at(0).addresses.at(0), newer.address);
    EXPECT_EQ(table.route("T")->queues.at(0).write_queue_nums, 4);
}

TEST_F(NameServerTest, a_broker_that_comes_up_with_one_topic_is_refused) {
    auto request = registration(1, {});
    ASSERT_EQ(request.topics->size(), 1u);
    const Frame answer = broker1.ask(request);
    EXPECT_EQ(answer.code, static_cast<std::int32_t>(ResponseCode::system_error));
    EXPECT_EQ(answer.remark, "register broker failed");
    broker1.ask(registration(1, {topic("T", 4)}));
    EXPECT_EQ(broker1.ask(request).code, 0) << "later, one topic alone is a change";
}

TEST_F(NameServerTest, what_it_does_not_know_it_says_so) {
    const Frame answer = client.ask(protocol::GetMaxOffsetRequest{});
    EXPECT_EQ(answer.code, 3);
    EXPECT_EQ(answer.remark, " request type 30 not supported");
}

TEST_F(NameServerTest, a_full_queue_turns_requests_away) {
    config.clientRequestThreadPoolNums = 1;
    config.clientRequestThreadPoolQueueCapacity = 2;
    BareHost& other_host = world.host("other", 101);
    NameServer other(other_host, config);
    other.start();
    std::vector<std::int32_t> codes;
    const Address its_address{other_host.address().ip, port};
    client.client.call(its_address, protocol::GetRouteRequest{"T"}, 3s, [](protocol::CallResult) {});
    world.settle();
    for (int i = 0; i < 4; ++i)
        client.client.call(its_address, protocol::GetRouteRequest{"T"}, 3s,
                           [&codes](protocol::CallResult result) { codes.push_back(result.value().code); });
    world.settle();
    EXPECT_THAT(codes, ElementsAre(2, 2, 17, 17)) << "those that arrive while two wait are answered at once";
    EXPECT_EQ(world.notes_of<note::Refused>().size(), 2u);
}

TEST_F(NameServerTest, waits_for_brokers_after_its_start_if_configured_so) {
    config.needWaitForService = true;
    server.reset();
    BareHost& again = world.host("namesrv", 100);
    server.emplace(again, config);
    server->start();
    broker1.ask(registration(1, {topic("T", 4)}));
    EXPECT_EQ(client.route("T"), "1 name server not ready");
    world.run_for(45s);
    EXPECT_EQ(client.route("T"), "b1 4w4r6 c/b1 0=10.0.0.1:10911");
}

TEST_F(NameServerTest, shutdown_closes_all_connections) {
    broker1.ask(registration(1, {topic("T", 4)}));
    bool done = false;
    server->shutdown([&done] { done = true; });
    world.run_for(200s);
    EXPECT_TRUE(done);
    EXPECT_FALSE(broker1.connected);
}

TEST_F(NameServerTest, its_keys_are_the_real_ones) {
    NameServerConfig set = config;
    EXPECT_EQ(set_key(set, name_server_config_keys(), "scanNotActiveBrokerInterval", "10000"), KeySet::set);
    EXPECT_EQ(set.scanNotActiveBrokerInterval, Millis(10'000));
    EXPECT_EQ(set_key(set, name_server_config_keys(), "supportActingMaster", "true"), KeySet::unmodelled);
    EXPECT_FALSE(set_key(set, name_server_config_keys(), "scanNotActiveBrokers", "1").has_value());
}

}  // namespace
}  // namespace brokersim::namesrv
