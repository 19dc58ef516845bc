#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "scenarios/audit/log_audit.h"
#include "scenarios/audit/record_reader.h"
#include "scenarios/body.h"
#include "tests/scenarios/log_writer.h"
#include "tests/scenarios/story.h"
#include "tests/support/tar.h"

namespace brokersim::scenario {
namespace {

using testing::LogWriter;
using testing::Story;

struct Records : RecordSink {
    void on_record(const AuditedRecord& record) override {
        seen.push_back(record);
        places[record.queue->entry.text].push_back(record.queue_offset);
    }
    std::vector<AuditedRecord> seen;
    std::map<std::string, std::vector<std::int64_t>> places;
};

LogAudit audit(const Story& story, const BrokerFiles& files, Records& records, const AuditOptions& options = {}) {
    RecordSink* const sinks[] = {&records};
    return audit_logs(const_cast<Story&>(story).roster(), {&files, 1}, sinks, options);
}

LogAudit audit(const Story& story, const BrokerFiles& files) {
    Records records;
    return audit(story, files, records);
}

std::string problems(const LogAudit& found) {
    std::string text;
    for (const AuditProblem& problem : found.problems) text += problem.what + "\n";
    return text;
}

// --- stores that RocketMQ wrote
// ---------------------------------------------------------------------------------------

class RealStore : public ::testing::TestWithParam<const char*> {
protected:
    RealStore() : content_(brokersim::testing::read_tar_gz(path("tar.gz"))) {
        files_.broker = "broker-0";
        for (const auto& [name, bytes] : content_) {
            const std::size_t root = std::min(name.find("commitlog/"), name.find("consumequeue/"));
            if (root != std::string::npos) files_.files.push_back({name.substr(root), as_bytes(bytes)});
        }
    }
    static std::string path(const std::string& kind) {
        return std::string(BROKERSIM_VECTORS) + "/store/" + GetParam() + "." + kind;
    }

    std::map<std::string, std::string> content_;
    BrokerFiles files_;
};

TEST_P(RealStore, IsReadAsRocketmqReadsIt) {
    std::uint64_t messages = 0;
    std::map<std::string, std::vector<std::int64_t>> expected;
    std::istringstream lines(brokersim::testing::read_gz(path("expected.jsonl.gz")));
    for (std::string line; std::getline(lines, line);) {
        const auto entry = nlohmann::json::parse(line);
        if (entry["t"] == "msg") ++messages;
        if (entry["t"] != "cq") continue;
        auto& offsets =
            expected[entry["topic"].get<std::string>() + "@broker-0:" + std::to_string(entry["queueId"].get<int>())];
        for (const auto& unit : entry["units"]) offsets.push_back(unit[0].get<std::int64_t>());
    }
    std::erase_if(expected, [](const auto& queue) { return queue.second.empty(); });
    Story story;
    Records records;
    const LogAudit found = audit(story, files_, records);
    EXPECT_EQ(problems(found), "");
    EXPECT_EQ(found.records, messages);
    EXPECT_EQ(records.places, expected);
    EXPECT_FALSE(found.beginning_deleted);
}

INSTANTIATE_TEST_SUITE_P(Vectors, RealStore, ::testing::Values("basic", "features", "propcrc"));

// --- stores written here
// ----------------------------------------------------------------------------------------------

TEST(LogAudit, FindsEachMessageAtItsPlace) {
    Story story;
    LogWriter writer(4096);
    for (std::uint64_t i = 0; i < 50; ++i) writer.append("orders", i % 2, {0, i}, 100);
    Records records;
    const LogAudit found = audit(story, writer.files(), records);
    EXPECT_EQ(problems(found), "");
    EXPECT_EQ(found.records, 50U);
    EXPECT_EQ(found.present[0].count(), 50U);
    ASSERT_EQ(records.seen.size(), 50U);
    EXPECT_EQ(records.seen[49].id, (MessageId{0, 49}));
    EXPECT_EQ(records.seen[49].queue_offset, 24);
    EXPECT_TRUE(records.seen[49].body_whole);
    ASSERT_EQ(found.queues.size(), 2U);
    EXPECT_EQ(found.queues[1].next_offset, 25);
}

TEST(LogAudit, ReadsACompressedBody) {
    Story story;
    LogWriter writer(4096);
    writer.compress = true;
    writer.append("orders", 0, {0, 0}, 2000);
    Records records;
    EXPECT_EQ(problems(audit(story, writer.files(), records)), "");
    EXPECT_EQ(records.seen.at(0).id, (MessageId{0, 0}));
    EXPECT_TRUE(records.seen[0].body_whole);
}

TEST(LogAudit, TellsOfAForeignBodyWithoutAProblem) {
    Story story;
    LogWriter writer(4096);
    writer.append_text("orders", 0, "not one of ours, and long enough to be one");
    Records records;
    EXPECT_EQ(problems(audit(story, writer.files(), records)), "");
    EXPECT_EQ(records.seen.at(0).id.producer, none);
}

TEST(LogAudit, FindsAFlippedBitInABody) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.log()[0][88 + 60] ^= std::byte{1};
    Records records;
    const LogAudit found = audit(story, writer.files(), records);
    EXPECT_EQ(problems(found), "the record at 0 has a body with another CRC than it says\n");
    EXPECT_FALSE(found.has({0, 0}));
    EXPECT_FALSE(records.seen.at(0).body_whole);
}

TEST(LogAudit, FindsARecordThatIsNotWhereItSays) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.log()[0][35] ^= std::byte{1};
    EXPECT_EQ(problems(audit(story, writer.files())), "the record at 0 says that it is at 1\n");
}

