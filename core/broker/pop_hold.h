#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/broker/broker_config.h"
#include "core/broker/request.h"
#include "core/host.h"
#include "core/named_table.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

enum class HoldOutcome : std::uint8_t { held, full, timed_out };

/// Long polling of pops (RocketMQ's PopLongPollingService): pops that found nothing wait by topic, group and queue (or
/// any queue), the one that ends first in front. A message that arrives wakes one pop of each group. A pop ends 50 ms
/// before its time, which is looked at every 20 ms; a look that would find nothing is no event.
class PopHold {
public:
    /// `wake` runs a pop again; it must not call back into this object before it returns.
    PopHold(Host& host, const BrokerConfig& config, std::function<void(Request&&)> wake);

    /// Holds a pop until `ends_ms` of the wall clock, and then moves from `request`; leaves it alone if it is too late
    /// already, or if too many are held.
    HoldOutcome hold(Request&& request, std::int64_t ends_ms, store::TagFilter filter);
    /// A message with that tagsCode can be popped from the queue.
    void arrived(const std::string& topic, std::int32_t queue_id, std::int64_t tags_code);
    /// Wakes the pop in front of those that wait for exactly this (any_queue among the ids), whatever its filter.
    void wake_one(std::string_view topic, std::string_view group, std::int32_t queue_id);
    /// Drops what a connection that is gone was waiting for.
    void forget(ConnectionId connection);

    std::int64_t held() const { return held_; }

private:
    struct Held {
        Request request;
        store::TagFilter filter;
    };
    using Line = std::map<std::pair<std::int64_t, std::uint64_t>, Held>;  // by end (ms) and number
    using Group = std::map<std::int32_t, Line>;                           // by queue id
    using Groups = std::map<std::string, Group, std::less<>>;             // those that ever waited for the topic

    bool wake_front(Line& line, const std::int64_t* tags_code);
    void arm(std::int64_t ends_ms);
    void look();

    Host& host_;
    const BrokerConfig& config_;
    std::function<void(Request&&)> wake_;
    MonoTime first_look_;
    NamedTable<Groups> topics_;
    std::uint64_t numbers_ = 0;
    std::int64_t held_ = 0;
    TimerId timer_{};
    MonoTime armed_for_ = MonoTime::max();
};

}  // namespace brokersim::broker
