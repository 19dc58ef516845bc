#include <algorithm>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "live/store/dump.h"
#include "live/store/recover.h"
#include "live/store/verify.h"
#include "tests/live/unpacked_store.h"

namespace brokersim::live::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::expected<RecoveryReport, std::string> recover(const UnpackedStore& store, bool dry_run = false) {
    StoreSizes sizes;
    if (!store.layout().queues.empty()) return live::recover(store.layout(), store.layout().config(), dry_run);
    sizes.queue_file = 400;  // no queue or index file is left that could tell
    sizes.index_slots = 50;
    sizes.index_entries = 200;
    const StoreLayout layout = read_layout(store.root(), sizes).value();
    return live::recover(layout, layout.config(), dry_run);
}

/// A line of a dump; of an index file without its name, which tells when it was made.
std::string nameless(std::string line) {
    constexpr std::string_view before = "{\"t\": \"indexFile\", \"name\": \"";
    if (line.starts_with(before)) line.erase(before.size(), line.find('"', before.size()) - before.size());
    return line;
}

std::vector<std::string> dumped(const UnpackedStore& store) {
    const StoreLayout layout = store.layout();
    const auto opened = OpenedStore::open(layout, layout.config());
    std::string text;
    EXPECT_TRUE(dump_all(**opened, {store::DelayLevels::parse(store::StoreConfig().messageDelayLevel).value(),
                                    [&](std::string_view piece) { text += piece; },
                                    [](const std::string& warning) { ADD_FAILURE() << warning; }}));
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(nameless(std::move(line)));
    return lines;
}

std::vector<std::string> expected(const UnpackedStore& store) {
    std::vector<std::string> lines = store.lines({"msg", "blank", "cq", "indexFile"});
    for (std::string& line : lines) line = nameless(std::move(line));
    return lines;
}

/// What verify finds wrong; of files whose path begins with `but`, nothing.
std::vector<std::string> wrong(const UnpackedStore& store, std::string_view but = "nothing") {
    std::vector<std::string> texts;
    Findings findings([&](const Finding& finding) {
        if (!finding.path.starts_with(but)) texts.push_back(finding.text());
    });
    verify(store.layout(), {store::DelayLevels::parse(store::StoreConfig().messageDelayLevel).value(), {}}, findings);
    return texts;
}

class RecoveryOfRealStore : public ::testing::TestWithParam<const char*> {};

TEST_P(RecoveryOfRealStore, ChangesNoByteOfOneThatWasClosedInOrder) {
    const UnpackedStore store(GetParam(), "expected");
    const auto before = store.files();
    const auto report = recover(store);
    ASSERT_TRUE(report.has_value()) << report.error();
    EXPECT_FALSE(report->needed);
    EXPECT_TRUE(report->steps.empty());
    EXPECT_TRUE(store.files() == before);
}

