#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "core/broker/pull_hold.h"
#include "tests/support/bare_host.h"

namespace brokersim::broker::testing {
namespace {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;

constexpr Duration interval = Millis(5'000);

/// What a held pull waits for, and when it came.
struct Waiting {
    std::int32_t queue = 0;
    std::int64_t from = 0;
    store::TagFilter filter;
    Duration timeout{};
    MonoTime since;
};

Request pull_of(std::int32_t number, std::int32_t queue) {
    protocol::PullMessageRequest pull;
    pull.topic = "t";
    pull.queue_id = queue;
    return {.origin = {.connection = {static_cast<std::uint64_t>(number % 3)}, .opaque = number}, .payload = pull};
}

/// RocketMQ's PullRequestHoldService in its plainest form: arrivals wake what their tag fits; every 5 s all are looked
/// at, and wake if anything lies beyond their offset or their time is up.
class PlainHold {
public:
    std::map<std::int32_t, Waiting> held;
    std::map<std::int32_t, std::int64_t> newest;  // by queue
    std::vector<std::int32_t> woken;

    void arrived(std::int32_t queue, std::int64_t max, std::int64_t tag) {
        newest[queue] = max;
        wake_if([&](const Waiting& waiting) {
            return waiting.queue == queue && max > waiting.from &&
                   (waiting.filter.empty() ||
                    std::find(waiting.filter.begin(), waiting.filter.end(), tag) != waiting.filter.end());
        });
    }
    void check(MonoTime now) {
        wake_if([&](const Waiting& waiting) {
            return newest[waiting.queue] > waiting.from || now >= waiting.since + waiting.timeout;
        });
    }

private:
    template <class Condition>
    void wake_if(Condition condition) {
        for (auto at = held.begin(); at != held.end();) {
            if (!condition(at->second)) {
                ++at;
                continue;
            }
            woken.push_back(at->first);
            at = held.erase(at);
        }
    }
};

RC_GTEST_PROP(PullHold, WakesExactlyWhatAPollingServiceWouldWake, ()) {
    BareWorld world;
    BareHost& host = world.host("broker/0", 1);
    std::vector<std::int32_t> woken;
    PullHold hold(host, interval, [&](Request&& request) { woken.push_back(request.origin.opaque); });
    PlainHold plain;
    MonoTime next_check = world.now() + interval;
    for (std::int32_t number = 0; number < 60; ++number) {
        const auto queue = *rc::gen::inRange(0, 3);
        const auto action = *rc::gen::inRange(0, 3);
        if (action == 0) {
            const auto filter = *rc::gen::element(store::TagFilter{}, store::TagFilter{1}, store::TagFilter{1, 2});
            const Duration timeout = Millis(*rc::gen::inRange(0, 12'000));
            plain.held[number] = {queue, plain.newest[queue], filter, timeout, world.now()};
            hold.hold(pull_of(number, queue), {plain.newest[queue]}, timeout, filter);
        } else if (action == 1) {
            const std::int64_t max = plain.newest[queue] + 1;
            const auto tag = *rc::gen::inRange(0, 4);
            plain.arrived(queue, max, tag);
            hold.arrived("t", queue, {max}, tag);
        } else {
            const MonoTime until = world.now() + Millis(*rc::gen::inRange(1, 4'000));
            world.run_for(until - world.now());
            for (; next_check <= until; next_check += interval) plain.check(next_check);
        }
        // Who wakes at one instant wakes in no particular order.
        std::sort(woken.begin(), woken.end());
        std::sort(plain.woken.begin(), plain.woken.end());
        RC_ASSERT(woken == plain.woken);
        RC_ASSERT(hold.held() == plain.held.size());
    }
}

TEST(PullHold, ForgetsWhatAConnectionWaitedFor) {
    BareWorld world;
    std::vector<std::int32_t> woken;
    PullHold hold(world.host("broker/0", 1), interval,
                  [&](Request&& request) { woken.push_back(request.origin.opaque); });
    for (std::int32_t number = 0; number < 6; ++number) hold.hold(pull_of(number, 0), {0}, interval, {});
    hold.forget({1});
    EXPECT_EQ(hold.held(), 4U);
    hold.arrived("t", 0, {1}, 0);
    EXPECT_EQ(woken, (std::vector<std::int32_t>{0, 2, 3, 5}));
}

}  // namespace
}  // namespace brokersim::broker::testing
