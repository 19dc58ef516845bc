#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/config.h"
#include "core/protocol/messages.h"

namespace brokersim::client {

/// The settings of RocketMQ's clients (ClientConfig, DefaultMQProducer, DefaultMQPushConsumer and the system properties
/// that they read), by their own names and with the defaults of 5.3, as far as the clients here act on them.
struct ClientConfig {
    // Any client.
    Millis pollNameServerInterval{30'000};
    Millis heartbeatBrokerInterval{30'000};
    Millis persistConsumerOffsetInterval{5'000};
    Millis mqClientApiTimeout{3'000};

    // Producers.
    Millis sendMsgTimeout{3'000};
    std::int64_t retryTimesWhenSendFailed = 2;
    std::int64_t retryTimesWhenSendAsyncFailed = 2;
    bool retryAnotherBrokerWhenNotStoreOK = false;
    std::int64_t maxMessageSize = 4LL << 20;  // bytes of a body
    std::string createTopicKey = "TBW102";
    std::int64_t defaultTopicQueueNums = 4;
    bool sendLatencyEnable = false;

    // Consumers.
    std::int64_t consumeThreadMin = 20;
    std::int64_t consumeThreadMax = 20;
    std::int64_t consumeMessageBatchMaxSize = 1;
    std::int64_t pullBatchSize = 32;
    std::int64_t pullBatchSizeInBytes = 256 * 1024;
    Millis pullInterval{0};
    std::int64_t pullThresholdForQueue = 1000;
    std::int64_t pullThresholdSizeForQueue = 100;  // MiB
    std::int64_t pullThresholdForTopic = -1;       // -1: off
    std::int64_t pullThresholdSizeForTopic = -1;   // MiB; -1: off
    std::int64_t consumeConcurrentlyMaxSpan = 2000;
    std::int64_t popThresholdForQueue = 96;  // messages popped and not acknowledged
    std::int64_t popBatchNums = 32;
    Millis popInvisibleTime{60'000};
    Millis pullTimeDelayMillsWhenException{1'000};
    std::string consumeFromWhere = "CONSUME_FROM_LAST_OFFSET";
    std::string consumeTimestamp;  // yyyyMMddHHmmss, UTC; empty: half an hour before the consumer was made
    Millis awaitTerminationMillisWhenShutdown{0};
    Millis rebalance_wait_interval{20'000};  // rocketmq.client.rebalance.waitInterval
    Millis rebalance_min_interval{1'000};    // rocketmq.client.rebalance.minInterval
    Millis pull_max_idle_time{120'000};      // rocketmq.client.pull.pullMaxIdleTime
    Millis lock_interval{20'000};            // rocketmq.client.rebalance.lockInterval
    Millis lock_max_live_time{30'000};       // rocketmq.client.rebalance.lockMaxLiveTime
    Millis unlockDelayTimeMills{20'000};
    Millis suspendCurrentQueueTimeMillis{1'000};
};

/// The keys of ClientConfig under their real names, and real keys that have no effect here.
std::span<const ConfigKey<ClientConfig>> client_config_keys();

/// What is wrong with values that a key's own range cannot exclude (words, and pairs of keys); none if all is well.
std::optional<std::string> client_config_problem(const ClientConfig& config);

/// The policy behind a consumeFromWhere word (the three deprecated ones behave as last_offset); none for other words.
std::optional<protocol::ConsumeFromWhere> parse_consume_from_where(std::string_view word);

/// Milliseconds since the epoch of a consumeTimestamp (yyyyMMddHHmmss, taken as UTC); none if it is no such time.
std::optional<std::int64_t> parse_consume_timestamp(std::string_view text);

}  // namespace brokersim::client
