#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "scenarios/measures/quantities.h"
#include "tests/scenarios/measured_story.h"

namespace brokersim::scenario {
namespace {

using testing::Measured;
using testing::ms;
using testing::second;
using testing::whole_number;

Rational of(const MeasureResults& results, const std::string& name) {
    const auto found = results.metrics.find("group.billing." + name);
    return found == results.metrics.end() ? Rational{-1, 1} : found->second;
}

// --- stops of the whole group ---------------------------------------------------------------------------------------

TEST(GroupStops, CountFromTheLastDeliveryWhileSomethingWaits) {
    Measured story(2, 2);
    story.start_all();
    story.own(story.members[0], 0);
    story.own(story.members[1], 1);
    story.at(1 * second).publish(0, 0);
    story.publish(1, 1);
    story.at(2 * second).consume(story.members[0], 0, 0, 0);  // nobody was handed anything for a second
    story.at(5 * second).consume(story.members[1], 1, 1, 0);  // nor for three more
    story.at(9 * second).publish(2, 0);                       // in between nothing waited
    story.at(9 * second + 99 * ms).consume(story.members[0], 2, 0, 1);
    story.at(20 * second).publish(3, 0);  // and waits to the end
    const MeasureResults results = story.results_at(22 * second);
    EXPECT_EQ(of(results, "all_stopped_ms"), whole_number(6000));
    EXPECT_EQ(of(results, "stopped_ms"), whole_number(4000));
}

TEST(GroupStops, OneQueueThatMovesIsEnough) {
    Measured story(2, 2);
    story.start_all();
    story.own(story.members[0], 0);
    story.own(story.members[1], 1);
    story.publish(0, 1);  // waits for ever
    for (std::uint64_t i = 1; i < 100; ++i) {
        story.at(static_cast<std::int64_t>(i) * 90 * ms).publish(i, 0);
        story.consume(story.members[0], i, 0, static_cast<std::int64_t>(i) - 1);
    }
    EXPECT_EQ(of(story.results_at(99 * 90 * ms), "all_stopped_ms"), whole_number(0));
}

TEST(GroupStops, CountFromTheStartOfTheFirstMember) {
    Measured story(1, 1);
    story.publish(0);
    story.at(10 * second).start_all();
    story.at(11 * second).own(story.members[0], 0);
    story.at(12 * second).consume(story.members[0], 0, 0, 0);
    const MeasureResults results = story.results_at(20 * second);
    EXPECT_EQ(of(results, "all_stopped_ms"), whole_number(2000));
    EXPECT_EQ(of(results, "stopped_ms"), whole_number(2000));
}

TEST(GroupStops, CountWhereNobodyOwnsQueues) {
    Measured story(1, 2, StartFrom::first, {}, true);
    story.start_all();
    story.at(1 * second).publish(0);
    story.at(4 * second).consume(story.members[0], 0, 0, 0);
    story.at(5 * second).publish(1);
    const MeasureResults results = story.results_at(7 * second);
    EXPECT_EQ(of(results, "all_stopped_ms"), whole_number(5000));
    EXPECT_EQ(of(results, "stopped_ms"), whole_number(3000));
}

TEST(GroupPart, AQueueThatNobodyEverOwnedHadNoOwnerFromTheStartOn) {
    Measured story(2, 2, StartFrom::last);
    story.publish(0, 1);  // before anybody was there: a group that begins at the end passes it over
    story.at(10 * second).start_all();
    story.at(11 * second).own(story.members[0], 0);
    story.at(12 * second).publish(1, 0);  // queue 0 has an owner, who may begin after it
    story.publish(2, 1);                  // nobody ever began to read queue 1
    const MeasureResults results = story.results_at(20 * second);
    EXPECT_EQ(of(results, "unowned_ms"), whole_number(11'000));
    EXPECT_EQ(of(results, "messages.pending"), whole_number(1));
    EXPECT_EQ(of(results, "messages.filtered"), whole_number(2));
}

/// Every gap between deliveries, the plain way.
RC_GTEST_PROP(GroupStops, AreTheGapsInWhichSomethingWaited, ()) {
    Measured story(2, 1);
    story.start_all();
    story.own(story.members[0], 0);
    story.own(story.members[0], 1);
    struct Happening {
        std::int64_t time;
        bool delivery;
        std::int64_t waiting;  // after it
    };
    std::vector<Happening> told{{0, true, 0}};  // counts from the settlement on
    std::vector<std::int64_t> ends(2, 0), positions(2, 0);
    const auto steps = *rc::gen::inRange(0, 40);
    for (int step = 0; step < steps; ++step) {
        story.at(story.now + *rc::gen::inRange(0, 5) * 40 * ms);
        const auto queue = static_cast<std::size_t>(*rc::gen::inRange(0, 2));
        const bool delivery = *rc::gen::arbitrary<bool>();
        if (delivery) {
            if (ends[queue] == 0) continue;
            const std::int64_t last = std::min(positions[queue], ends[queue] - 1);  // the next one, or the last again
            story.deliver(story.members[0], static_cast<std::uint64_t>(last) * 2 + queue, queue, last);
            positions[queue] = std::max(positions[queue], last + 1);
        } else {
            story.publish(static_cast<std::uint64_t>(ends[queue]++) * 2 + queue, queue);
        }
        told.push_back({story.now, delivery, ends[0] - positions[0] + ends[1] - positions[1]});
    }
    const std::int64_t end = story.now + 200 * ms;
    told.push_back({end, true, 0});
    std::int64_t stopped = 0;
    std::int64_t since = -1;  // something waits and nothing was delivered; -1: not so
    for (const Happening& happening : told) {
        if (happening.delivery && since >= 0 && happening.time - since >= 100 * ms) stopped += happening.time - since;
        if (happening.waiting == 0)
            since = -1;
        else if (happening.delivery || since < 0)
            since = happening.time;
    }
    RC_ASSERT(of(story.results_at(end), "all_stopped_ms") == whole_number(stopped / ms));
}

// --- duplicates -----------------------------------------------------------------------------------------------------

TEST(Handovers, CountDuplicatesOfWhatAnotherOwnerWasHanded) {
    Measured story(1, 2);
    story.start_all();
    story.own(story.members[0], 0);
    for (std::uint64_t i = 0; i < 5; ++i) {
        story.publish(i);
        story.consume(story.members[0], i, 0, static_cast<std::int64_t>(i));
    }
    story.revoke(story.members[0], 0);
    story.own(story.members[1], 0);
    story.event("join");
    story.consume(story.members[1], 3, 0, 3);
    story.consume(story.members[1], 4, 0, 4);
    const MeasureResults results = story.results_at(second);
    EXPECT_EQ(of(results, "messages.duplicated"), whole_number(2));
    EXPECT_EQ(of(results, "messages.handed_twice"), whole_number(2));
    EXPECT_EQ(results.metrics.at("messages.handed_twice"), whole_number(2));
    EXPECT_EQ(results.events.at(0).handed_twice, 2U);
}

TEST(Handovers, LeaveOtherCausesOut) {
    Measured story(1, 2);
    story.start_all();
    story.own(story.members[0], 0);
    story.publish(0);
    story.store(0, 0);  // the producer sent it again
    story.consume(story.members[0], 0, 0, 0);
    story.consume(story.members[0], 0, 0, 1);
    story.consume(story.members[0], 0, 0, 0);  // its own position went back
    const MeasureResults results = story.results_at(second);
    EXPECT_EQ(of(results, "messages.duplicated"), whole_number(2));
    EXPECT_EQ(of(results, "messages.handed_twice"), whole_number(0));
}

TEST(Handovers, TheSameMemberAgainIsAnotherOwner) {
    Measured story(1, 1);
    story.start_all();
    story.own(story.members[0], 0);
    story.publish(0);
    story.consume(story.members[0], 0, 0, 0);
    story.kill(story.members[0]);
    story.start(story.members[0]);
    story.own(story.members[0], 0);
    story.consume(story.members[0], 0, 0, 0);
    EXPECT_EQ(of(story.results_at(second), "messages.handed_twice"), whole_number(1));
}

/// Every delivery by itself: who was handed which record before?
RC_GTEST_PROP(Handovers, AreWhatALookAtEachPairOfDeliveriesFinds, ()) {
    constexpr int queues = 2, members = 3;
    Measured story(queues, members);
    story.start_all();
    std::uint64_t next = 0;
    struct Delivery {
        std::size_t queue;
        std::int64_t offset;
        int tenure;
    };
    std::vector<Delivery> deliveries;
    std::vector<std::vector<std::uint64_t>> stored(queues);  // sequences by offset
    std::set<std::uint64_t> met;
    std::map<std::pair<int, std::size_t>, std::pair<int, std::int64_t>> held;  // member, queue: tenure, next offset
    int tenures = 0;
    std::int64_t duplicates = 0;
    const auto count = *rc::gen::inRange(0, 80);
    for (int step = 0; step < count; ++step) {
        const auto queue = static_cast<std::size_t>(*rc::gen::inRange(0, queues));
        const int member = *rc::gen::inRange(0, members);
        const std::uint32_t node = story.members[static_cast<std::size_t>(member)];
        const auto size = static_cast<std::int64_t>(stored[queue].size());
        switch (*rc::gen::weightedElement<int>({{3, 0}, {1, 1}, {1, 2}, {6, 3}})) {
            case 0: {  // a new message, or the second record of an older one
                const bool again = next > 0 && *rc::gen::inRange(0, 4) == 0;
                const std::uint64_t sequence = again ? *rc::gen::inRange<std::uint64_t>(0, next) : next++;
                if (!again) story.send(sequence);
                story.store(sequence, queue);
                stored[queue].push_back(sequence);
                break;
            }
            case 1:
                if (size == 0) break;
                story.own(node, queue);
                held[{member, queue}] = {tenures++, *rc::gen::inRange<std::int64_t>(0, size)};
                break;
            case 2:
                story.revoke(node, queue);
                held.erase({member, queue});
                break;
            default: {
                const auto found = held.find({member, queue});
                if (found == held.end() || found->second.second >= size) break;
                const auto [tenure, offset] = found->second;
                const std::uint64_t sequence = stored[queue][static_cast<std::size_t>(offset)];
                story.deliver(node, sequence, queue, offset);
                const bool handed = std::ranges::any_of(deliveries, [&](const Delivery& other) {
                    return other.queue == queue && other.offset == offset && other.tenure != tenure;
                });
                if (!met.insert(sequence).second && handed) ++duplicates;
                deliveries.push_back({queue, offset, tenure});
                if (*rc::gen::inRange(0, 5) > 0) ++found->second.second;  // or it comes to this one again
            }
        }
    }
    RC_ASSERT(of(story.results_at(second), "messages.handed_twice") == whole_number(duplicates));
}

// --- load and requests ----------------------------------------------------------------------------------------------

TEST(MemberLoad, HoldsTheBusiestAgainstAnEvenShareWhileItLived) {
    Measured story(2, 3);
    story.start_all();
    const auto work = [&](std::uint32_t member, std::int64_t began, std::int64_t ended) {
        story.at(ended).record(handled(ended, story.handing(member, 0, 0), {0, 0}, began, true));
    };
    story.publish(0);
    work(story.members[0], 0, 4 * second);
    work(story.members[1], 4 * second, 5 * second);
    story.kill(story.members[1]);
    work(story.members[0], 8 * second, 10 * second);
    // Even shares: a third of 5 s for each, then half of 2 s for the two that live; the busiest worked 6 s.
    EXPECT_EQ(of(story.results_at(20 * second), "load_imbalance"), ratio(6 * 3, 5 + 3));
}

TEST(MemberLoad, IsOneWhereAllDoTheSameHoweverLongTheyLive) {
    Measured story(2, 2);
    story.start(story.broker);
    story.start(story.members[0]);
    story.publish(0);
    for (int i = 1; i <= 100; ++i) {
        if (i == 50) story.start(story.members[1]);
        for (int member = 0; member < (i >= 50 ? 2 : 1); ++member)
            story.at(i * second)
                .record(handled(i * second, story.handing(story.members[static_cast<std::size_t>(member)], 0, 0),
                                {0, 0}, i * second - 10 * ms, true));
        story.at(i * second + ms);
    }
    EXPECT_EQ(of(story.results_at(1000 * second), "load_imbalance"), whole_number(1));
}

TEST(MemberLoad, IsAbsentWhereNothingWasHandled) {
    Measured story;
    story.start_all();
    EXPECT_FALSE(story.results_at(second).metrics.contains("group.billing.load_imbalance"));
}

TEST(GroupRequests, AreCountedByKindInTheirPart) {
    Measured story(1, 1, StartFrom::first, {10 * second, 20 * second});
    story.start_all();
    for (int i = 0; i < 30; ++i) {
        const std::int64_t time = i * second;
        story.record(group_request(time, story.members[0], story.group_name, GroupRequest::heartbeat));
        if (i % 5 == 0) story.record(group_request(time, story.members[0], story.group_name, GroupRequest::join));
    }
    const MeasureResults results = story.results_at(30 * second);
    EXPECT_EQ(of(results, "requests.heartbeat"), whole_number(10));
    EXPECT_EQ(of(results, "requests.join"), whole_number(2));
    EXPECT_EQ(of(results, "requests.sync"), whole_number(0));
    EXPECT_EQ(of(results, "requests.all"), whole_number(12));
}

// --- parts of a run -------------------------------------------------------------------------------------------------

TEST(GroupPart, MeasuresItsEventsOnly) {
    Measured story(2, 2, StartFrom::first, {15 * second, 45 * second});
    story.start_all();
    story.own(story.members[0], 0);
    story.own(story.members[1], 1);
    story.at(10 * second).event("before");
    story.kill(story.members[1]);
    story.at(14 * second).own(story.members[0], 1);
    story.publish(0);
    story.at(20 * second).event("within");
    story.start(story.members[1]);
    story.at(22 * second).revoke(story.members[0], 1);
    story.at(25 * second).own(story.members[1], 1);
    story.consume(story.members[0], 0, 0, 0);
    story.at(40 * second).revoke(story.members[1], 1);  // and nobody has it until after the part
    story.at(50 * second).own(story.members[1], 1);
    story.event("after");
    const MeasureResults results = story.results_at(60 * second);
    EXPECT_EQ(of(results, "queues_moved"), whole_number(1));
    EXPECT_EQ(of(results, "queues_moved_least"), whole_number(1));
    EXPECT_EQ(of(results, "unowned_ms"), whole_number(8000));
    EXPECT_EQ(of(results, "converge_ms"), whole_number(25'000));  // it had not agreed when the part ended
    EXPECT_EQ(of(results, "stopped_ms"), whole_number(10'000));
    EXPECT_EQ(of(results, "all_stopped_ms"), whole_number(10'000));
    EXPECT_EQ(results.events.size(), 1U);
}

/// A group's ownership second by second, the plain way.
struct PlainGroup {
    struct Second {
        std::vector<std::set<int>> owners;  // by queue, at its end
        std::vector<bool> alive;
        bool began = false;
    };
    std::vector<Second> seconds;
    std::vector<std::int64_t> rebalances, moves;  // when

    bool settled(const Second& state) const {
        return std::ranges::all_of(state.owners, [](const auto& owners) { return owners.size() == 1; });
    }
};

/// Random lives and ownership, told to a story and to the plain model.
PlainGroup tell(Measured& story, int queues, int members, int length) {
    PlainGroup plain;
    PlainGroup::Second now{std::vector<std::set<int>>(static_cast<std::size_t>(queues)),
                           std::vector<bool>(static_cast<std::size_t>(members), false)};
    std::vector<std::pair<int, int>> last(static_cast<std::size_t>(queues), {-1, -1});  // sole owner: member, life
    std::vector<int> lives(static_cast<std::size_t>(members), 0);
    std::int64_t changed = -1;
    for (int time = 0; time < length; ++time) {
        story.at(time * second);
        for (int events = *rc::gen::inRange(0, 4); events > 0; --events) {
            const int member = *rc::gen::inRange(0, members);
            const auto m = static_cast<std::size_t>(member);
            const auto q = static_cast<std::size_t>(*rc::gen::inRange(0, queues));
            const auto before = now.owners;
            const bool was_settled = plain.settled(now);
            const int what = *rc::gen::weightedElement<int>({{5, 0}, {4, 1}, {1, 2}});
            if (what == 2 && now.alive[m]) {
                story.kill(story.members[m]);
                now.alive[m] = false;
                for (auto& owners : now.owners) owners.erase(member);
            } else if (what == 1 && now.alive[m]) {
                story.revoke(story.members[m], q);
                now.owners[q].erase(member);
            } else {
                if (!now.alive[m]) {
                    story.start(story.members[m]);
                    now.alive[m] = true;
                    ++lives[m];
                }
                story.own(story.members[m], q);
                now.owners[q].insert(member);
            }
            now.began = now.began || std::ranges::count(now.alive, true) > 0;
            if (now.owners == before) continue;
            if (was_settled && changed >= 0 && time - changed >= 2) plain.rebalances.push_back(time);
            changed = time;
            for (std::size_t queue = 0; queue < now.owners.size(); ++queue) {
                if (now.owners[queue].size() != 1) continue;
                const int sole = *now.owners[queue].begin();
                const std::pair owner{sole, lives[static_cast<std::size_t>(sole)]};
                if (last[queue] != owner && last[queue].first >= 0) plain.moves.push_back(time);
                last[queue] = owner;
            }
        }
        plain.seconds.push_back(now);
    }
    return plain;
}

RC_GTEST_PROP(GroupPart, EqualsASumOverSeconds, ()) {
    const int queues = *rc::gen::inRange(1, 4), members = *rc::gen::inRange(1, 4), length = *rc::gen::inRange(1, 30);
    const int from = *rc::gen::inRange(0, length), until = *rc::gen::inRange(from + 1, length + 5);
    const bool whole_run = *rc::gen::arbitrary<bool>();
    Measured story(queues, members, StartFrom::first, whole_run ? Window{} : Window{from * second, until * second});
    story.start(story.broker);
    const PlainGroup plain = tell(story, queues, members, length);
    const MeasureResults results = story.results_at(length * second);

    const int begin = whole_run ? 0 : from, end = whole_run ? length : std::min(until, length);
    std::int64_t unowned = 0, doubly = 0, settled = 0;
    std::int64_t uneven = 0;  // in millionths of a second
    for (int time = begin; time < end; ++time) {
        const PlainGroup::Second& state = plain.seconds[static_cast<std::size_t>(time)];
        if (!state.began) continue;
        for (const auto& owners : state.owners) {
            unowned += owners.empty() ? 1 : 0;
            doubly += owners.size() > 1 ? 1 : 0;
        }
        if (!plain.settled(state)) continue;
        ++settled;
        std::int64_t most = 0;
        for (int member = 0; member < members; ++member)
            most = std::max<std::int64_t>(most, std::ranges::count_if(state.owners, [member](const auto& owners) {
                                              return owners.contains(member);
                                          }));
        uneven += most * std::ranges::count(state.alive, true) * 1'000'000 / queues;
    }
    const auto within = [&](const std::vector<std::int64_t>& times) {
        return whole_number(std::ranges::count_if(times, [&](auto time) { return time >= begin && time < end; }));
    };
    RC_ASSERT(of(results, "unowned_ms") == whole_number(unowned * 1000));
    RC_ASSERT(of(results, "double_owned_ms") == whole_number(doubly * 1000));
    RC_ASSERT(of(results, "rebalances") == within(plain.rebalances));
    RC_ASSERT(of(results, "queues_moved") == within(plain.moves));
    if (settled == 0) {
        RC_ASSERT(of(results, "imbalance") == Rational(-1, 1));
    } else {
        const Rational got = of(results, "imbalance");
        RC_ASSERT(std::abs(got.num * settled * 1'000'000 - uneven * got.den) <= 1000 * settled * got.den);
    }
}

}  // namespace
}  // namespace brokersim::scenario