TEST(LogAudit, FindsAHoleAndARepeat) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.skip_offset("orders", 0, 1);
    writer.append("orders", 0, {0, 1}, 100);
    EXPECT_EQ(problems(audit(story, writer.files())), "orders@broker-0:0 has a hole before offset 2 (at 207)\n");
    LogWriter twice(4096);
    twice.append("orders", 0, {0, 0}, 100);
    twice.skip_offset("orders", 0, -1);
    twice.append("orders", 0, {0, 1}, 100);
    EXPECT_NE(problems(audit(story, twice.files())).find("orders@broker-0:0 has twice the offset 0"),
              std::string::npos);
}

TEST(LogAudit, FindsAUnitThatPointsElsewhere) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.append("orders", 0, {0, 1}, 100);
    writer.queue("orders", 0)[27] ^= std::byte{1};
    const LogAudit found = audit(story, writer.files());
    ASSERT_EQ(found.problem_count, 1U);
    EXPECT_EQ(found.problems[0].trouble, AuditTrouble::units);
}

TEST(LogAudit, FindsAWrongTagsCode) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.queue("orders", 0)[19] ^= std::byte{1};
    EXPECT_EQ(audit(story, writer.files()).problems.at(0).trouble, AuditTrouble::units);
}

TEST(LogAudit, FindsARecordWithoutAUnitUnlessItsBrokerLiesDead) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.append("orders", 0, {0, 1}, 100);
    std::fill_n(writer.queue("orders", 0).begin() + 20, 20, std::byte{0});
    BrokerFiles files = writer.files();
    EXPECT_EQ(problems(audit(story, files)), "orders@broker-0:0 offset 1 is in the log and not in the queue\n");
    files.quiet = false;
    EXPECT_EQ(problems(audit(story, files)), "");
}

TEST(LogAudit, FindsAUnitWithoutARecordUnlessTheStoreWasRecovered) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.queue("orders", 0)[20 + 11] = std::byte{99};
    BrokerFiles files = writer.files();
    EXPECT_EQ(problems(audit(story, files)),
              "orders@broker-0:0 has units up to offset 1, the log has records up to 0\n");
    files.recovered = true;
    EXPECT_EQ(problems(audit(story, files)), "");
}

