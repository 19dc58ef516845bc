#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "tests/store/store_fixture.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Opening : public StoreTest {
protected:
    FileResult<void> try_to_open() { return MessageStore(*host_, "broker-0", config_).load(); }
    void damage(const std::string& path, std::size_t at, std::string_view bytes) {
        auto content = *bare_->read_file(path);
        content.replace(at, bytes.size(), bytes);
        ASSERT_TRUE(bare_->write_file(path, content).has_value());
    }
    static constexpr const char* first_log = "commitlog/00000000000000000000";
};

TEST_F(Opening, AnEmptyDirectoryGivesAnEmptyStore) {
    open();
    EXPECT_EQ(store_->max_physical_offset().value, 0);
    EXPECT_EQ(put_now(message("t", 0, "a")).physical_offset.value, 0);
}

TEST_F(Opening, LeavesAnAbortFileUntilAnOrderlyEnd) {
    open();
    EXPECT_TRUE(bare_->read_file("abort").has_value());
    EXPECT_EQ(*bare_->read_file("lock"), "lock");
    shut_down();
    EXPECT_FALSE(bare_->read_file("abort").has_value());
}

TEST_F(Opening, GoesOnWhereAnOrderlyEndLeftOff) {
    open();
    for (int i = 0; i < 100; ++i) put_now(message("t", i % 3, std::to_string(i)));
    const auto end = store_->max_physical_offset();
    shut_down();
    EXPECT_EQ(store_->flushed_offset(), end);
    new_life();
    open();
    EXPECT_EQ(store_->max_physical_offset(), end);
    EXPECT_EQ(put_now(message("t", 0, "next")).queue_offset.value, 34);
    EXPECT_EQ(read_all("t", 0).size(), 35U);
    EXPECT_EQ(read_all("t", 1).size(), 33U);
}

TEST_F(Opening, FinishesWhatWasUnderWayBeforeAnOrderlyEnd) {
    open();
    for (int i = 0; i < 10; ++i) put(message("t", 0, std::to_string(i)));
    shut_down();
    EXPECT_EQ(results_.size(), 10U);
    new_life();
    open();
    EXPECT_EQ(read_all("t", 0).size(), 10U);
}

TEST_F(Opening, AfterAKillHasAllThatWasInTheLog) {
    open();
    for (int i = 0; i < 100; ++i) put(message("t", 0, std::to_string(i)));
    world_.run_for(800us);
    ASSERT_GT(results_.size(), 10U);
    const auto stored = results_.size();
    ASSERT_EQ(store_->max_offset("t", 0).value, 0) << "nothing is indexed";
    new_life();
    open();
    EXPECT_GE(read_all("t", 0).size(), stored);
    for (std::size_t i = 0; i < stored; ++i) EXPECT_EQ(read_all("t", 0)[i], std::to_string(i));
}

TEST_F(Opening, CutsATornRecord) {
    open();
    for (int i = 0; i < 5; ++i) put_now(message("t", 0, "message " + std::to_string(i)));
    const auto last = results_.at(0).result;
    new_life();
    damage(first_log, static_cast<std::size_t>(last.physical_offset.value) + 90, "X");  // its body
    open();
    EXPECT_EQ(store_->max_physical_offset(), last.physical_offset);
    EXPECT_EQ(store_->max_offset("t", 0).value, 4);
    EXPECT_EQ(put_now(message("t", 0, "again")).queue_offset.value, 4);
}

TEST_F(Opening, DoesNotLookAtBodiesIfItIsToldNotTo) {
    open();
    put_now(message("t", 0, "message"));
    new_life();
    damage(first_log, 90, "X");
    config_.checkCRCOnRecover = false;
    open();
    EXPECT_EQ(store_->max_offset("t", 0).value, 1);
}

TEST_F(Opening, WritesAMarkerAgainIfTheNextFileIsMissing) {
    open();
    for (int i = 0; i < 4; ++i) put_now(message("t", 0, std::string(2600, 'x')));
    new_life();
    ASSERT_TRUE(bare_->remove("commitlog/00000000000000008192").has_value());
    ASSERT_TRUE(bare_->remove("commitlog/00000000000000016384").has_value()) << "made ahead";
    open();
    EXPECT_EQ(store_->max_physical_offset().value, 3 * 2692);
    EXPECT_EQ(store_->max_offset("t", 0).value, 3);
    EXPECT_EQ(put_now(message("t", 0, "next")).physical_offset.value, 3 * 2692) << "it fits before the marker";
    EXPECT_EQ(put_now(message("t", 0, "next")).physical_offset.value, 8192);
}

