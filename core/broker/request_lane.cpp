#include "core/broker/request_lane.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/broker/tick.h"

namespace brokersim::broker {

namespace {
constexpr Duration check_interval = Millis(10);
constexpr std::size_t first_capacity = 16;
}  // namespace

RequestLane::RequestLane(Host& host, Lane lane, LaneOptions options, Processor& processor, Answers& answers)
    : host_(host),
      lane_(lane),
      options_(options),
      processor_(processor),
      answers_(answers),
      queue_(std::min(first_capacity, options.capacity)),
      busy_timeout_(host.name("broker.busy_timeout")),
      busy_page_cache_(host.name("broker.busy_page_cache")),
      overload_(host.name("broker.overload")) {
    BROKERSIM_CHECK(options_.capacity > 0, "a lane without a queue");
    host_.open_lane(lane, options_.servers);
}

void RequestLane::submit(Request&& request) {
    if (closed_) return;
    if (options_.page_cache != nullptr && options_.page_cache->refuses()) {
        refuse(request.origin, "[REJECTREQUEST]system busy, start flow control for a while", busy_page_cache_);
        return;
    }
    if (queue_.size() >= options_.capacity) {
        refuse(request.origin, "[OVERLOAD]system busy, start flow control for a while", overload_);
        return;
    }
    if (queue_.full()) queue_.set_capacity(std::min(queue_.capacity() * 2, options_.capacity));
    request.queued = host_.mono_ns();
    queue_.push_back(std::move(request));
    want_server();
    arm_check();
}

void RequestLane::close() {
    closed_ = true;
    queue_.clear();
}

/// One server is asked for at a time: whoever gets it takes the oldest request and asks for the next server.
void RequestLane::want_server() {
    if (server_wanted_ || queue_.empty()) return;
    server_wanted_ = true;
    host_.start(lane_, [this](LaneServer server) {
        server_wanted_ = false;
        if (queue_.empty()) return;  // fast failure has answered what waited
        Request request = std::move(queue_.front());
        queue_.pop_front();
        want_server();
        processor_.process(std::move(request), std::move(server));
    });
}

/// Arms the check for the first point of the grid at which it could find something. While a check is armed it is early
/// enough for whatever comes later: younger requests expire later, and a lock that is taken later is busy later.
void RequestLane::arm_check() {
    if (check_armed_ || queue_.empty() || options_.max_wait == Duration::zero()) return;
    const MonoTime now = host_.mono_ns();
    MonoTime earliest = queue_.front().queued + options_.max_wait;
    if (options_.page_cache != nullptr) earliest = std::min(earliest, now + options_.page_cache->until_busy());
    check_armed_ = true;
    host_.after(next_tick(options_.first_check, check_interval, std::max(earliest, now + Duration(1))) - now,
                [this] { check(); });
}

void RequestLane::check() {
    check_armed_ = false;
    while (!queue_.empty() && options_.page_cache != nullptr && options_.page_cache->busy())
        turn_away("PCBUSY_CLEAN_QUEUE", busy_page_cache_);
    while (!queue_.empty() && age() >= options_.max_wait) turn_away("TIMEOUT_CLEAN_QUEUE", busy_timeout_);
    arm_check();
}

void RequestLane::turn_away(const char* label, NameId counter) {
    const std::int64_t waited_ms = age() / Millis(1);
    const Origin origin = queue_.front().origin;
    queue_.pop_front();
    refuse(origin,
           fmt::format("[{}]broker busy, start flow control for a while, period in queue: {}ms, size of queue: {}",
                       label, waited_ms, queue_.size()),
           counter);
}

void RequestLane::refuse(const Origin& origin, std::string remark, NameId counter) {
    host_.note(note::Counted{counter, 1});
    answers_.refuse(origin, {protocol::ResponseCode::system_busy, std::move(remark)});
}

}  // namespace brokersim::broker
