#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/config.h"
#include "core/types.h"

namespace brokersim::broker {

/// RocketMQ's BrokerConfig, by its own names and with its own defaults, as far as the broker acts on it. What the store
/// reads stands in store::StoreConfig. Read when the broker is made; changing it later has no effect.
struct BrokerConfig {
    std::int64_t brokerPermission = 6;       // perm bits of the whole broker
    std::int64_t defaultTopicQueueNums = 8;  // queues of the template topic TBW102
    bool autoCreateTopicEnable = true;
    bool autoCreateSubscriptionGroup = true;
    bool clusterTopicEnable = true;
    bool brokerTopicEnable = true;
    bool traceTopicEnable = false;
    Millis registerNameServerPeriod{30'000};  // clamped to 10 s .. 60 s
    Millis registerBrokerTimeoutMills{24'000};
    Millis flushConsumerOffsetInterval{5'000};
    bool longPollingEnable = true;
    Millis shortPollingTimeMills{1'000};
    bool notifyConsumerIdsChangedEnable = true;
    bool transferMsgByHeap = true;  // what a pull costs for each message, see BrokerCosts
    bool asyncSendEnable = true;
    bool brokerFastFailureEnable = true;
    Millis waitTimeMillsInSendQueue{200};
    Millis waitTimeMillsInPullQueue{5'000};
    Millis waitTimeMillsInHeartbeatQueue{31'000};
    Millis waitTimeMillsInAdminBrokerQueue{5'000};
    std::int64_t sendMessageThreadPoolNums = 0;  // 0: min(cores, 4)
    std::int64_t pullMessageThreadPoolNums = 0;  // 0: 16 + 2 * cores
    std::int64_t heartbeatThreadPoolNums = 0;    // 0: min(32, cores)
    std::int64_t adminBrokerThreadPoolNums = 16;
    std::int64_t clientManageThreadPoolNums = 32;
    std::int64_t consumerManageThreadPoolNums = 32;
    std::int64_t sendThreadPoolQueueCapacity = 10'000;
    std::int64_t pullThreadPoolQueueCapacity = 100'000;
    std::int64_t heartbeatThreadPoolQueueCapacity = 50'000;
    std::int64_t adminBrokerThreadPoolQueueCapacity = 10'000;
    std::int64_t clientManagerThreadPoolQueueCapacity = 1'000'000;
    std::int64_t consumerManagerThreadPoolQueueCapacity = 1'000'000;
    Millis waitTimeMillsInAckQueue{3'000};
    std::int64_t ackMessageThreadPoolNums = 16;
    std::int64_t loadBalanceThreadPoolNums = 32;
    std::int64_t ackThreadPoolQueueCapacity = 100'000;
    std::int64_t loadBalanceThreadPoolQueueCapacity = 100'000;
    std::int64_t reviveQueueNum = 8;  // of the topic in which POP's check points lie
    Millis reviveInterval{1'000};
    Millis reviveScanTime{10'000};
    std::int64_t popFromRetryProbability = 20;  // per cent
    std::int64_t popPollingSize = 1'024;        // pops held of one group and queue
    std::int64_t maxPopPollingSize = 100'000;   // of all
    bool initPopOffsetByCheckMsgInMem = true;
    std::int64_t defaultPopShareQueueNum = -1;
    std::int64_t startAcceptSendRequestTimeStamp = 0;  // ms, the broker's wall clock
};

/// The keys of BrokerConfig under their real names, and real keys that have no effect here.
std::span<const ConfigKey<BrokerConfig>> broker_config_keys();

/// CPU time of the broker's handlers. What a send costs is owed by the store (store::StoreCosts); what the Kafka group
/// coordinator costs, by itself. The pull figures are those of RocketMQ's brokers on current hardware: a base, and for
/// each message a copy through the heap (transferMsgByHeap) or a file region handed to the socket. The cost of the
/// small requests (heartbeats, offsets, lists, acknowledgements) is an assumption: decoding, one table, encoding; so
/// are what a pop costs, a pull with a check point, what moving a timer message costs, and reading the revive log.
struct BrokerCosts {
    Duration pull_base{15'000};
    Duration pull_per_message_heap{1'000};
    Duration pull_per_message_zero_copy{300};
    Duration small_request{5'000};
    Duration pop_base{20'000};
    Duration timer_per_message{2'000};
    Duration revive_per_message{2'000};
};

}  // namespace brokersim::broker
