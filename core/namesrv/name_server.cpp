#include "core/namesrv/name_server.h"

#include <deque>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "core/namesrv/route_table.h"
#include "core/protocol/codec.h"
#include "core/protocol/remoting.h"

namespace brokersim::namesrv {

namespace {

using protocol::Frame;
using protocol::FrameKind;
using protocol::ResponseCode;

std::string unknown_topic(const std::string& topic) {
    return fmt::format(
        "No topic route info in name server for the topic: {}\n"
        "See https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.",
        topic);
}

/// One request that waits for a server of its lane.
struct Request {
    ConnectionId connection;
    Frame frame;
};

struct LaneQueue {
    Lane lane;
    std::size_t capacity;
    std::deque<Request> waiting;
};

}  // namespace

struct NameServer::Parts final : protocol::ServerEvents {
    Parts(Host& its_host, NameServerConfig its_config, NameServerCosts its_costs)
        : host(its_host),
          config(std::move(its_config)),
          costs(its_costs),
          server(its_host, *this),
          table(config.deleteTopicWithBrokerRegistration),
          route_queue{Lane::route, static_cast<std::size_t>(config.clientRequestThreadPoolQueueCapacity), {}},
          registration_queue{Lane::registration, static_cast<std::size_t>(config.defaultThreadPoolQueueCapacity), {}},
          expired(its_host.name("namesrv.brokers_expired")) {}

    void on_request(ConnectionId id, Frame&& frame) override {
        const bool route = holds_alternative<protocol::GetRouteRequest>(frame.payload);
        submit(route ? route_queue : registration_queue, {id, std::move(frame)});
    }

    /// RocketMQ queues the unregistration and applies it at once, in a thread of its own.
    void on_connection_closed(ConnectionId id) override { table.connection_lost(id); }

    void submit(LaneQueue& queue, Request&& request) {
        if (queue.waiting.size() >= queue.capacity) {
            host.note(note::Refused{code_of(request.frame), static_cast<std::int32_t>(ResponseCode::system_busy)});
            respond(request.connection, request.frame, ResponseCode::system_busy,
                    "[OVERLOAD]system busy, start flow control for a while");
            return;
        }
        queue.waiting.push_back(std::move(request));
        host.start(queue.lane, [this, &queue](LaneServer) {
            if (closed) return;
            Request next = std::move(queue.waiting.front());
            queue.waiting.pop_front();
            process(std::move(next));
        });
    }

    /// Runs up the costs of a request; what others can see of it comes when they are paid.
    void process(Request&& request) {
        host.owe(cost_of(request.frame));
        host.paid([this, paid_request = std::move(request)] {
            if (closed) return;
            carry_out(paid_request);
        });
    }

    Duration cost_of(const Frame& frame) const {
        if (const auto* registration = get_if<protocol::RegisterBrokerRequest>(&frame.payload)) {
            BROKERSIM_CHECK(registration->topics != nullptr, "a registration without topics");
            return costs.registration +
                   costs.registration_per_topic * static_cast<std::int64_t>(registration->topics->size());
        }
        if (holds_alternative<protocol::UnregisterBrokerRequest>(frame.payload)) return costs.unregistration;
        return costs.route;
    }

    void carry_out(const Request& request) {
        const auto& payload = request.frame.payload;
        if (const auto* asked = get_if<protocol::GetRouteRequest>(&payload))
            answer_route(request, asked->topic);
        else if (const auto* registration = get_if<protocol::RegisterBrokerRequest>(&payload))
            take_registration(request, *registration);
        else if (const auto* farewell = get_if<protocol::UnregisterBrokerRequest>(&payload))
            take_farewell(request, *farewell);
        else
            respond(request.connection, request.frame, ResponseCode::request_code_not_supported,
                    fmt::format(" request type {} not supported", code_of(request.frame)));
    }

    void answer_route(const Request& request, const std::string& topic) {
        if (config.needWaitForService &&
            host.wall_ms() - started_at < std::chrono::seconds(config.waitSecondsForService)) {
            respond(request.connection, request.frame, ResponseCode::system_error, "name server not ready");
            return;
        }
        if (auto route = table.route(topic))
            respond(request.connection, request.frame, ResponseCode::success, {},
                    protocol::GetRouteResponse{std::move(route)});
        else
            respond(request.connection, request.frame, ResponseCode::topic_not_exist, unknown_topic(topic));
    }

    void take_registration(const Request& request, const protocol::RegisterBrokerRequest& registration) {
        // Even if its connection has gone meanwhile: the broker is then known until it expires, as in RocketMQ.
        auto answer = table.add(registration, request.connection, host.wall_ms());
        if (answer)
            respond(request.connection, request.frame, ResponseCode::success, {}, std::move(*answer));
        else
            respond(request.connection, request.frame, ResponseCode::system_error, "register broker failed");
        arm_scan();
    }

    void take_farewell(const Request& request, const protocol::UnregisterBrokerRequest& farewell) {
        table.remove(farewell);
        respond(request.connection, request.frame, ResponseCode::success, {});
    }

    /// Scans stand on a grid that began with the start; they are left out while no broker is registered. They go by the
    /// wall clock, as the real ones do: a jump of it can expire a broker.
    void arm_scan() {
        if (closed || scan_armed || table.empty()) return;
        scan_armed = true;
        const Duration interval = config.scanNotActiveBrokerInterval;
        const Duration age = host.mono_ns() - grid_start;
        host.after(interval - age % interval, [this] {
            scan_armed = false;
            if (closed) return;
            for (ConnectionId id : table.expire(host.wall_ms())) {
                host.note(note::Counted{expired, 1});
                server.close(id);
            }
            arm_scan();
        });
    }

    static std::int32_t code_of(const Frame& frame) {
        const auto code = protocol::request_code(frame.payload);
        return code ? static_cast<std::int32_t>(*code) : 0;
    }

    void respond(ConnectionId id, const Frame& asked, ResponseCode code, std::string remark,
                 protocol::Payload payload = protocol::Empty{}) {
        if (asked.kind == FrameKind::one_way) return;
        server.respond(id, asked.opaque, code, std::move(remark), std::move(payload));
    }

    Host& host;
    const NameServerConfig config;
    const NameServerCosts costs;
    protocol::RemotingServer server;
    RouteTable table;
    LaneQueue route_queue;
    LaneQueue registration_queue;
    NameId expired;
    WallTime started_at;
    MonoTime grid_start;
    bool scan_armed = false;
    bool closed = false;
};

NameServer::NameServer(Host& host, NameServerConfig config, NameServerCosts costs)
    : parts_(std::make_unique<Parts>(host, std::move(config), costs)) {}

NameServer::~NameServer() = default;

void NameServer::start() {
    Parts& parts = *parts_;
    parts.started_at = parts.host.wall_ms();
    parts.grid_start = parts.host.mono_ns();
    parts.host.open_lane(Lane::route, static_cast<int>(parts.config.clientRequestThreadPoolNums));
    parts.host.open_lane(Lane::registration, static_cast<int>(parts.config.defaultThreadPoolNums));
    parts.server.listen(static_cast<std::uint16_t>(parts.config.listenPort));
}

void NameServer::shutdown(Task done) {
    parts_->closed = true;
    parts_->server.close_all();
    done();
}

}  // namespace brokersim::namesrv
