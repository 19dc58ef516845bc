#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/broker/pop_world.h"

namespace brokersim::broker::testing {
namespace {

/// What must become of each message, whatever is done with it. All times in ms.
class Model {
public:
    /// A message was handed out, and is hidden until then.
    void handed(const Popped& message, std::int64_t hidden_until) {
        Fate& fate = fates_[message.body];
        RC_ASSERT(!fate.done);                                    // not after an acknowledgement in time
        RC_ASSERT(message.handle.pop_time >= fate.hidden_until);  // nor before its time is up
        fate.hidden_until = hidden_until;
        fate.holder = message;
    }
    void sent(const std::string& body) { fates_[body]; }
    void acknowledged(const std::string& body) { fates_[body].done = true; }
    /// It was hidden anew, under a check point of its own.
    void hidden(Popped message, const protocol::ChangeInvisibleTimeResponse& change) {
        Fate& fate = fates_[message.body];
        message.handle.start_offset = message.handle.offset;
        message.handle.pop_time = change.pop_time;
        message.handle.invisible_time = change.invisible_time;
        fate.hidden_until = change.pop_time + change.invisible_time;
        fate.holder = std::move(message);
    }
    /// Messages that were handed out and can still be acknowledged or hidden in time.
    std::vector<Popped> in_hand(std::int64_t now) const {
        std::vector<Popped> all;
        for (const auto& [body, fate] : fates_)
            if (!fate.done && fate.holder && fate.hidden_until > now + 2'000) all.push_back(*fate.holder);
        return all;
    }
    std::set<std::string> must_come() const {
        std::set<std::string> all;
        for (const auto& [body, fate] : fates_)
            if (!fate.done) all.insert(body);
        return all;
    }

private:
    struct Fate {
        std::int64_t hidden_until = 0;
        bool done = false;
        std::optional<Popped> holder;
    };
    std::map<std::string, Fate> fates_;
};

void some_steps(PopWorld& w, Model& model, int& sent) {
    for (int left = *rc::gen::inRange(5, 25); left > 0; --left) {
        const auto in_hand = model.in_hand(w.now());
        switch (*rc::gen::inRange(0, 7)) {
            case 0:
            case 1:
                for (int count = *rc::gen::inRange(1, 5); count > 0; --count) {
                    const std::string body = "m" + std::to_string(sent++);
                    w.send(body, *rc::gen::inRange(0, 4));
                    model.sent(body);
                }
                break;
            case 2:
            case 3: {
                const std::int64_t invisible = *rc::gen::inRange(5, 20) * 1'000 + *rc::gen::inRange(0, 1'000);
                for (const Popped& message : w.pop(invisible))
                    model.handed(message, message.handle.pop_time + invisible);
                break;
            }
            case 4:
                if (in_hand.empty()) break;
                for (const Popped& message : in_hand)
                    if (*rc::gen::arbitrary<bool>()) {
                        RC_ASSERT(w.acknowledge(message).code == 0);
                        model.acknowledged(message.body);
                    }
                break;
            case 5: {
                if (in_hand.empty()) break;
                const Popped message = *rc::gen::elementOf(in_hand);
                const std::int64_t time = *rc::gen::inRange(1, 30) * 1'000;
                const Frame answer = w.hide(message, time);
                RC_ASSERT(answer.code == 0);
                model.hidden(message, get<protocol::ChangeInvisibleTimeResponse>(answer.payload));
                break;
            }
            default:
                w.wait(*rc::gen::inRange(1, 12'000));
        }
    }
}

TEST(PopProperty, every_message_is_acknowledged_or_comes_again_and_none_comes_in_between) {
    EXPECT_TRUE(rc::check("random sends, pops, acknowledgements, changes and times", [] {
        PopWorld w;
        w.begin();
        Model model;
        int sent = 0;
        some_steps(w, model, sent);
        w.wait(80'000);
        auto missing = model.must_come();
        for (const Popped& message : w.pop_all(300'000)) {
            model.handed(message, message.handle.pop_time + 300'000);
            RC_ASSERT(missing.erase(message.body) == 1U);
        }
        RC_ASSERT(missing.empty());
    }));
}

TEST(PopProperty, nothing_is_lost_when_the_broker_is_killed) {
    EXPECT_TRUE(rc::check("the same with a broker that dies in between", [] {
        PopWorld w;
        w.begin();
        Model model;
        int sent = 0;
        std::set<std::string> seen;
        for (int lives = *rc::gen::inRange(2, 4); lives > 0; --lives) {
            some_steps(w, model, sent);
            const auto before = model.must_come();
            w.restart();
            w.wait(80'000);
            auto missing = before;
            for (const Popped& message : w.pop_all(5'000)) {
                missing.erase(message.body);
                RC_ASSERT(w.acknowledge(message).code == 0);
            }
            RC_ASSERT(missing.empty());
            model = Model();
            w.wait(30'000);
            // What a dying broker forgot was handed out twice, and is done with by now.
            for (const Popped& message : w.pop_all(5'000)) RC_ASSERT(w.acknowledge(message).code == 0);
            w.wait(30'000);
        }
    }));
}

}  // namespace
}  // namespace brokersim::broker::testing
