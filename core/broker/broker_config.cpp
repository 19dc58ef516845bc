#include "core/broker/broker_config.h"

#include <array>

namespace brokersim::broker {

namespace {

using Key = ConfigKey<BrokerConfig>;
using C = BrokerConfig;

constexpr std::int64_t most_threads = 10'000;
constexpr std::int64_t most_queued = 100'000'000;
constexpr std::int64_t day_ms = 86'400'000;

constexpr std::array keys{
    Key{"brokerPermission", &C::brokerPermission, 0, 7, "what the whole broker allows: 2 writing, 4 reading, 6 both"},
    Key{"defaultTopicQueueNums", &C::defaultTopicQueueNums, 1, 65'536, "queues of the template topic TBW102"},
    Key{"autoCreateTopicEnable", &C::autoCreateTopicEnable, 0, 0, "a send to an unknown topic makes it"},
    Key{"autoCreateSubscriptionGroup", &C::autoCreateSubscriptionGroup, 0, 0, "an unknown consumer group is made"},
    Key{"clusterTopicEnable", &C::clusterTopicEnable, 0, 0, "the topic named after the cluster can be used"},
    Key{"brokerTopicEnable", &C::brokerTopicEnable, 0, 0, "the topic named after the broker can be used"},
    Key{"traceTopicEnable", &C::traceTopicEnable, 0, 0, "makes the topic for message traces"},
    Key{"registerNameServerPeriod", &C::registerNameServerPeriod, 1, day_ms, "ms; clamped to 10 s .. 60 s"},
    Key{"registerBrokerTimeoutMills", &C::registerBrokerTimeoutMills, 1, day_ms, "ms for one registration"},
    Key{"flushConsumerOffsetInterval", &C::flushConsumerOffsetInterval, 1, day_ms,
        "ms between two writes of committed offsets"},
    Key{"longPollingEnable", &C::longPollingEnable, 0, 0, "pulls wait for messages as long as the client wishes"},
    Key{"shortPollingTimeMills", &C::shortPollingTimeMills, 1, day_ms, "ms that pulls wait without long polling"},
    Key{"notifyConsumerIdsChangedEnable", &C::notifyConsumerIdsChangedEnable, 0, 0,
        "members of a group are told when it changes"},
    Key{"transferMsgByHeap", &C::transferMsgByHeap, 0, 0, "pulled messages are copied, not sent from the page cache"},
    Key{"asyncSendEnable", &C::asyncSendEnable, 0, 0, "send threads do not wait for the flush"},
    Key{"brokerFastFailureEnable", &C::brokerFastFailureEnable, 0, 0, "requests that wait too long are answered busy"},
    Key{"waitTimeMillsInSendQueue", &C::waitTimeMillsInSendQueue, 1, day_ms, "ms a send may wait"},
    Key{"waitTimeMillsInPullQueue", &C::waitTimeMillsInPullQueue, 1, day_ms, "ms a pull may wait"},
    Key{"waitTimeMillsInHeartbeatQueue", &C::waitTimeMillsInHeartbeatQueue, 1, day_ms, "ms a heartbeat may wait"},
    Key{"waitTimeMillsInAdminBrokerQueue", &C::waitTimeMillsInAdminBrokerQueue, 1, day_ms,
        "ms an admin request may wait"},
    Key{"sendMessageThreadPoolNums", &C::sendMessageThreadPoolNums, 0, most_threads, "0: min(cores, 4)"},
    Key{"pullMessageThreadPoolNums", &C::pullMessageThreadPoolNums, 0, most_threads, "0: 16 + 2 * cores"},
    Key{"heartbeatThreadPoolNums", &C::heartbeatThreadPoolNums, 0, most_threads, "0: min(32, cores)"},
    Key{"adminBrokerThreadPoolNums", &C::adminBrokerThreadPoolNums, 1, most_threads, "threads for admin requests"},
    Key{"clientManageThreadPoolNums", &C::clientManageThreadPoolNums, 1, most_threads, "threads for farewells"},
    Key{"consumerManageThreadPoolNums", &C::consumerManageThreadPoolNums, 1, most_threads,
        "threads for member lists and offsets"},
    Key{"sendThreadPoolQueueCapacity", &C::sendThreadPoolQueueCapacity, 1, most_queued, "sends that may wait"},
    Key{"pullThreadPoolQueueCapacity", &C::pullThreadPoolQueueCapacity, 1, most_queued, "pulls that may wait"},
    Key{"heartbeatThreadPoolQueueCapacity", &C::heartbeatThreadPoolQueueCapacity, 1, most_queued,
        "heartbeats that may wait"},
    Key{"adminBrokerThreadPoolQueueCapacity", &C::adminBrokerThreadPoolQueueCapacity, 1, most_queued,
        "admin requests that may wait"},
    Key{"clientManagerThreadPoolQueueCapacity", &C::clientManagerThreadPoolQueueCapacity, 1, most_queued,
        "farewells that may wait"},
    Key{"consumerManagerThreadPoolQueueCapacity", &C::consumerManagerThreadPoolQueueCapacity, 1, most_queued,
        "requests for member lists and offsets that may wait"},
    Key{"startAcceptSendRequestTimeStamp", &C::startAcceptSendRequestTimeStamp, 0, INT64_MAX,
        "ms since 1970; sends before are refused"},
    Key{"slaveReadEnable"},
    Key{"disableConsumeIfConsumerReadSlowly"},
    Key{"consumerFallbehindThreshold"},
    Key{"waitTimeMillsInLitePullQueue"},
    Key{"waitTimeMillsInTransactionQueue"},
    Key{"waitTimeMillsInAckQueue"},
    Key{"enablePropertyFilter"},
    Key{"filterSupportRetry"},
    Key{"forceRegister"},
    Key{"transactionTimeOut"},
    Key{"transactionCheckMax"},
    Key{"transactionCheckInterval"},
    Key{"transactionOpMsgMaxSize"},
    Key{"transactionOpBatchInterval"},
    Key{"rejectTransactionMessage"},
    Key{"useServerSideResetOffset"},
    Key{"lockInStrictMode"},
    Key{"reviveQueueNum"},
    Key{"reviveInterval"},
    Key{"reviveMaxSlow"},
    Key{"reviveScanTime"},
    Key{"reviveAckWaitMs"},
    Key{"popCkStayBufferTime"},
    Key{"popCkStayBufferTimeOut"},
    Key{"enablePopBufferMerge"},
    Key{"popCkMaxBufferSize"},
    Key{"popPollingSize"},
    Key{"maxPopPollingSize"},
    Key{"popPollingMapSize"},
    Key{"popFromRetryProbability"},
    Key{"enableRetryTopicV2"},
    Key{"popConsumerKVServiceEnable"},
    Key{"initPopOffsetByCheckMsgInMem"},
    Key{"popResponseReturnActualRetryTopic"},
    Key{"enableSkipLongAwaitingAck"},
    Key{"skipWhenCKRePutReachMaxTimes"},
    Key{"enablePopMessageThreshold"},
    Key{"defaultMessageRequestMode"},
    Key{"defaultPopShareQueueNum"},
    Key{"serverLoadBalancerEnable"},
    Key{"enableSlaveActingMaster"},
    Key{"enableControllerMode"},
    Key{"brokerHeartbeatInterval"},
    Key{"controllerHeartBeatTimeoutMills"},
    Key{"syncBrokerMetadataPeriod"},
    Key{"checkSyncStateSetPeriod"},
    Key{"syncControllerMetadataPeriod"},
    Key{"brokerElectionPriority"},
    Key{"splitRegistrationSize"},
    Key{"fetchNamesrvAddrInterval"},
    Key{"enableNetWorkFlowControl"},
    Key{"pullBatchMaxMessageCount"},
};

}  // namespace

std::span<const ConfigKey<BrokerConfig>> broker_config_keys() { return keys; }

}  // namespace brokersim::broker
