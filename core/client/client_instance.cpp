#include "core/client/client_instance.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"

namespace brokersim::client {
namespace {

using protocol::CallResult;
using protocol::Frame;
using protocol::ResponseCode;

constexpr Duration route_lock_timeout = std::chrono::seconds(3);  // MQClientInstance.LOCK_TIMEOUT_MILLIS

/// The route of a topic that is to be made after the example of the default topic.
RoutePtr limited(const protocol::TopicRouteData& route, std::int32_t queues) {
    auto copy = std::make_shared<protocol::TopicRouteData>(route);
    for (auto& data : copy->queues) {
        data.read_queue_nums = std::min(queues, data.read_queue_nums);
        data.write_queue_nums = data.read_queue_nums;
    }
    return copy;
}

}  // namespace

std::uint64_t life_identity(const Host& host) { return mix64(text_identity(host.node_name()) + host.incarnation()); }

ClientInstance::ClientInstance(Host& host, InstanceMember& member, const ClientConfig& config,
                               std::vector<Address> name_servers, bool lasting_name)
    : host_(host),
      member_(member),
      config_(config),
      process_id_(
          static_cast<std::uint16_t>(1 + below(host.draw(Purpose::client_instance, life_identity(host), 0), 32'767))),
      remoting_(host, *this),
      name_servers_(host, remoting_, std::move(name_servers), life_identity(host)) {
    // pid#nanoTime: the virtual machine's own clock begins anywhere.
    const std::uint64_t nanos = below(host.draw(Purpose::client_instance, life_identity(host), 1), 1ULL << 50);
    const std::uint32_t ip = host.address().ip;
    client_id_ = fmt::format("{}.{}.{}.{}@{}", ip >> 24, ip >> 16 & 0xFF, ip >> 8 & 0xFF, ip & 0xFF,
                             lasting_name ? "DEFAULT" : fmt::format("{}#{}", process_id_, nanos));
}

void ClientInstance::start() {
    host_.open_lane(Lane::scheduled, 1);
    running_ = true;
    every(std::chrono::milliseconds(10), config_.pollNameServerInterval, &ClientInstance::update_all_routes);
    every(std::chrono::seconds(1), config_.heartbeatBrokerInterval, &ClientInstance::send_heartbeats);
    every(std::chrono::seconds(10), config_.persistConsumerOffsetInterval, &ClientInstance::persist);
}

void ClientInstance::stop() {
    running_ = false;
    const std::size_t asked = questions_.empty() ? 0 : 1;
    while (questions_.size() > asked) give_up(questions_.back().number);
}

// --- timers ---------------------------------------------------------------------------------------------------------

// scheduleAtFixedRate: the next run is due one period after this one was due, however long this one takes.
void ClientInstance::every(Duration first, Duration period, Periodic run) {
    again(host_.mono_ns() + first, period, run);
}

void ClientInstance::again(MonoTime due, Duration period, Periodic run) {
    const Duration delay = std::max(due - host_.mono_ns(), Duration::zero());
    host_.after(delay, [this, due, period, run] {
        if (!running_) return;
        host_.start(Lane::scheduled, [this, due, period, run](LaneServer server) {
            if (!running_) return;
            again(due + period, period, run);
            (this->*run)(std::move(server));
        });
    });
}

void ClientInstance::update_all_routes(LaneServer server) {
    update_next_route(std::make_shared<std::vector<std::string>>(member_.route_topics()), 0, std::move(server));
}

void ClientInstance::update_next_route(std::shared_ptr<std::vector<std::string>> topics, std::size_t index,
                                       LaneServer server) {
    if (index == topics->size()) return;
    const std::string& topic = (*topics)[index];
    update_route(topic, [this, topics = std::move(topics), index, server = std::move(server)](bool) mutable {
        update_next_route(std::move(topics), index + 1, std::move(server));
    });
}

void ClientInstance::send_heartbeats(LaneServer server) {
    routes_.forget_offline_brokers();
    heartbeat([server = std::move(server)](bool) {});
}

void ClientInstance::persist(LaneServer) { member_.persist_offsets(); }

// --- routes ---------------------------------------------------------------------------------------------------------

void ClientInstance::update_route(const std::string& topic, Callback<void(bool)> done) {
    question({.topic = topic, .default_queues = 0, .number = 0, .gives_up = {}, .done = std::move(done)});
}

void ClientInstance::update_route_by_default_topic(const std::string& topic, std::int32_t queues,
                                                   Callback<void(bool)> done) {
    BROKERSIM_CHECK(queues > 0, "{} queues of {}", queues, topic);
    question({.topic = topic, .default_queues = queues, .number = 0, .gives_up = {}, .done = std::move(done)});
}

// One question at a time, as under lockNamesrv. The first in the list is the one that is being asked.
void ClientInstance::question(RouteQuestion question) {
    if (!running_) {
        question.done(false);
        return;
    }
    question.number = next_question_++;
    const bool must_wait = !questions_.empty();
    if (must_wait)
        question.gives_up = host_.after(route_lock_timeout, [this, number = question.number] { give_up(number); });
    questions_.push_back(std::move(question));
    if (!must_wait) ask_route();
}

void ClientInstance::give_up(std::uint64_t number) {
    const auto late = std::find_if(questions_.begin(), questions_.end(),
                                   [number](const RouteQuestion& waiting) { return waiting.number == number; });
    BROKERSIM_CHECK(late != questions_.end() && late != questions_.begin(), "question {} does not wait", number);
    auto done = std::move(late->done);
    host_.cancel(late->gives_up);
    questions_.erase(late);
    done(false);
}

void ClientInstance::ask_route() {
    RouteQuestion& asked = questions_.front();
    host_.cancel(asked.gives_up);
    name_servers_.ask({.topic = asked.default_queues > 0 ? std::string(default_topic) : asked.topic},
                      config_.mqClientApiTimeout, [this](CallResult answer) {
                          RouteQuestion question = std::move(questions_.front());
                          questions_.pop_front();
                          if (!questions_.empty()) ask_route();
                          take_route(question, std::move(answer));
                      });
}

void ClientInstance::take_route(RouteQuestion& question, CallResult answer) {
    bool changed = false;
    if (answer && answer->code == static_cast<std::int32_t>(ResponseCode::success)) {
        const auto* response = get_if<protocol::GetRouteResponse>(&answer->payload);
        if (response != nullptr && response->route != nullptr) {
            RoutePtr route =
                question.default_queues > 0 ? limited(*response->route, question.default_queues) : response->route;
            changed = routes_.put(question.topic, route);
            if (changed) member_.route_changed(question.topic, route);
        }
    }
    question.done(changed);
}

// --- heartbeats -----------------------------------------------------------------------------------------------------

std::shared_ptr<const protocol::HeartbeatData> ClientInstance::heartbeat_data() const {
    auto data = std::make_shared<protocol::HeartbeatData>();
    data->client_id = client_id_;
    member_.describe(*data);
    return data;
}

void ClientInstance::heartbeat(Callback<void(bool)> done) {
    if (heartbeat_under_way_) {
        done(false);
        return;
    }
    auto data = heartbeat_data();
    const bool masters_only = data->consumers.empty();
    heartbeats_ = {.brokers = routes_.brokers(masters_only), .next = 0, .done = std::move(done)};
    if (heartbeats_.brokers.empty()) {
        auto nobody = std::move(heartbeats_.done);
        nobody(false);
        return;
    }
    heartbeat_under_way_ = true;
    heartbeat_next(std::move(data));
}

void ClientInstance::heartbeat_next(std::shared_ptr<const protocol::HeartbeatData> data) {
    if (heartbeats_.next == heartbeats_.brokers.size()) {
        heartbeat_under_way_ = false;
        auto done = std::move(heartbeats_.done);
        done(true);
        return;
    }
    const Address broker = heartbeats_.brokers[heartbeats_.next++];
    protocol::HeartbeatRequest request{data};
    remoting_.call(broker, std::move(request), config_.mqClientApiTimeout,
                   [this, data = std::move(data)](CallResult) mutable { heartbeat_next(std::move(data)); });
}

// The listener of channel events that MQClientInstance installs: after a reconnect the broker has forgotten this
// client, so it is told at once, and the queues are shared out anew. While other heartbeats are under way (those of
// the start open the connections) it does nothing.
void ClientInstance::on_connection(Address peer, bool open) {
    if (open && !heartbeat_under_way_ && routes_.knows(peer)) heartbeat_new_connection(peer);
}

void ClientInstance::heartbeat_new_connection(Address broker) {
    heartbeat_under_way_ = true;
    remoting_.call(broker, protocol::HeartbeatRequest{heartbeat_data()}, config_.mqClientApiTimeout,
                   [this](CallResult answer) {
                       heartbeat_under_way_ = false;
                       if (answer && answer->code == static_cast<std::int32_t>(ResponseCode::success)) member_.wake();
                   });
}

void ClientInstance::unregister(const std::string& producer_group, const std::string& consumer_group, Task done) {
    auto rounds = std::make_shared<Rounds>();
    rounds->brokers = routes_.brokers(false);
    rounds->done = [done = std::move(done)](bool) mutable { done(); };
    unregister_next(std::move(rounds), {client_id_, producer_group, consumer_group});
}

void ClientInstance::unregister_next(std::shared_ptr<Rounds> rounds, const protocol::UnregisterClientRequest& request) {
    if (rounds->next == rounds->brokers.size()) {
        rounds->done(true);
        return;
    }
    const Address broker = rounds->brokers[rounds->next++];
    remoting_.call(broker, request, config_.mqClientApiTimeout,
                   [this, rounds = std::move(rounds), request](CallResult) mutable {
                       unregister_next(std::move(rounds), request);
                   });
}

// --- pushes ---------------------------------------------------------------------------------------------------------

// ClientRemotingProcessor: whatever the group, the whole instance rebalances.
void ClientInstance::on_push(Address, ConnectionId, Frame&& frame) {
    if (holds_alternative<protocol::NotifyConsumerIdsChanged>(frame.payload)) member_.wake();
}

}  // namespace brokersim::client
