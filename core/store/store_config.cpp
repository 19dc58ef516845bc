#include "core/store/store_config.h"

#include <array>

namespace brokersim::store {
namespace {

using Key = ConfigKey<StoreConfig>;

constexpr std::int64_t largest_file = 1LL << 30;  // positions within a file are 32-bit integers in the real broker
constexpr std::int64_t day_ms = 86'400'000;

const std::array keys = {
    Key{"mappedFileSizeCommitLog", &StoreConfig::mappedFileSizeCommitLog, 4096, largest_file, "bytes of a log file"},
    Key{"mappedFileSizeConsumeQueue", &StoreConfig::mappedFileSizeConsumeQueue, 20, largest_file,
        "bytes of a consume queue file, 20 for each message"},
    Key{"maxMessageSize", &StoreConfig::maxMessageSize, 1, 1LL << 28, "largest body, bytes"},
    Key{"flushDiskType", &StoreConfig::flushDiskType, 0, 0, "ASYNC_FLUSH or SYNC_FLUSH"},
    Key{"flushIntervalCommitLog", &StoreConfig::flushIntervalCommitLog, 1, day_ms, "how often the log is flushed, ms"},
    Key{"flushCommitLogLeastPages", &StoreConfig::flushCommitLogLeastPages, 0, 1 << 20,
        "dirty pages of the log that are worth a flush"},
    Key{"flushCommitLogThoroughInterval", &StoreConfig::flushCommitLogThoroughInterval, 1, day_ms,
        "how often the log is flushed however little is dirty, ms"},
    Key{"flushIntervalConsumeQueue", &StoreConfig::flushIntervalConsumeQueue, 1, day_ms,
        "how often consume queues are flushed, ms"},
    Key{"flushConsumeQueueLeastPages", &StoreConfig::flushConsumeQueueLeastPages, 0, 1 << 20,
        "dirty pages of a consume queue that are worth a flush"},
    Key{"flushConsumeQueueThoroughInterval", &StoreConfig::flushConsumeQueueThoroughInterval, 1, day_ms,
        "how often consume queues are flushed however little is dirty, ms"},
    Key{"syncFlushTimeout", &StoreConfig::syncFlushTimeout, 1, day_ms, "how long a send waits for a flush, ms"},
    Key{"maxTransferBytesOnMessageInMemory", &StoreConfig::maxTransferBytesOnMessageInMemory, 1, INT32_MAX,
        "bytes that one pull gets from memory"},
    Key{"maxTransferCountOnMessageInMemory", &StoreConfig::maxTransferCountOnMessageInMemory, 1, INT32_MAX,
        "messages that one pull gets from memory"},
    Key{"maxTransferBytesOnMessageInDisk", &StoreConfig::maxTransferBytesOnMessageInDisk, 1, INT32_MAX,
        "bytes that one pull gets from disk"},
    Key{"maxTransferCountOnMessageInDisk", &StoreConfig::maxTransferCountOnMessageInDisk, 1, INT32_MAX,
        "messages that one pull gets from disk"},
    Key{"accessMessageInMemoryMaxRatio", &StoreConfig::accessMessageInMemoryMaxRatio, 0, 100,
        "share of memory in which the newest part of the log is taken to be, per cent"},
    Key{"maxFilterMessageSize", &StoreConfig::maxFilterMessageSize, 0, INT32_MAX,
        "bytes of consume queue that one pull may scan"},
    Key{"travelCqFileNumWhenGetMessage", &StoreConfig::travelCqFileNumWhenGetMessage, 1, 1 << 20,
        "consume queue files that one pull may look into"},
    Key{"osPageCacheBusyTimeOutMills", &StoreConfig::osPageCacheBusyTimeOutMills, 0, day_ms,
        "how long the append lock is held until sends are refused, ms"},
    Key{"checkCRCOnRecover", &StoreConfig::checkCRCOnRecover, 0, 0, "check bodies when recovering"},
    Key{"messageIndexEnable", &StoreConfig::messageIndexEnable, 0, 0, "keep an index of messages by their keys"},
    Key{"messageIndexSafe", &StoreConfig::messageIndexSafe, 0, 0,
        "recovery after a crash goes back to what the index has on disk"},
    Key{"maxHashSlotNum", &StoreConfig::maxHashSlotNum, 1, 100'000'000, "hash slots of an index file"},
    Key{"maxIndexNum", &StoreConfig::maxIndexNum, 2, 100'000'000, "entries of an index file"},
    Key{"maxMsgsNumBatch", &StoreConfig::maxMsgsNumBatch, 1, INT32_MAX, "messages that one query by key may find"},
    Key{"autoMessageVersionOnTopicLen", &StoreConfig::autoMessageVersionOnTopicLen, 0, 0,
        "write version 2 records for topics of more than 127 characters"},
    Key{"messageDelayLevel", &StoreConfig::messageDelayLevel, 0, 0, "delays of levels 1, 2, ..."},
    Key{"storePathRootDir"},
    Key{"storePathCommitLog"},
    Key{"commitIntervalCommitLog"},
    Key{"commitCommitLogLeastPages"},
    Key{"commitCommitLogThoroughInterval"},
    Key{"flushCommitLogTimed"},
    Key{"useReentrantLockWhenPutMessage"},
    Key{"topicQueueLockNum"},
    Key{"putMessageTimeout"},
    Key{"enableConsumeQueueExt"},
    Key{"mappedFileSizeConsumeQueueExt"},
    Key{"bitMapLengthConsumeQueueExt"},
    Key{"cleanResourceInterval"},
    Key{"deleteCommitLogFilesInterval"},
    Key{"deleteConsumeQueueFilesInterval"},
    Key{"destroyMapedFileIntervalForcibly"},
    Key{"redeleteHangedFileInterval"},
    Key{"deleteWhen"},
    Key{"fileReservedTime"},
    Key{"diskMaxUsedSpaceRatio"},
    Key{"diskSpaceWarningLevelRatio"},
    Key{"diskSpaceCleanForciblyRatio"},
    Key{"cleanFileForciblyEnable"},
    Key{"deleteFileBatchMax"},
    Key{"warmMapedFileEnable"},
    Key{"flushLeastPagesWhenWarmMapedFile"},
    Key{"transientStorePoolEnable"},
    Key{"transientStorePoolSize"},
    Key{"fastFailIfNoBufferInStorePool"},
    Key{"offsetCheckInSlave"},
    Key{"duplicationEnable"},
    Key{"diskFallRecorded"},
    Key{"enabledAppendPropCRC"},
    Key{"forceVerifyPropCRC"},
    Key{"writeWithoutMmap"},
    Key{"readUnCommitted"},
    Key{"recheckReputOffsetFromCq"},
    Key{"enablePropertyFilter"},
    Key{"putConsumeQueueDataByFileChannel"},
};

}  // namespace

std::span<const ConfigKey<StoreConfig>> store_config_keys() { return keys; }

}  // namespace brokersim::store