TEST_P(RecoveryOfRealStore, RebuildsQueuesAndCheckpointThatAreGone) {
    const UnpackedStore store(GetParam(), "expected");
    const auto before = store.files();
    std::filesystem::remove_all(store.root() + "/consumequeue");
    std::filesystem::remove(store.root() + "/checkpoint");
    store.write("abort", "4711");
    StoreSizes sizes;
    sizes.queue_file = 2000;
    const StoreLayout layout = read_layout(store.root(), sizes).value();
    ASSERT_TRUE(live::recover(layout, layout.config(), false).has_value());
    const auto after = store.files();
    for (const auto& [path, content] : before)
        if (path.starts_with("consumequeue/") || path.starts_with("commitlog/")) {
            EXPECT_TRUE(after.at(path) == content) << path;
        }
    EXPECT_FALSE(after.contains("abort"));
    EXPECT_THAT(wrong(store), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Vectors, RecoveryOfRealStore, ::testing::Values("basic", "features", "propcrc"),
                         [](const auto& test) { return std::string(test.param); });

class RecoveryOfDamagedStore : public ::testing::TestWithParam<const char*> {};

TEST_P(RecoveryOfDamagedStore, MakesOfItWhatTheRealBrokerMade) {
    const UnpackedStore store(GetParam(), "recovered");
    const auto before = store.files();
    const auto planned = recover(store, true);
    ASSERT_TRUE(planned.has_value()) << planned.error();
    EXPECT_TRUE(planned->needed);
    EXPECT_TRUE(store.files() == before) << "a dry run changes nothing";
    const auto done = recover(store);
    ASSERT_TRUE(done.has_value()) << done.error();
    const auto what = [](const RecoveryReport& report) {
        std::string text;
        for (const auto& step : report.steps)  // a new index file is named by the time
            if (!step.path.starts_with("index/")) text += step.path + ": " + step.what + "\n";
        return text;
    };
    EXPECT_EQ(what(*done), what(*planned));
    EXPECT_EQ(dumped(store), expected(store));
    EXPECT_THAT(wrong(store), IsEmpty());
    const auto after = store.files();
    for (const auto& step : done->steps)
        EXPECT_TRUE(before.contains(step.path) != after.contains(step.path) ||
                    before.at(step.path) != after.at(step.path))
            << step.path << ": " << step.what;
    const auto again = recover(store);
    ASSERT_TRUE(again.has_value()) << again.error();
    EXPECT_FALSE(again->needed);
    EXPECT_TRUE(store.files() == after);
}

INSTANTIATE_TEST_SUITE_P(Vectors, RecoveryOfDamagedStore, ::testing::Values("damaged1", "damaged2", "damaged3"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Recovery, TakesBackACheckpointThatIsAheadOfTheLog) {
    const UnpackedStore store("basic", "expected");
    std::string checkpoint = store.read("checkpoint");
    checkpoint[2] = 1;                         // the log's time
    checkpoint[34] = 1;                        // the confirmed position
    checkpoint[24] = static_cast<char>(0x80);  // the sign of the position that the master has flushed
    store.write("checkpoint", checkpoint);
    const auto report = recover(store);
    ASSERT_TRUE(report.has_value()) << report.error();
    EXPECT_TRUE(report->needed);
    EXPECT_THAT(wrong(store), IsEmpty());
}

TEST(Recovery, LeavesAQueueWholeButForOneDamagedUnit) {
    const UnpackedStore store("basic", "expected");
    store.write("abort", "4711");
    store.flip("consumequeue/TopicLog/0/00000000000000000000", 204, 0x20);  // of unit 10 of 125
    ASSERT_TRUE(recover(store).has_value());
    EXPECT_THAT(wrong(store), ElementsAre(HasSubstr("00000000000000000000 at 200: unit 10 is")));
}

RC_GTEST_PROP(RecoveryProperty, LosesNoUnitForADamagedOneAfterACrash, ()) {
    const UnpackedStore store("basic", "expected");
    store.write("abort", "4711");
    const auto layout = store.layout();
    const auto& queue = *rc::gen::elementOf(layout.queues);
    const auto& file = *rc::gen::elementOf(queue.files);
    const auto unit = *rc::gen::inRange<std::size_t>(0, 100);
    // Where it points: any but a negative offset, at which the real broker ends the queue.
    store.flip(file.path, unit * 20 + *rc::gen::inRange<std::size_t>(1, 8),
               static_cast<unsigned char>(1 << *rc::gen::inRange(0, 8)));
    const bool used = wrong(store).size() > 1;  // besides the abort file
    RC_ASSERT(recover(store).has_value());
    RC_ASSERT(wrong(store).size() <= (used ? 1U : 0U));
}

/// A log of one file, and nothing else that tells of sizes.
StoreLayout lone_log(const UnpackedStore& store, std::int64_t size, StoreSizes sizes = {}) {
    for (const char* directory : {"consumequeue", "index", "checkpoint"})
        std::filesystem::remove_all(store.root() + "/" + directory);
    for (const auto& [path, content] : store.files())
        if (path.starts_with("commitlog/") && path != "commitlog/00000000000000000000")
            std::filesystem::remove(store.root() + "/" + path);
    std::filesystem::resize_file(store.root() + "/commitlog/00000000000000000000", static_cast<std::uintmax_t>(size));
    store.write("abort", "4711");
    sizes.queue_file = 2000;
    sizes.index_slots = 50;
    sizes.index_entries = 200;
    return read_layout(store.root(), sizes).value();
}

TEST(Recovery, RefusesALoneLogFileThatWasCutShort) {
    std::vector<std::int64_t> sizes{65'000, 61'440, 40'000, 36'864, 4096};
    const UnpackedStore whole("basic", "expected");
    for (const std::string& text : whole.lines({"msg"}))  // just behind a record
        if (const auto at = nlohmann::json::parse(text).at("phyOffset").get<std::int64_t>(); at > 0 && at < 3000)
            sizes.push_back(at);
    for (const std::int64_t size : sizes) {
        const UnpackedStore store("basic", "expected");
        const StoreLayout layout = lone_log(store, size);
        const auto before = store.files();
        const auto report = live::recover(layout, layout.config(), false);
        ASSERT_FALSE(report.has_value()) << size;
        EXPECT_THAT(report.error(), HasSubstr("commitlog/00000000000000000000: cut short: ")) << size;
        EXPECT_TRUE(store.files() == before);
    }
}

TEST(Recovery, TakesALoneLogFileThatIsWholeOrIsSaidToBe) {
    const UnpackedStore store("basic", "expected");
    const StoreLayout whole = lone_log(store, 65'536);
    const auto report = live::recover(whole, whole.config(), false);
    ASSERT_TRUE(report.has_value()) << report.error();
    EXPECT_THAT(report->log_end, ::testing::AllOf(::testing::Gt(60'000), ::testing::Le(65'528)));
    StoreSizes sizes;
    sizes.log_file = 40'000;
    const StoreLayout said = lone_log(store, 40'000, sizes);
    EXPECT_TRUE(live::recover(said, said.config(), false).has_value());
}

TEST(Recovery, RefusesALoneQueueFileThatWasCutShort) {
    const UnpackedStore store("propcrc", "expected");
    std::filesystem::remove_all(store.root() + "/consumequeue/CrcTopic/1");
    const std::string path = "consumequeue/CrcTopic/0/00000000000000000000";
    for (const auto& [other, content] : store.files())
        if (other.starts_with("consumequeue/") && other != path) std::filesystem::remove(store.root() + "/" + other);
    std::filesystem::resize_file(store.root() + "/" + path, 400);
    const auto report = recover(store);
    ASSERT_FALSE(report.has_value());
    EXPECT_THAT(report.error(), HasSubstr(path + ": cut short: it is full, and the log has message 20"));
}

TEST(Recovery, RefusesIndexFilesThatWereCutShortWhenNoneIsLeftThatIsWhole) {
    const UnpackedStore store("propcrc", "expected");
    for (const auto& [path, content] : store.files())
        if (path.starts_with("index/")) std::filesystem::resize_file(store.root() + "/" + path, 2000);
    const auto report = recover(store);
    ASSERT_FALSE(report.has_value());
    EXPECT_THAT(report.error(), HasSubstr("--slots"));
}

TEST(Recovery, IsTheSameTwiceWhereTheLastRecordSaysAWrongPlace) {
    for (const std::size_t byte : {28, 33, 34, 35}) {
        const UnpackedStore store("propcrc", "expected");
        store.flip("commitlog/00000000000000065536", 13'344 + byte, 0x41);
        ASSERT_TRUE(recover(store).has_value());
        const auto once = store.files();
        const auto again = recover(store);
        ASSERT_TRUE(again.has_value());
        EXPECT_FALSE(again->needed) << byte;
        EXPECT_TRUE(store.files() == once) << byte;
    }
}

TEST(Recovery, EntersALastRecordThatSaysAWrongPlace) {
    for (const bool crash : {false, true}) {
        const UnpackedStore store("damaged2", "recovered");
        if (crash) store.write("abort", "4711");
        store.flip("commitlog/00000000000000098304", 27'813 + 28, 0x80);
        ASSERT_TRUE(recover(store).has_value());
        EXPECT_THAT(wrong(store), ElementsAre(HasSubstr("the record says that it lies at"))) << crash;
    }
}

TEST(Recovery, RefusesWhatIsOfAnotherKindThanItShouldBe) {
    namespace fs = std::filesystem;
    for (const std::string path : {"checkpoint", "abort", "lock", "index", "commitlog", "consumequeue",
                                   "commitlog/00000000000000000000", "consumequeue/TopicLog/0/00000000000000000000"})
        for (const bool link : {false, true}) {
            const UnpackedStore store("basic", "expected");
            const fs::path at = store.root() + "/" + path;
            const bool was_directory = fs::is_directory(at);
            fs::remove_all(at);
            if (link)
                fs::create_symlink(at, at);
            else if (was_directory)
                store.write(path, "x");
            else
                fs::create_directory(at);
            const auto report = recover(store);
            ASSERT_FALSE(report.has_value()) << path;
            EXPECT_THAT(report.error(), HasSubstr(path + ": " +
                                                  (link            ? "Too many levels of symbolic links"
                                                   : was_directory ? "no directory"
                                                                   : "no regular file")));
        }
}

TEST(Recovery, RefusesALogThatIsSaidToBeginWhereNoneCan) {
    const UnpackedStore store("basic", "expected");
    std::filesystem::rename(store.root() + "/commitlog/00000000000000327680",
                            store.root() + "/commitlog/09223372036854710272");
    const auto report = recover(store);
    ASSERT_FALSE(report.has_value());
    EXPECT_THAT(report.error(), HasSubstr("09223372036854710272: no broker writes as far as this position"));
}

TEST(Recovery, TakesNoQueueFromADirectoryWhoseNameIsNotThatOfOne) {
    const UnpackedStore store("basic", "expected");
    std::filesystem::rename(store.root() + "/consumequeue/TopicLog/3", store.root() + "/consumequeue/TopicLog/03");
    const StoreLayout layout = store.layout();
    EXPECT_FALSE(std::ranges::any_of(
        layout.queues, [](const StoreQueue& queue) { return queue.topic == "TopicLog" && queue.id == 3; }));
    EXPECT_THAT(wrong(store), Contains("consumequeue/TopicLog/03: no directory of a queue"));
}

TEST(Recovery, SaysWhatItCuts) {
    const auto report = recover(UnpackedStore("damaged1", "recovered"), true);
    ASSERT_TRUE(report.has_value()) << report.error();
    EXPECT_EQ(report->log_end, 125'329);
    std::string text;
    for (const auto& step : report->steps) text += step.path + ": " + step.what + "\n";
    EXPECT_THAT(text, HasSubstr("consumequeue/SmallB/0/00000000000000000800: unit 42 cut"));
    EXPECT_THAT(text, HasSubstr("abort: removed"));
}

TEST(Recovery, CutsTheLogAtABrokenBodyAndClearsWhatLiesBehindIt) {
    const UnpackedStore store("damaged3", "recovered");
    store.flip("commitlog/00000000000000163840", 100, 0x01);  // in the body of its first record
    const auto report = recover(store);
    ASSERT_TRUE(report.has_value()) << report.error();
    EXPECT_EQ(report->log_end, 163'840);
    EXPECT_THAT(wrong(store), IsEmpty());
    const auto again = recover(store);
    ASSERT_TRUE(again.has_value()) << again.error();
    EXPECT_FALSE(again->needed);
}

TEST(Recovery, RefusesAFileThatWasCutShortAndChangesNothing) {
    for (const std::string path : {"commitlog/00000000000000098304", "commitlog/00000000000000000000",
                                   "consumequeue/SmallA/1/00000000000000000000"}) {
        const UnpackedStore store("damaged1", "recovered");
        std::filesystem::resize_file(store.root() + "/" + path, 320);
        const auto before = store.files();
        const auto report = recover(store);
        ASSERT_FALSE(report.has_value()) << path;
        EXPECT_THAT(report.error(), HasSubstr(path + ": 320 bytes where files of this kind have"));
        EXPECT_TRUE(store.files() == before);
    }
}

TEST(Recovery, RefusesAMissingFileInTheMiddleAndAStrangeName) {
    const UnpackedStore store("damaged1", "recovered");
    std::filesystem::remove(store.root() + "/commitlog/00000000000000032768");
    store.write("commitlog/notes.txt", "x");
    const auto before = store.files();
    const auto report = recover(store);
    ASSERT_FALSE(report.has_value());
    EXPECT_THAT(report.error(), HasSubstr("commitlog/notes.txt: the name is not a position of 20 digits"));
    EXPECT_THAT(report.error(), HasSubstr("00000000000000032768 should be there"));
    EXPECT_TRUE(store.files() == before);
}

TEST(Recovery, TakesAMissingOrZeroedOrEmptyLastFileForALostTail) {
    for (const int kind : {0, 1, 2}) {
        const UnpackedStore store("damaged1", "recovered");
        const std::string last = store.root() + "/commitlog/00000000000000098304";
        if (kind == 0) std::filesystem::remove(last);
        if (kind == 1) store.write("commitlog/00000000000000098304", std::string(32'768, '\0'));
        if (kind == 2) std::filesystem::resize_file(last, 0);
        const auto report = recover(store);
        ASSERT_TRUE(report.has_value()) << kind << report.error();
        EXPECT_LE(report->log_end, 98'304) << kind;
        // Where the broker ended in order the index is taken as it is: it keeps entries of the records that are lost.
        EXPECT_THAT(wrong(store, "index"), IsEmpty()) << kind;
        const auto again = recover(store);
        ASSERT_TRUE(again.has_value()) << kind << again.error();
        EXPECT_FALSE(again->needed) << kind;
    }
}

TEST(Recovery, TakesARecordWithAnImpossibleQueueOffset) {
    const UnpackedStore store("damaged2", "recovered");
    store.flip("commitlog/00000000000000000000", 20, 0xFF);  // the sign of the first record's queue offset
    const auto report = recover(store);
    ASSERT_TRUE(report.has_value()) << report.error();
    EXPECT_EQ(report->log_end, 126'935);
}

RC_GTEST_PROP(RecoveryProperty, TakesAnyCheckpointAndAnyNewestIndexFileAfterACrash, ()) {
    const UnpackedStore store("damaged3", "recovered");
    const auto files = store.files();
    const auto newest = std::prev(files.lower_bound("index0"));  // '0' follows '/'
    RC_ASSERT(newest->first.starts_with("index/"));
    const std::size_t checkpoint_used = 40;
    for (int left = *rc::gen::inRange(1, 20); left > 0; --left) {
        store.flip("checkpoint", *rc::gen::inRange<std::size_t>(0, checkpoint_used),
                   *rc::gen::nonZero<unsigned char>());
        store.flip(newest->first, *rc::gen::inRange<std::size_t>(0, newest->second.size()),
                   *rc::gen::nonZero<unsigned char>());
    }
    const auto done = recover(store);
    if (!done) RC_FAIL(done.error());
    RC_ASSERT(done->log_end == 173'113);
    RC_ASSERT(wrong(store, "index").empty());
}

RC_GTEST_PROP(RecoveryProperty, OfAnyFlippedByteComesToRestOrIsRefused, ()) {
    const UnpackedStore store(*rc::gen::element<std::string>("damaged1", "damaged3"), "recovered");
    auto files = store.files();
    std::erase_if(files, [](const auto& file) {
        return file.second.empty() || file.first.starts_with("index/") || file.first == "checkpoint";
    });
    auto file = files.begin();
    std::advance(file, *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(files.size())));
    store.flip(file->first, *rc::gen::inRange<std::size_t>(0, file->second.size()), 0x40);
    const auto before = store.files();
    const auto planned = recover(store, true);
    RC_ASSERT(store.files() == before);
    const auto done = recover(store);
    RC_ASSERT(done.has_value() == planned.has_value());
    if (!done) RC_SUCCEED("refused");
    // A queue that points far behind the log is taken for indexed by the first recovery and rebuilt by the second.
    for (int times = 0;; ++times) {
        const auto again = recover(store);
        RC_ASSERT(again.has_value());
        if (!again->needed) break;
        RC_ASSERT(times < 3);
    }
}

}  // namespace
}  // namespace brokersim::live::testing
