#include "core/client/client_config.h"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace brokersim::client {
namespace {

using Key = ConfigKey<ClientConfig>;

constexpr std::int64_t one_day_ms = 86'400'000;

const Key keys[] = {
    {"pollNameServerInterval", &ClientConfig::pollNameServerInterval, 10, one_day_ms, "ms between route updates"},
    {"heartbeatBrokerInterval", &ClientConfig::heartbeatBrokerInterval, 10, one_day_ms, "ms between heartbeats"},
    {"persistConsumerOffsetInterval", &ClientConfig::persistConsumerOffsetInterval, 10, one_day_ms,
     "ms between commits of consumed positions"},
    {"mqClientApiTimeout", &ClientConfig::mqClientApiTimeout, 1, one_day_ms, "ms that most calls may take"},
    {"sendMsgTimeout", &ClientConfig::sendMsgTimeout, 1, one_day_ms, "ms that one send may take with all its tries"},
    {"retryTimesWhenSendFailed", &ClientConfig::retryTimesWhenSendFailed, 0, 1000, "further tries of a sync send"},
    {"retryTimesWhenSendAsyncFailed", &ClientConfig::retryTimesWhenSendAsyncFailed, 0, 1000,
     "further tries of an async send"},
    {"retryAnotherBrokerWhenNotStoreOK", &ClientConfig::retryAnotherBrokerWhenNotStoreOK, 0, 0,
     "try again also after FLUSH_DISK_TIMEOUT, FLUSH_SLAVE_TIMEOUT and SLAVE_NOT_AVAILABLE"},
    {"maxMessageSize", &ClientConfig::maxMessageSize, 1, 128LL << 20, "bytes that a body may have"},
    {"createTopicKey", &ClientConfig::createTopicKey, 0, 0, "topic after whose example the broker makes a new topic"},
    {"defaultTopicQueueNums", &ClientConfig::defaultTopicQueueNums, 1, 65'536, "queues of a topic made by sending"},
    {"sendLatencyEnable", &ClientConfig::sendLatencyEnable, 0, 0, "avoid brokers that were slow or failed"},
    {"sendLatencyFaultEnable", &ClientConfig::sendLatencyEnable, 0, 0, "the producer's own name of sendLatencyEnable"},
    {"consumeThreadMin", &ClientConfig::consumeThreadMin, 1, 1000, "threads that call the listener"},
    {"consumeThreadMax", &ClientConfig::consumeThreadMax, 1, 1000,
     "never reached: the pool's queue has no bound, so it never grows beyond consumeThreadMin"},
    {"consumeMessageBatchMaxSize", &ClientConfig::consumeMessageBatchMaxSize, 1, 1024,
     "messages for one listener call"},
    {"pullBatchSize", &ClientConfig::pullBatchSize, 1, 1024, "messages that one pull asks for"},
    {"pullBatchSizeInBytes", &ClientConfig::pullBatchSizeInBytes, 1, 2LL << 30, "sent with pulls; brokers ignore it"},
    {"pullInterval", &ClientConfig::pullInterval, 0, 65'535, "ms between a pull's answer and the next pull"},
    {"pullThresholdForQueue", &ClientConfig::pullThresholdForQueue, 1, 65'535, "messages cached of one queue"},
    {"pullThresholdSizeForQueue", &ClientConfig::pullThresholdSizeForQueue, 1, 1024, "MiB cached of one queue"},
    {"pullThresholdForTopic", &ClientConfig::pullThresholdForTopic, -1, 6'553'500, "messages cached of all queues"},
    {"pullThresholdSizeForTopic", &ClientConfig::pullThresholdSizeForTopic, -1, 102'400, "MiB cached of all queues"},
    {"consumeConcurrentlyMaxSpan", &ClientConfig::consumeConcurrentlyMaxSpan, 1, 65'535,
     "offsets between the first and the last message cached of one queue"},
    {"popThresholdForQueue", &ClientConfig::popThresholdForQueue, 1, 65'535,
     "messages popped from one queue, or one broker, and not acknowledged"},
    {"popBatchNums", &ClientConfig::popBatchNums, 1, 32, "messages that one pop asks for"},
    {"popInvisibleTime", &ClientConfig::popInvisibleTime, 5'000, 300'000, "ms for which popped messages are hidden"},
    {"pullTimeDelayMillsWhenException", &ClientConfig::pullTimeDelayMillsWhenException, 0, one_day_ms,
     "ms before the next pull after a failed one"},
    {"consumeFromWhere", &ClientConfig::consumeFromWhere, 0, 0, "where a group without a stored offset begins"},
    {"consumeTimestamp", &ClientConfig::consumeTimestamp, 0, 0, "yyyyMMddHHmmss for CONSUME_FROM_TIMESTAMP"},
    {"awaitTerminationMillisWhenShutdown", &ClientConfig::awaitTerminationMillisWhenShutdown, 0, one_day_ms,
     "ms that a shutdown waits for running listener calls"},
    {"rocketmq.client.rebalance.waitInterval", &ClientConfig::rebalance_wait_interval, 10, one_day_ms,
     "ms between rebalances when all is balanced"},
    {"rocketmq.client.rebalance.minInterval", &ClientConfig::rebalance_min_interval, 1, one_day_ms,
     "ms between rebalances at least, and when something is not balanced"},
    {"rocketmq.client.pull.pullMaxIdleTime", &ClientConfig::pull_max_idle_time, 1, one_day_ms,
     "ms without a pull after which a queue is given up and taken again"},
    {"rocketmq.client.rebalance.lockInterval", &ClientConfig::lock_interval, 10, one_day_ms,
     "ms between renewals of an orderly consumer's locks"},
    {"rocketmq.client.rebalance.lockMaxLiveTime", &ClientConfig::lock_max_live_time, 1, one_day_ms,
     "ms that an orderly consumer trusts a lock that was not renewed"},
    {"unlockDelayTimeMills", &ClientConfig::unlockDelayTimeMills, 0, one_day_ms,
     "ms after the last renewal after which a queue that was given up is unlocked even if its handler runs"},
    {"suspendCurrentQueueTimeMillis", &ClientConfig::suspendCurrentQueueTimeMillis, 10, 30'000,
     "ms before an orderly consumer hands a message over again"},

    {"vipChannelEnabled"},
    {"useTLS"},
    {"useHeartbeatV2"},
    {"enableHeartbeatChannelEventListener"},
    {"clientCallbackExecutorThreads"},
    {"instanceName"},
    {"unitName"},
    {"compressMsgBodyOverHowmuch"},
    {"startDetectorEnable"},
    {"detectInterval"},
    {"detectTimeout"},
    {"batchMaxDelayMs"},
    {"batchMaxBytes"},
    {"totalBatchMaxBytes"},
    {"autoBatch"},
    {"enableBackpressureForAsyncMode"},
    {"backPressureForAsyncSendNum"},
    {"backPressureForAsyncSendSize"},
    {"adjustThreadPoolNumsThreshold"},
    {"postSubscriptionWhenPull"},
    {"consumeTimeout"},
    {"maxReconsumeTimes"},
    {"clientRebalance"},
    {"messageModel"},
};

}  // namespace

std::span<const ConfigKey<ClientConfig>> client_config_keys() { return keys; }

std::optional<std::string> client_config_problem(const ClientConfig& config) {
    if (!parse_consume_from_where(config.consumeFromWhere))
        return fmt::format(
            "consumeFromWhere \"{}\" is none of CONSUME_FROM_LAST_OFFSET, CONSUME_FROM_FIRST_OFFSET, "
            "CONSUME_FROM_TIMESTAMP",
            config.consumeFromWhere);
    if (!config.consumeTimestamp.empty() && !parse_consume_timestamp(config.consumeTimestamp))
        return fmt::format("consumeTimestamp \"{}\" is no time of the form yyyyMMddHHmmss", config.consumeTimestamp);
    if (config.consumeThreadMin > config.consumeThreadMax)
        return fmt::format("consumeThreadMin ({}) is larger than consumeThreadMax ({})", config.consumeThreadMin,
                           config.consumeThreadMax);
    return std::nullopt;
}

std::optional<protocol::ConsumeFromWhere> parse_consume_from_where(std::string_view word) {
    using enum protocol::ConsumeFromWhere;
    if (word == "CONSUME_FROM_LAST_OFFSET" || word == "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST" ||
        word == "CONSUME_FROM_MIN_OFFSET" || word == "CONSUME_FROM_MAX_OFFSET")
        return last_offset;
    if (word == "CONSUME_FROM_FIRST_OFFSET") return first_offset;
    if (word == "CONSUME_FROM_TIMESTAMP") return timestamp;
    return std::nullopt;
}

std::optional<std::int64_t> parse_consume_timestamp(std::string_view text) {
    if (text.size() != 14) return std::nullopt;
    const int widths[] = {4, 2, 2, 2, 2, 2};
    int fields[6];
    const char* at = text.data();
    for (int i = 0; i < 6; ++i) {
        const auto [end, error] = std::from_chars(at, at + widths[i], fields[i]);
        if (error != std::errc{} || end != at + widths[i] || fields[i] < 0) return std::nullopt;
        at = end;
    }
    const std::chrono::year_month_day date{std::chrono::year(fields[0]),
                                           std::chrono::month(static_cast<unsigned>(fields[1])),
                                           std::chrono::day(static_cast<unsigned>(fields[2]))};
    if (!date.ok() || fields[3] > 23 || fields[4] > 59 || fields[5] > 59) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::duration_cast<Millis>(days + std::chrono::hours(fields[3]) + std::chrono::minutes(fields[4]) +
                                              std::chrono::seconds(fields[5]))
        .count();
}

}  // namespace brokersim::client
