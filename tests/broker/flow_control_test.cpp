#include <gtest/gtest.h>

#include <algorithm>

#include "core/broker/request_lane.h"
#include "tests/broker/broker_world.h"

namespace brokersim::broker::testing {
namespace {

class FlowControl : public ::testing::Test {
protected:
    void begin() {
        world_.with_debts = true;
        world_.options.name_servers = {};
        world_.start_broker();
        client_ = &world_.client();
        world_.world.run_for(Millis(1'999));  // together with the millisecond of the start: on the 10 ms grid
    }
    std::vector<std::int32_t> send(int count) {
        std::vector<std::int32_t> opaques;
        for (int i = 0; i < count; ++i) opaques.push_back(client_->send(BrokerWorld::message()));
        return opaques;
    }
    std::string remark(std::int32_t opaque) {
        const Frame* answer = client_->answer(opaque);
        return answer == nullptr ? "(none)" : answer->code == 0 ? "ok" : answer->remark.str();
    }
    std::int64_t count(const std::vector<std::int32_t>& opaques, const std::string& prefix) {
        return std::count_if(opaques.begin(), opaques.end(),
                             [&](std::int32_t opaque) { return remark(opaque).starts_with(prefix); });
    }

    /// How often the broker counted something.
    std::int64_t counted(const std::string& name) {
        std::int64_t sum = 0;
        for (const auto& note : world_.world.notes_of<note::Counted>())
            if (world_.world.text(note.what) == name) sum += note.amount;
        return sum;
    }

    BrokerWorld world_;
    RawClient* client_ = nullptr;
};

TEST_F(FlowControl, FullQueueAnswersOverload) {
    world_.options.config.sendThreadPoolQueueCapacity = 3;
    world_.options.store_costs.encode_base = Millis(10);
    begin();
    std::vector<std::int32_t> served;
    for (int server = 0; server < 4; ++server) {
        served.push_back(send(1).front());
        world_.world.settle();
    }
    const auto more = send(16);  // three find a place in the queue
    world_.world.run_for(Millis(1));
    EXPECT_EQ(count(more, "[OVERLOAD]system busy, start flow control for a while"), 13);
    world_.world.run_for(Millis(100));
    EXPECT_EQ(count(served, "ok"), 4);
    EXPECT_EQ(count(more, "ok"), 3);
    EXPECT_EQ(world_.world.notes_of<note::Refused>().size(), 13U);
    EXPECT_EQ(world_.world.notes_of<note::Refused>().front().code, 2);
    EXPECT_EQ(counted("broker.overload"), 13);
}

TEST_F(FlowControl, RequestThatWaitedTooLongIsAnsweredBusy) {
    world_.options.store_costs.encode_base = Millis(150);
    world_.options.store_costs.append_base = Duration::zero();
    begin();
    const auto opaques = send(12);  // four at a time: at 0, 150 and 300 ms
    world_.world.run_for(Millis(199));
    EXPECT_EQ(count(opaques, "ok"), 4);
    EXPECT_EQ(count(opaques, "[TIMEOUT"), 0);
    world_.world.run_for(Millis(11));
    EXPECT_EQ(count(opaques,
                    "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: 200ms, "
                    "size of queue: "),
              4);
    EXPECT_EQ(remark(opaques[8]).substr(remark(opaques[8]).size() - 16), "size of queue: 3");
    world_.world.run_for(Millis(1'000));
    EXPECT_EQ(count(opaques, "ok"), 8);
    EXPECT_EQ(counted("broker.busy_timeout"), 4);
}

TEST_F(FlowControl, WithoutFastFailureRequestsWait) {
    world_.options.config.brokerFastFailureEnable = false;
    world_.options.store_costs.encode_base = Millis(150);
    begin();
    const auto opaques = send(12);
    world_.world.run_for(Millis(1'000));
    EXPECT_EQ(count(opaques, "ok"), 12);
}

TEST_F(FlowControl, BusyPageCacheTurnsSendsAway) {
    world_.options.store_costs.append_base = Millis(3'000);  // somebody is stuck with the append lock
    begin();
    const auto first = send(1);
    world_.world.run_for(Millis(995));
    const auto four = send(10);  // three get a server and wait for the lock, seven wait in the queue
    world_.world.run_for(Millis(4));
    EXPECT_EQ(count(four, "["), 0);
    world_.world.run_for(Millis(20));
    EXPECT_EQ(count(four, "[PCBUSY_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: "), 7);
    const auto late = send(1);
    world_.world.run_for(Millis(1));
    EXPECT_EQ(remark(late[0]), "[REJECTREQUEST]system busy, start flow control for a while");
    world_.world.run_for(Millis(2'100));
    EXPECT_EQ(remark(first[0]), "ok");
    EXPECT_EQ(counted("broker.busy_page_cache"), 8);
}

TEST_F(FlowControl, SendThreadDoesNotWaitForTheFlushUnlessTold) {
    for (const bool async : {true, false}) {
        world_.options.config.sendMessageThreadPoolNums = 1;
        world_.options.config.asyncSendEnable = async;
        world_.options.store.flushDiskType = "SYNC_FLUSH";
        world_.flush_takes = Millis(20);
        begin();
        const auto opaques = send(5);
        world_.world.run_for(Millis(19));
        EXPECT_EQ(count(opaques, "ok"), 0);
        // The first flush covers the message that began it, the second one all that came meanwhile.
        world_.world.run_for(Millis(30));
        EXPECT_EQ(count(opaques, "ok"), async ? 5 : 2);
        world_.world.run_for(Millis(100));
        EXPECT_EQ(count(opaques, "ok"), 5);
        world_.kill_broker();
    }
}

/// Keeps every server that it is granted.
class Hoarder final : public Processor {
public:
    void process(Request&& request, LaneServer server) override {
        served.push_back(request.origin.opaque);
        servers.push_back(std::move(server));
    }
    std::vector<std::int32_t> served;
    std::vector<LaneServer> servers;
};

TEST(Lanes, ServeInOrderAndOnlyWithAServer) {
    BareWorld world;
    BareHost& host = world.host("broker/0", 1);
    struct Nobody final : protocol::ServerEvents {
        void on_request(ConnectionId, Frame&&) override {}
        void on_connection_closed(ConnectionId) override {}
    } nobody;
    protocol::RemotingServer server(host, nobody);
    Answers answers(host, server);
    Hoarder hoarder;
    RequestLane lane(host, Lane::admin, {.servers = 2, .capacity = 100}, hoarder, answers);
    for (std::int32_t n = 0; n < 50; ++n) lane.submit({.origin = {.opaque = n}});
    world.settle();
    EXPECT_EQ(hoarder.served, (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(lane.waiting(), 48U);
    while (!hoarder.servers.empty()) {
        hoarder.servers.pop_back();
        world.settle();
    }
    ASSERT_EQ(hoarder.served.size(), 50U);
    EXPECT_TRUE(std::is_sorted(hoarder.served.begin(), hoarder.served.end()));
}

}  // namespace
}  // namespace brokersim::broker::testing
