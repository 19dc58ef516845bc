#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/bytes.h"
#include "core/java_hash.h"
#include "core/protocol/codes.h"
#include "core/store/properties.h"
#include "core/store/record.h"

namespace brokersim::store {
namespace {

std::vector<std::byte> encode(const RecordFields& fields) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(encoded_size(fields)));
    encode_record(fields, bytes);
    return bytes;
}

RecordFields some_fields() {
    RecordFields fields;
    fields.born_host = Address{0x0A000001, 50'000};
    fields.store_host = Address{0x0A000002, 10'911};
    fields.topic = "orders";
    fields.properties =
        "TAGS\x01"
        "A\x02";
    return fields;
}

TEST(Record, HasTheSizeThatTheRealFormatGives) {
    RecordFields fields = some_fields();
    const std::string body(100, 'x');
    fields.body = as_bytes(body);
    EXPECT_EQ(encoded_size(fields), 91 + 100 + 6 + 7);
    fields.magic = magic_v2;
    EXPECT_EQ(encoded_size(fields), 92 + 100 + 6 + 7);
    fields.born_host.v6 = true;
    EXPECT_EQ(encoded_size(fields), 104 + 100 + 6 + 7);
}

TEST(Record, KeepsAnyFields) {
    EXPECT_TRUE(rc::check([] {
        RecordFields fields;
        fields.magic = *rc::gen::element(magic_v1, magic_v2);
        fields.queue_id = *rc::gen::arbitrary<std::int32_t>();
        fields.flag = *rc::gen::arbitrary<std::int32_t>();
        fields.queue_offset = *rc::gen::arbitrary<std::int64_t>();
        fields.physical_offset = *rc::gen::arbitrary<std::int64_t>();
        fields.sys_flag = *rc::gen::arbitrary<std::int32_t>();
        fields.born_timestamp = *rc::gen::arbitrary<std::int64_t>();
        fields.store_timestamp = *rc::gen::arbitrary<std::int64_t>();
        fields.reconsume_times = *rc::gen::arbitrary<std::int32_t>();
        fields.prepared_transaction_offset = *rc::gen::arbitrary<std::int64_t>();
        fields.born_host.v6 = *rc::gen::arbitrary<bool>();
        fields.store_host.v6 = *rc::gen::arbitrary<bool>();
        fields.born_host.port = *rc::gen::arbitrary<std::int32_t>();
        const auto body = *rc::gen::arbitrary<std::string>();
        const auto topic = *rc::gen::resize(100, rc::gen::arbitrary<std::string>());
        const auto properties = *rc::gen::arbitrary<std::string>();
        RC_PRE(topic.size() <= 127);
        fields.body = as_bytes(body);
        fields.topic = topic;
        fields.properties = properties;
        fields.body_crc = body_crc(fields.body);

        auto bytes = encode(fields);
        const std::size_t size = bytes.size();
        bytes.resize(size + *rc::gen::inRange<std::size_t>(0, 20));  // something lies behind it
        const auto record = decode_record(bytes);
        RC_ASSERT(record.has_value());
        RC_ASSERT(record->bytes().size() == size);
        RC_ASSERT(record->topic() == topic);
        RC_ASSERT(record->properties() == properties);
        RC_ASSERT(record->queue_offset().value == fields.queue_offset);
        RC_ASSERT(record->store_timestamp() == fields.store_timestamp);
        RC_ASSERT(record->reconsume_times() == fields.reconsume_times);
        RC_ASSERT(body_intact(*record));
        const auto again = encode(record->fields());
        RC_ASSERT(std::equal(again.begin(), again.end(), bytes.begin()));
    }));
}

TEST(Record, IsNeverReadOutsideItsBytes) {
    // Each try lies in a block of its own size, so that a sanitizer sees one byte too far.
    EXPECT_TRUE(rc::check([] {
        RecordFields fields = some_fields();
        const auto body = *rc::gen::arbitrary<std::string>();
        fields.body = as_bytes(body);
        auto bytes = encode(fields);
        const auto damages = *rc::gen::container<std::vector<std::pair<std::size_t, std::uint8_t>>>(
            rc::gen::pair(rc::gen::inRange<std::size_t>(0, bytes.size()), rc::gen::arbitrary<std::uint8_t>()));
        for (const auto& [at, value] : damages) bytes[at] = std::byte{value};
        const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
        const std::vector<std::byte> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
        if (const auto record = decode_record(exact)) {
            RC_ASSERT(record->bytes().size() <= exact.size());
            RC_ASSERT(static_cast<std::size_t>(record->properties().end() -
                                               reinterpret_cast<const char*>(exact.data())) <= exact.size());
            property_crc_intact(*record);
            body_intact(*record);
            encode(record->fields());
        }
    }));
}

TEST(Record, ThatIsCutShortIsTruncated) {
    const auto bytes = encode(some_fields());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::vector<std::byte> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        const auto record = decode_record(exact);
        ASSERT_FALSE(record.has_value()) << size;
        EXPECT_EQ(record.error(), RecordError::truncated) << size;
    }
}

TEST(Record, WithoutMagicIsNone) {
    const std::vector<std::byte> zeros(200);
    EXPECT_EQ(decode_record(zeros).error(), RecordError::bad_magic);
}

TEST(Record, WhosePartsDoNotAddUpIsRefused) {
    auto bytes = encode(some_fields());
    save_big(bytes.data(), static_cast<std::int32_t>(bytes.size()) - 1);
    EXPECT_EQ(decode_record(bytes).error(), RecordError::bad_size);
}

TEST(Record, FlagsFollowItsHosts) {
    RecordFields fields = some_fields();
    fields.sys_flag = protocol::sys_flag::born_host_v6;  // but the host is not
    auto bytes = encode(fields);
    EXPECT_EQ(decode_record(bytes)->sys_flag(), 0);
    fields.store_host.v6 = true;
    bytes = encode(fields);
    EXPECT_EQ(decode_record(bytes)->sys_flag(), protocol::sys_flag::store_host_v6);
    EXPECT_EQ(decode_record(bytes)->born_host().ipv4(), (Address{0x0A000001, 50'000}));
    EXPECT_EQ(decode_record(bytes)->store_host().ipv4(), std::nullopt);
}

TEST(Record, BodyChecksumFindsAChangedByte) {
    RecordFields fields = some_fields();
    const std::string body = "to be or not to be";
    fields.body = as_bytes(body);
    fields.body_crc = body_crc(fields.body);
    auto bytes = encode(fields);
    EXPECT_TRUE(body_intact(*decode_record(bytes)));
    bytes[90] ^= std::byte{4};
    EXPECT_FALSE(body_intact(*decode_record(bytes)));
}

TEST(BodyChecksum, IsTheOneOfZlibWithoutItsTopBit) {
    EXPECT_EQ(body_crc(as_bytes("123456789")), static_cast<std::int32_t>(0xCBF43926U & 0x7FFFFFFFU));
    EXPECT_EQ(body_crc({}), 0);
}

TEST(Properties, FindTheLaterOfTwoAndLeaveOutEmptyOnes) {
    const std::string text =
        "A\x01"
        "1\x02"
        "B\x01\x02\x01x\x02"
        "A\x01"
        "2\x01"
        "3\x02noname\x02"
        "AB\x01z";
    EXPECT_EQ(find_property(text, "A"),
              "2\x01"
              "3");
    EXPECT_EQ(find_property(text, "B"), "");
    EXPECT_EQ(find_property(text, "AB"), "z");
    EXPECT_EQ(find_property(text, "noname"), "");
    EXPECT_EQ(find_property("", "A"), "");
    const auto all = decode_properties(text);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].first, "A");
    EXPECT_EQ(all[1].second, "z");
}

TEST(Properties, AreFoundAsTheyWereAppended) {
    EXPECT_TRUE(rc::check([](std::map<std::string, std::string> pairs) {
        const auto clean = [](std::string text) {
            std::erase_if(text, [](char c) { return c == '\x01' || c == '\x02'; });
            return text + "x";
        };
        std::map<std::string, std::string> model;
        std::string text;
        for (const auto& [name, value] : pairs) {
            model[clean(name)] = clean(value);
            append_property(text, clean(name), clean(value));
            if (*rc::gen::arbitrary<bool>()) text.pop_back();  // the last separator may be missing
        }
        for (const auto& [name, value] : model) RC_ASSERT(find_property(text, name) == value);
        RC_ASSERT(decode_properties(text).size() == model.size());
    }));
}

TEST(JavaHash, IsThatOfJava) {
    EXPECT_EQ(java_hash(""), 0);
    EXPECT_EQ(java_hash("TagA"), 2598919);
    EXPECT_EQ(java_hash("Aa"), java_hash("BB"));
    EXPECT_EQ(java_hash("hello world"), 1794106052);
    EXPECT_EQ(java_hash("\xC3\xA9"), 0xE9);
    EXPECT_EQ(java_hash("\xE2\x82\xAC"), 0x20AC);
    EXPECT_EQ(java_hash("\xF0\x9F\x98\x80"), 31 * 0xD83D + 0xDE00);  // an emoji: two code units
    EXPECT_EQ(java_length("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 5U);
}

TEST(JavaHash, TakesMalformedBytesAsReplacements) {
    EXPECT_EQ(java_hash("\xFF"), 0xFFFD);
    EXPECT_EQ(java_hash("\xE2\x82"), 0xFFFD);        // cut short: one replacement
    EXPECT_EQ(java_length("\xC0\xAF"), 2U);          // overlong: each byte one
    EXPECT_EQ(java_length("\xED\xA0\x80"), 3U);      // a lone surrogate
    EXPECT_EQ(java_length("\xF5\x80\x80\x80"), 4U);  // beyond the last code point
}

}  // namespace
}  // namespace brokersim::store