TEST(LogAudit, LooksForLeftOverUnitsWhereSomethingWasWritten) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    writer.queue("orders", 0)[7 * audit::unit_bytes + 11] = std::byte{99};
    const auto problems_if_written = [&](std::size_t end) {
        BrokerFiles files = writer.files();
        for (StoreFile& file : files.files) file.written = end;
        return audit(story, files).problem_count;
    };
    EXPECT_EQ(problems_if_written(8 * audit::unit_bytes), 1U);
    EXPECT_EQ(problems_if_written(1 << 20), 1U);
    EXPECT_EQ(problems_if_written(1 * audit::unit_bytes), 0U);
}

TEST(LogAudit, FindsATornEndUnlessItsBrokerLiesDead) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    const auto end = static_cast<std::size_t>(writer.end());
    writer.log()[0][end + 3] = std::byte{200};
    writer.log()[0][end + 7] = std::byte{1};
    BrokerFiles files = writer.files();
    EXPECT_EQ(audit(story, files).problem_count, 1U);
    files.quiet = false;
    EXPECT_EQ(problems(audit(story, files)), "");
}

TEST(LogAudit, StopsAtTheEndThatTheBrokerKnows) {
    Story story;
    LogWriter writer(4096);
    writer.append("orders", 0, {0, 0}, 100);
    const std::int64_t end = writer.end();
    writer.append("orders", 0, {0, 1}, 100);  // left over from before a recovery
    BrokerFiles files = writer.files();
    files.recovered = true;
    files.log_end = end;
    EXPECT_EQ(audit(story, files).records, 1U);
    files.log_end = writer.end() + 100;
    EXPECT_EQ(audit(story, files).problem_count, 1U);
}

TEST(LogAudit, KnowsThatRetentionTookTheBeginning) {
    Story story;
    LogWriter writer(1024);
    for (std::uint64_t i = 0; i < 20; ++i) writer.append("orders", 0, {0, i}, 100);
    BrokerFiles files = writer.files();
    std::erase_if(files.files, [](const StoreFile& file) { return file.path == "commitlog/00000000000000000000"; });
    const LogAudit found = audit(story, files);
    EXPECT_EQ(problems(found), "");
    EXPECT_TRUE(found.beginning_deleted);
    EXPECT_LT(found.records, 20U);
}

TEST(LogAudit, FindsAMissingFileInTheMiddle) {
    Story story;
    LogWriter writer(1024);
    for (std::uint64_t i = 0; i < 20; ++i) writer.append("orders", 0, {0, i}, 100);
    BrokerFiles files = writer.files();
    std::erase_if(files.files, [](const StoreFile& file) { return file.path == "commitlog/00000000000000001024"; });
    EXPECT_GT(audit(story, files).problem_count, 0U);
}

TEST(RecordReader, HashesAsJavaDoes) {
    EXPECT_EQ(audit::java_hash(""), 0);
    EXPECT_EQ(audit::java_hash("TagB"), 2598920);
    EXPECT_EQ(audit::java_hash("Aa"), audit::java_hash("BB"));
    EXPECT_EQ(audit::java_hash("\xD0\xBA"), 0x43A);                         // one unit
    EXPECT_EQ(audit::java_hash("\xF0\x9F\x98\x80"), 31 * 0xD83D + 0xDE00);  // a surrogate pair
}

TEST(RecordReader, FindsAProperty) {
    const std::string_view properties =
        "KEYS\x01"
        "a\x02TAGS\x01one\x02TAGS\x01two";
    EXPECT_EQ(audit::property(properties, "TAGS"), "two");
    EXPECT_EQ(audit::property(properties, "KEYS"), "a");
    EXPECT_EQ(audit::property(properties, "AGS"), "");
}

}  // namespace
}  // namespace brokersim::scenario
