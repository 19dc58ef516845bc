#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/kafka/ownership_fold.h"
#include "tests/kafka/test_group.h"

/// Groups in random histories.
namespace brokersim::kafka::testing {
namespace {

/// Members come, leave, die and handle for a while, the coordinator restarts, its log is slow: at no time do two living
/// members own one queue, and in the end each queue has one owner, and all members the same plan.
RC_GTEST_PROP(GroupHistories, never_have_two_owners_and_end_with_one, ()) {
    TestGroup group(1, *rc::gen::inRange(1, 14));
    OwnershipFold fold(group.cluster.world);
    const int steps = *rc::gen::inRange(1, 25);
    for (int step = 0; step < steps; ++step) {
        const int who = *rc::gen::inRange(0, 5);
        const bool there = group.consumers.contains(who);
        switch (*rc::gen::inRange(0, 6)) {
            case 0:
            case 1:
                if (!there) group.start(who);
                break;
            case 2:
                if (there) {
                    fold.killed(TestGroup::name_of(who));
                    group.crash(who);
                }
                break;
            case 3:
                if (there) {
                    RC_ASSERT(group.stop(who));
                    fold.killed(TestGroup::name_of(who));
                }
                break;
            case 4:
                if (there) group.consumer(who).fake.handling = std::chrono::milliseconds(*rc::gen::inRange(0, 5000));
                break;
            case 5:
                if (*rc::gen::inRange(0, 3) == 0)
                    group.cluster.start(0);
                else
                    group.cluster.log().delay = std::chrono::milliseconds(*rc::gen::inRange(0, 300));
                break;
        }
        group.run(std::chrono::milliseconds(*rc::gen::inRange(0, 20'000)));
        fold.observe();
    }
    if (group.consumers.empty()) group.start(0);
    group.run(5min);
    fold.observe();
    RC_ASSERT(group.every_queue_has_one_owner());
    RC_ASSERT(group.group().is(GroupState::stable));
    RC_ASSERT(group.group().size() == group.consumers.size());
}

}  // namespace
}  // namespace brokersim::kafka::testing