TEST_F(Opening, MakesNoQueueOfATopicThatCanNameNoDirectory) {
    open();
    for (const std::string& topic : {std::string("a/b"), std::string(".."), std::string("a\0b", 3), std::string()})
        EXPECT_EQ(put_now(message(topic, 0, "lost its way")).status, PutStatus::ok);
    put_now(message("t", 0, "found"));
    new_life();
    open();
    EXPECT_EQ(store_->max_offset("t", 0).value, 1);
    EXPECT_THAT(names_in(*bare_, "consumequeue"), ::testing::ElementsAre("t"));
}

struct WrongPlace {
    const char* what;
    std::size_t at;  // in the record
    std::string bytes;

    friend void PrintTo(const WrongPlace& place, std::ostream* out) { *out << place.what; }
};

class Misleading : public Opening, public ::testing::WithParamInterface<WrongPlace> {};
INSTANTIATE_TEST_SUITE_P(
    Records, Misleading,
    ::testing::Values(WrongPlace{"AQueueThatTakesTheNextMessage", 15, "\x01"},
                      WrongPlace{"AQueueThatIsFurtherOn", 15, "\x02"}, WrongPlace{"AQueueThatIsNotThere", 15, "\x07"},
                      WrongPlace{"APlaceThatIsTaken", 27, "\x01"}, WrongPlace{"APlaceFarAhead", 26, "\x05"},
                      WrongPlace{"AnImpossiblePlace", 20, "\xFF"}, WrongPlace{"AnotherTopic", 88 + 100 + 1, "u"}),
    [](const auto& test) { return std::string(test.param.what); });

/// Three messages of each round go to queues 0, 1 and 2 and have the same size; queue 2 has two more.
TEST_P(Misleading, ARecordAfterACrashDoesNotMoveTheOthersOfItsQueue) {
    open();
    for (int i = 0; i < 2; ++i) put_now(message("t", 2, std::string(100, 'e')));
    std::vector<std::vector<std::int64_t>> places(3);
    for (int i = 0; i < 36; ++i)  // of 192 bytes: two files of each queue and a part of one of the log
        places[static_cast<std::size_t>(i % 3)].push_back(
            put_now(message("t", i % 3, std::string(100, static_cast<char>('a' + i)))).physical_offset.value);
    const std::int64_t damaged = places[0][4];
    for (int life = 0; life < 2; ++life) {
        new_life();
        if (life == 0) damage(first_log, static_cast<std::size_t>(damaged) + GetParam().at, GetParam().bytes);
        open();
        for (std::int32_t queue = 0; queue < 3; ++queue) {
            const std::int64_t before = queue == 2 ? 2 : 0;
            for (std::int64_t n = 0; n < 12; ++n) {
                const auto got = store_->get("t", queue, {before + n}, 1, {});
                ASSERT_EQ(got.records.size(), 1U) << queue << " at " << n;
                EXPECT_EQ(decode_record(got.records[0].bytes)->body()[0], static_cast<std::byte>('a' + 3 * n + queue))
                    << queue << " at " << n << " in life " << life;
            }
            EXPECT_EQ(store_->max_offset("t", queue).value, before + 12) << queue;
        }
    }
}

TEST_F(Opening, RemovesQueuesIfThereIsNoLog) {
    open();
    for (int i = 0; i < 30; ++i) put_now(message("t", 0, "x"));
    shut_down();
    new_life();
    for (const auto& name : names_in(*bare_, "commitlog")) ASSERT_TRUE(bare_->remove("commitlog/" + name).has_value());
    open();
    EXPECT_THAT(files_under(*bare_, "consumequeue"), IsEmpty());
    EXPECT_EQ(put_now(message("t", 0, "x")).queue_offset.value, 0);
}

TEST_F(Opening, RefusesFilesOfAnotherSize) {
    open();
    put_now(message("t", 0, "x"));
    shut_down();
    new_life();
    config_.mappedFileSizeCommitLog = 16'384;
    const auto log = try_to_open();
    ASSERT_FALSE(log.has_value());
    EXPECT_EQ(log.error().code, FileErrorCode::wrong_size);
    EXPECT_THAT(log.error().what, HasSubstr("8192 bytes, but files of 16384 are configured"));
    config_.mappedFileSizeCommitLog = 8192;
    config_.mappedFileSizeConsumeQueue = 400;
    EXPECT_FALSE(try_to_open().has_value());
}

