#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/commit_log.h"
#include "core/store/message_store.h"
#include "tests/store/batch_body.h"
#include "tests/store/store_vectors.h"

/// What the real store was given, given to this one: the logs must be the same.
namespace brokersim::store::testing {
namespace {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;

/// The puts that the real store accepted, each with the records that it made of it.
class RealPuts {
public:
    explicit RealPuts(const std::string& name) : vector(load_vector(name, "expected")) {
        for (const auto& [path, content] : vector.files)
            if (path.starts_with("commitlog/")) log_ += content;
        std::ifstream lines(std::string(BROKERSIM_VECTORS) + "/store/" + name + ".puts.jsonl");
        for (std::string text; std::getline(lines, text);) {
            const auto line = nlohmann::json::parse(text);
            if (line.at("status") != "PUT_OK") continue;
            std::vector<RecordView> records;
            std::size_t at = line.at("phyOffset");
            for (int i = 0; i < line.at("msgNum"); ++i) {
                records.push_back(*decode_record(as_bytes(std::string_view(log_).substr(at))));
                at += static_cast<std::size_t>(records.back().size());
            }
            puts.push_back({line.at("label").get<std::string>().starts_with("batch"), std::move(records)});
        }
    }
    std::map<std::string, std::string> log_files() const {
        std::map<std::string, std::string> files;
        for (const auto& [path, content] : vector.files)
            if (path.starts_with("commitlog/")) files.emplace(path, content);
        return files;
    }

    struct Put {
        bool batch;
        std::vector<RecordView> records;
    };
    StoreVector vector;
    std::vector<Put> puts;

private:
    std::string log_;
};

TEST(RealPuts, GiveTheSameLog) {
    const RealPuts real("features");
    BareWorld world;
    BareHost& host = world.host("broker/0", 1);
    CommitLog log(host, real.vector.config.mappedFileSizeCommitLog);
    for (const auto& put : real.puts) {
        std::vector<RecordFields> records;
        for (const auto& record : put.records) {
            records.push_back(record.fields());
            records.back().physical_offset = -1;
        }
        const auto outcome = records.size() == 1 ? log.append(records[0]) : log.append(records);
        ASSERT_EQ(outcome, CommitLog::Append::done);
        log.publish(1);
    }
    EXPECT_THAT(differing(files_under(host, "commitlog"), real.log_files()), ::testing::IsEmpty());
}

TEST(RealPuts, GiveTheSameLogWithRecordChecksums) {
    constexpr std::size_t crc_size = 20;
    RealPuts real("propcrc");
    BareWorld world;
    BareHost& host = world.host("broker/0", 1);
    real.vector.config.enabledAppendPropCRC = true;
    MessageStore store(host, "broker-0", real.vector.config,
                       {.encode_base = Duration::zero(),
                        .encode_per_kib = Duration::zero(),
                        .append_base = Duration::zero(),
                        .append_per_kib = Duration::zero()});
    ASSERT_TRUE(store.load().has_value());
    store.start();
    for (const auto& put : real.puts) {
        const RecordView& first = put.records.front();
        world.run_for(WallTime(Millis(first.store_timestamp())) - host.wall_ms());
        MessageToPut message;
        message.topic = first.topic();
        message.queue_id = first.queue_id();
        message.flag = put.batch ? 0 : first.flag();
        message.sys_flag = first.sys_flag();
        message.born_timestamp = first.born_timestamp();
        message.born_host = first.born_host();
        message.store_host = first.store_host();
        message.reconsume_times = first.reconsume_times();
        message.prepared_transaction_offset = first.prepared_transaction_offset();
        const auto text = [](std::span<const std::byte> bytes) {
            return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        };
        const auto given = [](const RecordView& record) {
            return std::string(record.properties().substr(0, record.properties().size() - crc_size));
        };
        PutResult got{.status = PutStatus::service_not_available};
        const auto done = [&got](const PutResult& result) { got = result; };
        if (put.batch) {
            std::vector<BatchMessage> parts;
            for (const auto& record : put.records) parts.push_back({text(record.body()), given(record), record.flag()});
            message.body = copy_slice(batch_body(parts));
            store.put_batch(std::move(message), world.now(), world.now(), done);
        } else {
            message.properties = given(first);
            message.body = copy_slice(text(first.body()));
            store.put(std::move(message), world.now(), world.now(), done);
        }
        world.settle();
        ASSERT_EQ(got.status, PutStatus::ok);
        ASSERT_EQ(got.physical_offset, first.physical_offset());
    }
    bool ended = false;  // and the file that was made ahead is gone
    store.shutdown([&ended] { ended = true; });
    world.run_for(Millis(1000));
    ASSERT_TRUE(ended);
    EXPECT_THAT(differing(files_under(host, "commitlog"), real.log_files()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace brokersim::store::testing
