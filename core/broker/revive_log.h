#pragma once

#include <cstdint>
#include <string>

#include "core/broker/pop_check_point.h"
#include "core/broker/timer_messages.h"
#include "core/host.h"

namespace brokersim::broker {

/// The group under which brokers keep how far they have read their revive logs.
inline constexpr std::string_view revive_group = "CID_RMQ_SYS_REVIVE_GROUP";
/// "rmq_sys_REVIVE_LOG_" and the cluster's name.
std::string revive_topic_of(const std::string& cluster);

/// Writes check points and acknowledgements down: as messages of the revive topic that arrive there when they are
/// needed, a check point a second before its messages come back, an acknowledgement when they do
/// (PopMessageProcessor.buildCkMsg, AckMessageProcessor.appendAck).
class ReviveLog {
public:
    /// `address` is the broker's own. References must outlive the log.
    ReviveLog(Host& host, TimerMessages& timer, const std::string& cluster, Address address)
        : host_(host), timer_(timer), topic_(revive_topic_of(cluster)), address_(address) {}

    const std::string& topic() const { return topic_; }
    /// `done` as that of MessageStore::put.
    void put(const PopCheckPoint& point, std::int32_t revive_queue, TimerMessages::PutDone done);
    /// `revive_time` (ms) is that of the check point.
    void put(const PopAck& ack, std::int32_t revive_queue, std::int64_t revive_time, TimerMessages::PutDone done);

private:
    store::MessageToPut message(std::int32_t revive_queue, std::string_view tag, const std::string& key,
                                const std::string& body) const;

    Host& host_;
    TimerMessages& timer_;
    std::string topic_;
    Address address_;
};

/// Whether what was put is in the log, be it known to be on disk or not.
inline bool stored(const store::PutResult& result) {
    return result.status == store::PutStatus::ok || result.status == store::PutStatus::flush_disk_timeout;
}

}  // namespace brokersim::broker
