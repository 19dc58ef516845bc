#include <gmock/gmock.h>

#include "core/java_hash.h"
#include "core/store/properties.h"
#include "tests/store/store_fixture.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string tags(std::string_view tag) {
    std::string properties;
    append_property(properties, property::tags, tag);
    return properties;
}

class Dispatching : public StoreTest {
protected:
    void SetUp() override { open(); }
};

TEST_F(Dispatching, HappensAtTheNextMillisecondOfTheServicesGrid) {
    world_.run_for(2ms + 100us);
    put(message("t", 0, "a"));
    world_.run_for(900us);  // the poll is at 3 ms, and its work takes 1 us
    EXPECT_EQ(store_->max_offset("t", 0).value, 0);
    EXPECT_EQ(store_->dispatched_offset().value, 0);
    world_.run_for(1us);
    EXPECT_EQ(store_->max_offset("t", 0).value, 1);
    EXPECT_EQ(store_->dispatched_offset(), store_->max_physical_offset());
}

TEST_F(Dispatching, TellsOfEachQueueOnceForEachTagsCode) {
    put(message("t", 0, "1", tags("A")));
    put(message("t", 1, "2", tags("A")));
    put(message("t", 0, "3", tags("B")));
    put(message("t", 0, "4", tags("A")));
    put(message("t", 0, "5"));
    world_.run_for(2ms);
    const int a = java_hash("A");
    const int b = java_hash("B");
    EXPECT_THAT(arrivals_, ElementsAre(fmt::format("t 0 3 {}", a), fmt::format("t 0 2 {}", b), "t 0 4 0",
                                       fmt::format("t 1 1 {}", a)));
    const auto dispatched = world_.notes_of<note::Dispatched>();
    ASSERT_THAT(dispatched, SizeIs(2));
    EXPECT_EQ(world_.text(dispatched[0].queue), "t@broker-0:0");
    EXPECT_EQ(dispatched[0].first.value, 0);
    EXPECT_EQ(dispatched[0].count, 4);
    EXPECT_EQ(dispatched[1].count, 1);
}

TEST_F(Dispatching, CostsNoEventWhenThereIsNothingToDo) {
    world_.run_for(1s);
    const auto before = host_->handlers;
    world_.run_for(1h);
    EXPECT_EQ(host_->handlers, before);
}

TEST_F(Dispatching, CostsThreeEventsARun) {
    world_.run_for(2ms);
    const auto before = host_->handlers;
    for (int i = 0; i < 20; ++i) put(message("t", i % 4, "x"));
    world_.run_for(2ms);
    // Each put: two payments, and a turn for the lock. The run: poll, lane, payment.
    EXPECT_LE(host_->handlers - before, 20U * 3 + 3);
    EXPECT_EQ(store_->dispatched_offset(), store_->max_physical_offset());
}

TEST_F(Dispatching, PutsTheDueTimeIntoTheUnitsOfDelayedMessages) {
    std::string properties = tags("A");
    append_property(properties, property::delay, "3");
    put_now(message("SCHEDULE_TOPIC_XXXX", 2, "later", properties));
    const auto bytes = *bare_->read_file("consumequeue/SCHEDULE_TOPIC_XXXX/2/00000000000000000000");
    const auto stored = epoch_ms(results_.at(0).result.store_timestamp);
    EXPECT_EQ(load_big<std::int64_t>(as_bytes(bytes).data() + 12), stored + 10'000);
    put_now(message("other", 2, "now", properties));
    EXPECT_EQ(arrivals_.back(), fmt::format("other 2 1 {}", java_hash("A")));
}

TEST_F(Dispatching, GoesThroughABacklogBitByBit) {
    config_.mappedFileSizeCommitLog = 1 << 20;
    config_.mappedFileSizeConsumeQueue = 20'000;
    new_life();
    open();
    costs_.encode_base = costs_.append_base = 0ns;
    new_life();
    open();
    for (int i = 0; i < 600; ++i) put(message("t", 0, "x"));
    world_.run_for(1ms + 256us - 1ns);
    EXPECT_EQ(store_->max_offset("t", 0).value, 0);
    world_.run_for(1ns);
    EXPECT_EQ(store_->max_offset("t", 0).value, 256);
    world_.run_for(600us - 256us);
    EXPECT_EQ(store_->max_offset("t", 0).value, 600);
}

TEST_F(Dispatching, WaitsWhenAQueuesFileCannotBeMadeAndGivesUpInTheEnd) {
    put_now(message("t", 0, "a"));
    bare_->disk_bytes = 0;
    put_now(message("u", 0, "b"));
    put_now(message("t", 0, "c"));
    world_.run_for(2s);
    EXPECT_EQ(store_->max_offset("t", 0).value, 1) << "one queue holds up all";
    EXPECT_TRUE(store_->writable());
    bare_->disk_bytes = UINT64_MAX;
    world_.run_for(2s);
    EXPECT_EQ(store_->max_offset("u", 0).value, 1);
    EXPECT_EQ(store_->max_offset("t", 0).value, 2);
    bare_->disk_bytes = 0;
    put_now(message("v", 0, "d"));
    world_.run_for(31s);
    ASSERT_NE(store_->failure(), nullptr);
    EXPECT_EQ(put_now(message("t", 0, "e")).status, PutStatus::service_not_available);
    EXPECT_EQ(store_->dispatched_offset(), store_->max_physical_offset());
}

}  // namespace
}  // namespace brokersim::store::testing
