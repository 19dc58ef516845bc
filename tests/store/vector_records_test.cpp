#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/java_hash.h"
#include "core/protocol/messages.h"
#include "core/store/delay_levels.h"
#include "core/store/properties.h"
#include "core/store/queue_builder.h"
#include "core/store/record.h"
#include "tests/store/store_vectors.h"

namespace brokersim::store::testing {
namespace {

/// The log of a vector as one run of bytes.
std::string whole_log(const StoreVector& vector) {
    std::string log;
    for (const auto& [path, content] : vector.files)
        if (path.starts_with("commitlog/")) log += content;
    return log;
}

std::string host_text(const RecordHost& host) {
    if (const auto address = host.ipv4()) return protocol::to_text(*address);
    std::string text;  // as Java prints an IPv6 address: groups in hex, nothing left out
    for (int i = 0; i < 16; i += 2) {
        const int group = std::to_integer<int>(host.ip[i]) << 8 | std::to_integer<int>(host.ip[i + 1]);
        text += fmt::format("{}{:x}", i == 0 ? "" : ":", group);
    }
    return fmt::format("[{}]:{}", text, host.port);
}

class RecordsOfRealStore : public ::testing::TestWithParam<const char*> {
protected:
    StoreVector vector_ = load_vector(GetParam(), "expected");
    std::string log_ = whole_log(vector_);
    std::span<const std::byte> from(std::int64_t offset) const {
        return as_bytes(log_).subspan(static_cast<std::size_t>(offset));
    }
};

TEST_P(RecordsOfRealStore, DecodeToTheSameFields) {
    ASSERT_FALSE(vector_.of("msg").empty());
    for (const auto& line : vector_.of("msg")) {
        const std::int64_t offset = line.at("phyOffset");
        SCOPED_TRACE(offset);
        const auto record = decode_record(from(offset));
        ASSERT_TRUE(record.has_value());
        EXPECT_EQ(record->size(), line.at("size"));
        EXPECT_EQ(fmt::format("0x{:08x}", static_cast<std::uint32_t>(record->magic())),
                  line.at("magic").get<std::string>());
        EXPECT_EQ(record->topic(), line.at("topic").get<std::string>());
        EXPECT_EQ(record->queue_id(), line.at("queueId"));
        EXPECT_EQ(record->queue_offset().value, line.at("queueOffset"));
        EXPECT_EQ(record->physical_offset().value, line.at("physicalOffsetField"));
        EXPECT_EQ(record->flag(), line.at("flag"));
        EXPECT_EQ(record->sys_flag(), line.at("sysFlag"));
        EXPECT_EQ(record->born_timestamp(), line.at("bornTimestamp"));
        EXPECT_EQ(host_text(record->born_host()), line.at("bornHost").get<std::string>());
        EXPECT_EQ(record->store_timestamp(), line.at("storeTimestamp"));
        EXPECT_EQ(host_text(record->store_host()), line.at("storeHost").get<std::string>());
        EXPECT_EQ(record->body_crc(), line.at("bodyCRC"));
        EXPECT_EQ(record->reconsume_times(), line.at("reconsumeTimes"));
        EXPECT_EQ(record->prepared_transaction_offset(), line.at("preparedTransactionOffset"));
        EXPECT_EQ(record->body().size(), line.at("bodyLen"));
        const auto& properties = line.at("propertiesString");
        EXPECT_EQ(record->properties(), properties.is_null() ? "" : properties.get<std::string>());
        EXPECT_TRUE(body_intact(*record));
        EXPECT_EQ(body_crc(record->body()), record->body_crc());
    }
}

TEST_P(RecordsOfRealStore, EncodeToTheSameBytes) {
    for (const auto& line : vector_.of("msg")) {
        const auto record = decode_record(from(line.at("phyOffset")));
        ASSERT_TRUE(record.has_value());
        const RecordFields fields = record->fields();
        std::vector<std::byte> again(static_cast<std::size_t>(encoded_size(fields)));
        encode_record(fields, again);
        EXPECT_TRUE(std::ranges::equal(again, record->bytes())) << line.at("phyOffset");
    }
}

TEST_P(RecordsOfRealStore, HaveTheSameProperties) {
    for (const auto& line : vector_.of("msg")) {
        SCOPED_TRACE(line.at("phyOffset").get<std::int64_t>());
        const auto record = decode_record(from(line.at("phyOffset")));
        nlohmann::json decoded = nlohmann::json::object();
        for (const auto& [name, value] : decode_properties(record->properties()))
            decoded[std::string(name)] = std::string(value);
        EXPECT_EQ(decoded, line.at("properties"));
        for (const auto& [name, value] : line.at("properties").items())
            EXPECT_EQ(find_property(record->properties(), name), value.get<std::string>());
        EXPECT_EQ(find_property(record->properties(), "no such name"), "");
    }
}

TEST_P(RecordsOfRealStore, HaveTheSameTagsCode) {
    const auto levels = DelayLevels::parse(StoreConfig{}.messageDelayLevel);
    for (const auto& line : vector_.of("msg")) {
        const auto record = decode_record(from(line.at("phyOffset")));
        EXPECT_EQ(tags_code_of(*record, *levels), line.at("dispatchTagsCode")) << line.at("phyOffset");
    }
}

TEST_P(RecordsOfRealStore, EndFilesWithMarkers) {
    for (const auto& line : vector_.of("blank")) {
        const auto bytes = from(line.at("phyOffset"));
        const auto record = decode_record(bytes);
        ASSERT_FALSE(record.has_value());
        EXPECT_EQ(record.error(), RecordError::blank);
        std::array<std::byte, 8> again{};
        encode_blank(again, line.at("size"));
        EXPECT_TRUE(std::ranges::equal(again, bytes.first(8)));
    }
}

TEST_P(RecordsOfRealStore, CarryAChecksumOfTheWholeRecordWhereTheBrokerAddsIt) {
    const bool expected = vector_.one("store").at("propCrc");
    for (const auto& line : vector_.of("msg")) {
        const auto record = decode_record(from(line.at("phyOffset")));
        EXPECT_EQ(property_crc(*record).has_value(), expected);
        EXPECT_TRUE(property_crc_intact(*record));
        if (!expected) continue;
        std::string damaged(reinterpret_cast<const char*>(record->bytes().data()), record->bytes().size());
        damaged[20] = static_cast<char>(damaged[20] ^ 1);  // the queue offset, which the body's checksum leaves out
        EXPECT_FALSE(property_crc_intact(*decode_record(as_bytes(damaged))));
    }
}

INSTANTIATE_TEST_SUITE_P(Vectors, RecordsOfRealStore, ::testing::Values("basic", "features", "propcrc"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace brokersim::store::testing
