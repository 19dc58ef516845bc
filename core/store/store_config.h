#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/config.h"

namespace brokersim::store {

/// RocketMQ's MessageStoreConfig, by its own names and with its own defaults, as far as the store acts on it.
struct StoreConfig {
    std::int64_t mappedFileSizeCommitLog = 1LL << 30;        // bytes
    std::int64_t mappedFileSizeConsumeQueue = 300'000 * 20;  // bytes, rounded up to whole units of 20
    std::int64_t maxMessageSize = 4LL << 20;                 // bytes of a body
    std::string flushDiskType = "ASYNC_FLUSH";               // or SYNC_FLUSH
    Millis flushIntervalCommitLog{500};
    std::int64_t flushCommitLogLeastPages = 4;
    Millis flushCommitLogThoroughInterval{10'000};
    Millis flushIntervalConsumeQueue{1000};
    std::int64_t flushConsumeQueueLeastPages = 2;
    Millis flushConsumeQueueThoroughInterval{60'000};
    Millis syncFlushTimeout{5000};
    std::int64_t maxTransferBytesOnMessageInMemory = 262'144;
    std::int64_t maxTransferCountOnMessageInMemory = 32;
    std::int64_t maxTransferBytesOnMessageInDisk = 65'536;
    std::int64_t maxTransferCountOnMessageInDisk = 8;
    std::int64_t accessMessageInMemoryMaxRatio = 40;  // per cent of the machine's memory
    std::int64_t maxFilterMessageSize = 16'000;       // bytes of consume queue that a filtering pull may scan
    std::int64_t travelCqFileNumWhenGetMessage = 1;   // consume queue files that one pull may look into
    Millis osPageCacheBusyTimeOutMills{1000};
    bool checkCRCOnRecover = true;
    bool messageIndexEnable = true;
    bool messageIndexSafe = false;            // recovery also looks at how far the index is on disk
    std::int64_t maxHashSlotNum = 5'000'000;  // of an index file
    std::int64_t maxIndexNum = 20'000'000;    // entries of an index file, the first of which is never used
    bool enabledAppendPropCRC = false;        // records end with a checksum over all of them
    bool forceVerifyPropCRC = false;          // which recovery verifies, instead of that of the body
    bool flushCommitLogTimed = true;          // sleep between flushes, else wait to be woken
    bool wakeFlushWhenPutMessage = false;
    Millis cleanResourceInterval{10'000};     // how often retention looks for what may go
    std::string deleteWhen = "04";            // hours of the wall clock (UTC), separated by ';'
    std::int64_t fileReservedTime = 72;       // hours since the last change of a log file
    std::int64_t diskMaxUsedSpaceRatio = 75;  // per cent of the disk above which files that are due go at any hour
    std::int64_t diskSpaceCleanForciblyRatio = 85;  // above which the oldest go whether they are due or not
    std::int64_t diskSpaceWarningLevelRatio = 90;   // above which, besides, no messages are taken
    bool cleanFileForciblyEnable = true;
    std::int64_t deleteFileBatchMax = 10;  // log files that may go in one round
    Millis deleteCommitLogFilesInterval{100};
    Millis deleteConsumeQueueFilesInterval{100};
    Millis destroyMapedFileIntervalForcibly{120'000};  // how long readers may keep a file that is to go
    Millis redeleteHangedFileInterval{120'000};
    bool warmMapedFileEnable = false;                      // touch each page of a log file before it is used
    std::int64_t flushLeastPagesWhenWarmMapedFile = 4096;  // under SYNC_FLUSH they are forced to disk each so many
    bool transientStorePoolEnable = false;        // the log is written to buffers in memory, and copied from there
    std::int64_t transientStorePoolSize = 5;      // of them, of the size of a log file
    bool fastFailIfNoBufferInStorePool = false;   // refuse what is sent while none is free, else do without
    Millis commitIntervalCommitLog{200};          // how often they are copied to the log
    std::int64_t commitCommitLogLeastPages = 4;   // that are worth it
    Millis commitCommitLogThoroughInterval{200};  // however few
    bool wakeCommitWhenPutMessage = true;
    std::int64_t maxMsgsNumBatch = 64;  // messages that one query by key may find
    bool autoMessageVersionOnTopicLen = true;
    std::string messageDelayLevel = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";

    bool sync_flush() const { return flushDiskType == "SYNC_FLUSH"; }
};

/// The keys of StoreConfig under their real names, and real keys that have no effect here.
std::span<const ConfigKey<StoreConfig>> store_config_keys();

}  // namespace brokersim::store
