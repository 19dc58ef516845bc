#include "core/client/client_config.h"

#include <set>

#include <gtest/gtest.h>

namespace brokersim::client {
namespace {

auto set(ClientConfig& config, std::string_view key, std::string_view value) {
    return set_key(config, client_config_keys(), key, value);
}

TEST(ClientConfig, BeginsWithTheRealDefaults) {
    const ClientConfig config;
    EXPECT_EQ(config.sendMsgTimeout, Millis(3000));
    EXPECT_EQ(config.pullThresholdForQueue, 1000);
    EXPECT_EQ(config.rebalance_wait_interval, Millis(20'000));
    EXPECT_FALSE(client_config_problem(config).has_value());
}

TEST(ClientConfig, IsSetByTheRealNames) {
    ClientConfig config;
    EXPECT_EQ(set(config, "sendMsgTimeout", "1500"), KeySet::set);
    EXPECT_EQ(config.sendMsgTimeout, Millis(1500));
    EXPECT_EQ(set(config, "rocketmq.client.rebalance.waitInterval", "5000"), KeySet::set);
    EXPECT_EQ(config.rebalance_wait_interval, Millis(5000));
    EXPECT_EQ(set(config, "sendLatencyFaultEnable", "true"), KeySet::set);
    EXPECT_TRUE(config.sendLatencyEnable);
    EXPECT_EQ(set(config, "useTLS", "true"), KeySet::unmodelled);
    EXPECT_EQ(set(config, "sendMsgTimeuot", "1").error().code, KeyErrorCode::unknown_key);
    EXPECT_EQ(set(config, "consumeThreadMin", "0").error().code, KeyErrorCode::out_of_range);
}

TEST(ClientConfig, NamesEveryKeyOnce) {
    std::set<std::string_view> names;
    for (const auto& key : client_config_keys()) EXPECT_TRUE(names.insert(key.name).second) << key.name;
}

TEST(ClientConfig, RefusesWordsAndPairsThatMakeNoSense) {
    ClientConfig config;
    config.consumeFromWhere = "CONSUME_FROM_THE_MIDDLE";
    EXPECT_TRUE(client_config_problem(config).has_value());
    config = {};
    config.consumeThreadMin = 30;
    EXPECT_TRUE(client_config_problem(config).has_value());
    config = {};
    config.consumeTimestamp = "20240230120000";
    EXPECT_TRUE(client_config_problem(config).has_value());
}

TEST(ClientConfig, ReadsConsumeTimestampsAsUtc) {
    EXPECT_EQ(parse_consume_timestamp("20240101000000"), 1'704'067'200'000);
    EXPECT_EQ(parse_consume_timestamp("20240229235959"), 1'709'251'199'000);
    EXPECT_FALSE(parse_consume_timestamp("2024010100000").has_value());
    EXPECT_FALSE(parse_consume_timestamp("20240101 00000").has_value());
    EXPECT_FALSE(parse_consume_timestamp("20240101240000").has_value());
}

TEST(ConsumeFromWhere, TakesDeprecatedWordsAsTheLastOffset) {
    using enum protocol::ConsumeFromWhere;
    EXPECT_EQ(parse_consume_from_where("CONSUME_FROM_MIN_OFFSET"), last_offset);
    EXPECT_EQ(parse_consume_from_where("CONSUME_FROM_FIRST_OFFSET"), first_offset);
    EXPECT_EQ(parse_consume_from_where("CONSUME_FROM_TIMESTAMP"), timestamp);
}

}  // namespace
}  // namespace brokersim::client
