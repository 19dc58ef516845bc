#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/broker/request.h"
#include "core/host.h"
#include "core/named_table.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// Long polling: pulls that found nothing wait here (RocketMQ's PullRequestHoldService) until a message arrives that
/// their filter lets through, or until their time is up. Like the real service it looks at its clock, and at messages
/// which a filter kept out, only every 5 s (every shortPollingTimeMills without long polling); a look that would find
/// nothing is no event.
class PullHold {
public:
    /// `wake` runs a pull again; it must not call back into this object before it returns.
    PullHold(Host& host, Duration check_interval, std::function<void(Request&&)> wake);

    /// Holds a pull from `from` on for `timeout`. Whoever calls has made sure that nothing has arrived there.
    void hold(Request&& request, QueueOffset from, Duration timeout, store::TagFilter filter);
    /// Messages before `max_offset` can be pulled; the newest has that tagsCode.
    void arrived(const std::string& topic, std::int32_t queue_id, QueueOffset max_offset, std::int64_t tags_code);
    /// Drops what a connection that is gone was waiting for.
    void forget(ConnectionId connection);

    std::size_t held() const { return held_; }

private:
    struct Held {
        Request request;
        QueueOffset from;
        store::TagFilter filter;
        MonoTime due;  // the first check that wakes it whatever comes
    };
    using Queues = std::vector<std::vector<Held>>;  // by queue id

    MonoTime check_at(MonoTime earliest) const;
    void arm(MonoTime due);
    void check();

    Host& host_;
    Duration interval_;
    std::function<void(Request&&)> wake_;
    MonoTime first_check_;
    NamedTable<Queues> topics_;
    std::size_t held_ = 0;
    TimerId timer_{};
    MonoTime armed_for_ = MonoTime::max();
};

}  // namespace brokersim::broker
