#include "core/broker/assignment_requests.h"

#include <algorithm>
#include <utility>

namespace brokersim::broker {

using protocol::QueryAssignmentRequest;
using protocol::RequestMode;
using protocol::ResponseCode;

namespace {

constexpr Duration route_interval = Millis(30'000);  // loadBalancePollNameServerInterval
constexpr Duration route_timeout = Millis(3'000);

/// The strategy that a client names as RocketMQ's classes do; null for those that a broker does not have.
const client::AllocateStrategy* strategy_of(std::string_view real_name) {
    for (const char* name : {"averagely", "averagely-by-circle"})
        if (const auto* strategy = client::find_strategy(name); strategy->real_name() == real_name) return strategy;
    return nullptr;
}

}  // namespace

std::expected<client::Queues, std::string> allocate_for_pop(const client::AllocateStrategy& strategy,
                                                            std::string_view client_id, const client::Queues& queues,
                                                            const client::ClientIds& members, std::int32_t share_num) {
    const auto count = static_cast<std::int32_t>(members.size());
    client::Queues shared;
    if (share_num <= 0 || share_num >= count - 1) {
        for (const auto& queue : queues) shared.push_back({queue.topic, queue.broker, protocol::any_queue});
        shared.erase(std::unique(shared.begin(), shared.end()), shared.end());
        return shared;
    }
    const auto own = std::find(members.begin(), members.end(), client_id);
    auto place = static_cast<std::size_t>(own - members.begin());
    if (members.size() > queues.size()) {
        if (queues.empty()) return std::unexpected("mqAll is null or mqAll empty");
        if (own != members.end()) shared.push_back(queues[place % queues.size()]);
        return shared;
    }
    auto allocated = strategy.allocate(client_id, queues, members);
    if (!allocated || own == members.end()) return allocated;
    shared = *std::move(allocated);
    for (std::int32_t i = 0; i < share_num; ++i) {
        place = (place + 1) % members.size();
        auto next = strategy.allocate(members[place], queues, members);
        if (!next) return next;
        shared.insert(shared.end(), next->begin(), next->end());
    }
    std::sort(shared.begin(), shared.end());
    shared.erase(std::unique(shared.begin(), shared.end()), shared.end());
    return shared;
}

AssignmentRequests::AssignmentRequests(const Surroundings& around, std::vector<Address> name_servers, Duration cost)
    : SmallRequests(around.host, cost),
      around_(around),
      any_name_server_(!name_servers.empty()),
      remoting_(around.host, *this) {
    if (any_name_server_)
        name_servers_.emplace(around.host, remoting_, std::move(name_servers),
                              mix64(text_identity(around.host.node_name()) + around.host.incarnation()));
}

void AssignmentRequests::stop() {
    stopped_ = true;
    around_.host.cancel(timer_);
    remoting_.close_all();
}

void AssignmentRequests::work(Request request) {
    if (const auto* mode = get_if<protocol::SetRequestModeRequest>(&request.payload))
        set_mode(request.origin, *mode);
    else
        query(request.origin, get<QueryAssignmentRequest>(request.payload));
}

void AssignmentRequests::set_mode(const Origin& origin, const protocol::SetRequestModeRequest& request) {
    if (request.topic.starts_with(protocol::retry_topic_prefix)) {
        around_.answers.refuse(origin, {ResponseCode::no_permission, "retry topic is not allowed to set mode"});
        return;
    }
    around_.modes.put(request);
    around_.answers.respond(origin, ResponseCode::success, {});
}

void AssignmentRequests::query(const Origin& origin, const QueryAssignmentRequest& request) {
    const auto known = routes_.find(request.topic);
    if (known != routes_.end() && known->second != nullptr) {
        answer(origin, request);
        return;
    }
    if (routes_.empty() && any_name_server_) timer_ = around_.host.after(route_interval, [this] { ask_again(); });
    routes_.try_emplace(request.topic);
    ask_route(request.topic, [this, origin, request] { answer(origin, request); });
}

void AssignmentRequests::ask_route(const std::string& topic, Task done) {
    if (!name_servers_ || stopped_) {
        done();
        return;
    }
    name_servers_->ask({topic}, route_timeout,
                       [this, topic, done = std::move(done)](protocol::CallResult answer) mutable {
                           const auto* found = answer ? get_if<protocol::GetRouteResponse>(&answer->payload) : nullptr;
                           if (found != nullptr && found->route != nullptr) routes_[topic] = found->route;
                           if (!stopped_) done();
                       });
}

void AssignmentRequests::ask_again() {
    if (stopped_) return;
    timer_ = around_.host.after(route_interval, [this] { ask_again(); });
    for (const auto& [topic, route] : routes_) ask_route(topic, [] {});
}

void AssignmentRequests::answer(const Origin& origin, const QueryAssignmentRequest& request) {
    around_.answers.respond(origin, ResponseCode::success, {}, assign(request));
}

protocol::QueryAssignmentResponse AssignmentRequests::assign(const QueryAssignmentRequest& request) const {
    const auto route = routes_.find(request.topic);
    if (route == routes_.end() || route->second == nullptr) return {};
    client::Queues queues = client::sorted_queues(request.topic, *route->second).queues;
    const auto* set = around_.modes.find(request.topic, request.consumer_group);
    const RequestMode mode = set == nullptr ? RequestMode::pull : set->mode;
    if (request.message_model == protocol::MessageModel::clustering) {
        const ConsumerGroup* group = around_.consumers.find(request.consumer_group);
        const client::AllocateStrategy* strategy = strategy_of(request.strategy_name);
        if (group == nullptr || strategy == nullptr) return {};
        const auto list = group->members();
        const client::ClientIds& members = client::sorted_client_ids(*list).ids;
        auto allocated = mode == RequestMode::pop
                             ? allocate_for_pop(*strategy, request.client_id, queues, members, set->pop_share_queue_num)
                             : strategy->allocate(request.client_id, queues, members);
        if (!allocated) return {};
        queues = *std::move(allocated);
    }
    auto assignments = std::make_shared<std::vector<protocol::QueueAssignment>>();
    for (auto& queue : queues) assignments->push_back({std::move(queue), mode});
    return {std::move(assignments)};
}

}  // namespace brokersim::broker