TEST_F(Opening, RefusesFilesWithoutAPosition) {
    ASSERT_TRUE(bare_->write_file("commitlog/readme.txt", std::string(8192, 'x')).has_value());
    EXPECT_FALSE(try_to_open().has_value());
}

TEST_F(Opening, RefusesSettingsThatMeanNothing) {
    config_.flushDiskType = "SOMETIMES";
    EXPECT_FALSE(try_to_open().has_value());
    config_ = {};
    config_.messageDelayLevel = "1s 5x";
    EXPECT_FALSE(try_to_open().has_value());
}

TEST_F(Opening, RemovesALastFileOfNoLength) {
    open();
    put_now(message("t", 0, "x"));
    shut_down();
    new_life();
    ASSERT_TRUE(bare_->write_file("commitlog/00000000000000008192", "").has_value());
    open();
    EXPECT_THAT(names_in(*bare_, "commitlog"), ElementsAre("00000000000000000000"));
    EXPECT_EQ(read_all("t", 0).size(), 1U);
}

TEST_F(Opening, TakesFilesThatWereMadeAndNeverWritten) {
    open();
    put_now(message("t", 0, "x"));
    new_life();
    ASSERT_TRUE(bare_->write_file("commitlog/00000000000000008192", std::string(8192, '\0')).has_value());
    ASSERT_TRUE(bare_->write_file("commitlog/00000000000000016384", std::string(8192, '\0')).has_value());
    open();
    EXPECT_THAT(names_in(*bare_, "commitlog"), ElementsAre("00000000000000000000"));
    EXPECT_EQ(read_all("t", 0).size(), 1U);
}

/// What a store must hold, whatever happens to it short of a power cut.
struct Model {
    std::map<std::pair<std::string, std::int32_t>, std::vector<std::string>> queues;
};

class StoreAgainstModel : public StoreTest {
protected:
    void TestBody() override {}

public:
    void run() {
        Model model;
        config_.mappedFileSizeCommitLog = *rc::gen::element<std::int64_t>(4096, 5000, 8192);
        config_.mappedFileSizeConsumeQueue = *rc::gen::element<std::int64_t>(20, 100, 190, 2000);
        config_.flushDiskType = *rc::gen::element<std::string>("SYNC_FLUSH", "ASYNC_FLUSH");
        new_life();
        open();
        const int steps = *rc::gen::inRange(1, 60);
        for (int i = 0; i < steps; ++i) step(model, i);
        world_.run_for(10ms);
        check(model);
    }

private:
    void step(Model& model, int i) {
        const int what = *rc::gen::inRange(0, 12);
        if (what == 0) {
            world_.run_for(10ms);
            shut_down();
            reopen(model);
        } else if (what == 1) {
            world_.run_for(10ms);
            reopen(model);
        } else if (what == 2) {
            world_.run_for(std::chrono::milliseconds(*rc::gen::inRange(0, 2000)));
        } else {
            const std::string topic = *rc::gen::element<std::string>("a", "b", "a-longer-topic-name");
            const int queue = *rc::gen::inRange(0, 3);
            std::string body = std::to_string(i) + std::string(*rc::gen::inRange<std::size_t>(0, 3500), 'x');
            put(message(topic, queue, body));
            model.queues[{topic, queue}].push_back(std::move(body));
            if (*rc::gen::arbitrary<bool>()) world_.run_for(std::chrono::microseconds(*rc::gen::inRange(0, 3000)));
        }
    }
    void reopen(const Model& model) {
        const auto end = store_->max_physical_offset();
        new_life();
        open();
        RC_ASSERT(store_->max_physical_offset() == end);
        check(model);
    }
    void check(const Model& model) {
        for (const auto& [queue, expected] : model.queues) RC_ASSERT(read_all(queue.first, queue.second) == expected);
        for (const auto& outcome : results_) RC_ASSERT(outcome.result.status == PutStatus::ok);
        RC_ASSERT(store_->failure() == nullptr);
    }
};

TEST(Store, HoldsWhatAModelHoldsThroughRollsKillsAndRestarts) {
    EXPECT_TRUE(rc::check([] { StoreAgainstModel().run(); }));
}

}  // namespace
}  // namespace brokersim::store::testing
