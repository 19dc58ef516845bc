#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kafka/consumer_protocol.h"
#include "tests/kafka/test_group.h"

/// Groups in random histories.
namespace brokersim::kafka::testing {
namespace {

/// How long a member that was cut off may believe that it owns, once it is heard again: until its next heartbeat is
/// answered, for which a request may have to time out first.
constexpr Duration unaware = 3s + 30s + 1s;

/// A model of what members may own: the notes as they come, with the members that are, or just were, cut off. Two may
/// own a queue only if all but one of them may not know better.
class OwnershipModel {
public:
    explicit OwnershipModel(const BareWorld& world) : world_(world) {}

    /// To be called whenever the world has run on.
    void observe() {
        for (; seen_ < world_.notes.size(); ++seen_) {
            const auto& [node, given] = world_.notes[seen_];
            if (const auto* owned = std::get_if<note::Owned>(&given)) {
                RC_ASSERT(owners_[owned->queue].insert(node).second);
            } else if (const auto* revoked = std::get_if<note::Revoked>(&given)) {
                RC_ASSERT(owners_[revoked->queue].erase(node) == 1U);
            } else if (const auto* stable = std::get_if<note::GroupStable>(&given)) {
                RC_ASSERT(stable->generation > stable_generation_);
                stable_generation_ = stable->generation;
            }
            for (const auto& [queue, nodes] : owners_)
                RC_ASSERT(std::ranges::count_if(nodes, [&](const auto& owner) { return knows_better(owner); }) <= 1);
        }
        observed_at_ = world_.now();
    }
    void cut_off(const std::string& node) { cut_off_[node] = MonoTime::max(); }
    void heard_again(const std::string& node) { cut_off_[node] = world_.now() + unaware; }
    /// The dead own nothing.
    void killed(const std::string& node) {
        observe();
        for (auto& [queue, nodes] : owners_) nodes.erase(node);
        cut_off_.erase(node);
    }

private:
    bool knows_better(const std::string& node) const {
        const auto cut = cut_off_.find(node);
        return cut == cut_off_.end() || cut->second < observed_at_;
    }

    const BareWorld& world_;
    std::size_t seen_ = 0;
    MonoTime observed_at_{};
    std::map<NameId, std::set<std::string>> owners_;
    std::map<std::string, MonoTime> cut_off_;  // until when they may not know what has happened to them
    std::int32_t stable_generation_ = 0;
};

/// In one generation no queue belongs to two members.
void check_assignments(const Group& group) {
    if (!group.is(GroupState::stable)) return;
    std::set<TopicPartition> given;
    for (const auto& [id, member, spread] : group.members()) {
        if (member->assignment.empty()) continue;
        const auto assignment = decode_assignment(member->assignment);
        RC_ASSERT(assignment.has_value());
        for (const TopicPartition& partition : assignment->partitions) RC_ASSERT(given.insert(partition).second);
    }
}

/// Moves a group at random.
class RandomHistory {
public:
    RandomHistory(const std::vector<std::string>& assignors, bool static_members)
        : group_(*rc::gen::inRange(1, 3), *rc::gen::inRange(1, 8)),
          model_(group_.cluster.world),
          static_members_(static_members) {
        group_.assignors = assignors;
    }

    void step() {
        const int who = *rc::gen::inRange(0, 5);
        const std::string name = TestGroup::name_of(who);
        const bool there = group_.consumers.contains(who);
        const int what = *rc::gen::inRange(0, 8);
        if (what <= 1 && !there) start(who);
        if (what == 2 && there) {
            model_.killed(name);
            group_.crash(who);
        }
        if (what == 3 && there) {
            heal(who);
            RC_ASSERT(group_.stop(who));
            model_.killed(name);
        }
        if (what == 4 && there) group_.consumer(who).fake.handling = random_ms(5000);
        if (what == 5) restart_a_coordinator();
        if (what == 6 && there) {
            model_.cut_off(name);
            group_.cluster.world.silence(name, true);
            silent_.insert(who);
        }
        if (what == 7) heal(who);
        run(random_ms(*rc::gen::inRange(0, 4) == 0 ? 60'000 : 5'000));
    }
    /// Nothing happens any more; all that is left of the group has `bound` to get in order.
    void settle(Duration bound) {
        for (const int who : std::set<int>(silent_)) heal(who);
        if (group_.consumers.empty()) start(0);
        for (auto& [who, consumer] : group_.consumers) consumer->fake.handling = {};
        run(bound);
        RC_ASSERT(group_.every_queue_has_one_owner());
        RC_ASSERT(group_.group().is(GroupState::stable));
        RC_ASSERT(group_.group().size() == group_.consumers.size());
    }

private:
    static Duration random_ms(int below) { return std::chrono::milliseconds(*rc::gen::inRange(0, below)); }
    void start(int who) {
        GroupMemberOptions options;
        if (static_members_) options.config.group_instance_id = "instance-" + std::to_string(who);
        silence_ends(who);
        group_.start(who, options);
    }
    void restart_a_coordinator() {
        const int which = *rc::gen::inRange(0, static_cast<int>(group_.cluster.addresses.size()));
        if (*rc::gen::inRange(0, 3) == 0) {
            group_.cluster.kill(which);
            run(random_ms(20'000));
            group_.cluster.start(which);
        } else {
            group_.cluster.log(which).delay = random_ms(300);
        }
    }
    void silence_ends(int who) {
        silent_.erase(who);
        group_.cluster.world.silence(TestGroup::name_of(who), false);
    }
    void heal(int who) {
        if (!silent_.contains(who)) return;
        silence_ends(who);
        if (group_.consumers.contains(who)) model_.heard_again(TestGroup::name_of(who));
    }
    void run(Duration time) {
        group_.run(time);
        model_.observe();
        const int coordinator = group_.cluster.coordinator_of("billing");
        if (!group_.cluster.runs(coordinator)) return;
        if (const Group* group = group_.cluster.broker(coordinator).coordinator.find("billing"))
            check_assignments(*group);
    }

    TestGroup group_;
    OwnershipModel model_;
    const bool static_members_;
    std::set<int> silent_;
};

struct GroupHistories : ::testing::TestWithParam<const char*> {};

/// Members come, leave, die, are cut off and handle for a while, a coordinator dies and comes back, its log is slow.
/// Two members own one queue only while one of them cannot know better, stable generations count up, and some time
/// after the last accident each queue has one owner.
TEST_P(GroupHistories, have_one_owner_of_each_queue) {
    const std::string assignor = GetParam();
    EXPECT_TRUE(rc::check([&] {
        RandomHistory history({assignor}, *rc::gen::arbitrary<bool>());
        const int steps = *rc::gen::inRange(1, 25);
        for (int step = 0; step < steps; ++step) history.step();
        const int rounds = assignor == "cooperative-sticky" ? 2 : 1;
        // A join that waits for the end of a session, the session of somebody who died while it waited, the initial
        // delay, and a round for each.
        history.settle(2 * 45s + 3s + (rounds + 1) * unaware);
    }));
}
INSTANTIATE_TEST_SUITE_P(Assignors, GroupHistories,
                         ::testing::Values("range", "roundrobin", "sticky", "cooperative-sticky"),
                         [](const auto& instance) {
                             std::string name = instance.param;
                             std::erase(name, '-');
                             return name;
                         });

}  // namespace
}  // namespace brokersim::kafka::testing
