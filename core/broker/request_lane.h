#pragma once

#include <cstddef>
#include <optional>

#include <boost/circular_buffer.hpp>

#include "core/broker/answers.h"
#include "core/broker/page_cache.h"
#include "core/broker/request.h"
#include "core/host.h"

namespace brokersim::broker {

struct LaneOptions {
    int servers = 1;
    std::size_t capacity = 10'000;  // requests that wait
    /// Fast failure: requests that waited so long are answered "broker busy". Zero: they wait forever.
    Duration max_wait{};
    /// First point of fast failure's 10 ms grid.
    MonoTime first_check{};
    /// The send lane's: requests are turned away while the page cache is busy. Null: no matter.
    const PageCache* page_cache = nullptr;
};

/// A bounded queue of requests in front of a lane's servers (a BrokerFixedThreadPoolExecutor), and what RocketMQ's
/// BrokerFastFailure does to it. The machine grants the servers; the queue is here, where it can be looked into. What
/// is turned away is counted: "broker.busy_timeout", "broker.busy_page_cache", "broker.overload".
class RequestLane {
public:
    /// Opens the lane. `processor`, `answers` and the page cache must outlive this object.
    RequestLane(Host& host, Lane lane, LaneOptions options, Processor& processor, Answers& answers);
    RequestLane(const RequestLane&) = delete;
    RequestLane& operator=(const RequestLane&) = delete;

    /// Queues a request for the next free server; answers SYSTEM_BUSY at once if the queue is full or, on the send
    /// lane, while the page cache is busy.
    void submit(Request&& request);
    /// Drops what waits, unanswered, and everything that is submitted later.
    void close();
    /// Requests that wait for a server.
    std::size_t waiting() const { return queue_.size(); }

private:
    void want_server();
    void arm_check();
    void check();
    void turn_away(const char* label, NameId counter);
    void refuse(const Origin& origin, std::string remark, NameId counter);
    Duration age() const { return host_.mono_ns() - queue_.front().queued; }

    Host& host_;
    Lane lane_;
    LaneOptions options_;
    Processor& processor_;
    Answers& answers_;
    boost::circular_buffer<Request> queue_;
    NameId busy_timeout_;  // counters of refusals, by cause
    NameId busy_page_cache_;
    NameId overload_;
    bool closed_ = false;
    bool server_wanted_ = false;
    bool check_armed_ = false;
};

}  // namespace brokersim::broker
