#include "core/kafka/consumer_group_topics.h"

#include <algorithm>

namespace brokersim::kafka {
namespace {

constexpr Duration look_interval = std::chrono::seconds(1);
constexpr Duration answer_timeout = std::chrono::seconds(3);

}  // namespace

RouteTopics::RouteTopics(Host& host, std::vector<Address> name_servers)
    : host_(host),
      remoting_(host, *this),
      name_servers_(host, remoting_, std::move(name_servers), text_identity(host.node_name())) {}

GroupTopics::Queues RouteTopics::queues(const std::string& topic) const {
    const auto found = topics_.find(topic);
    return found == topics_.end() ? Queues() : found->second.queues;
}

bool RouteTopics::looked_for(const std::vector<std::string>& topics) const {
    return std::ranges::all_of(topics, [this](const std::string& name) {
        const auto found = topics_.find(name);
        return found != topics_.end() && found->second.watched && found->second.looked_for;
    });
}

void RouteTopics::watch(const std::vector<std::string>& topics, Task then) {
    Waiting waiting;
    for (const std::string& name : topics) {
        Topic& topic = topics_[name];
        topic.watched = true;
        if (!topic.looked_for) waiting.topics.insert(name);
    }
    if (stopped_) return;
    if (waiting.topics.empty()) return host_.soon(std::move(then));
    const std::set<std::string> missing = waiting.topics;
    waiting.then = std::move(then);
    waiting_.push_back(std::move(waiting));
    for (const std::string& name : missing) ask(name);
    ask_all_later();
}

void RouteTopics::remember(const std::string& topic, const std::string& broker, std::int32_t queues) {
    topics_[topic].queues.try_emplace(broker, queues);
}

void RouteTopics::stop() {
    stopped_ = true;
    host_.cancel(timer_);
    waiting_.clear();
    remoting_.close_all();
}

void RouteTopics::ask(const std::string& name) {
    Topic& topic = topics_[name];
    if (topic.asking) return;
    topic.asking = true;
    name_servers_.ask({name}, answer_timeout, [this, name](const protocol::CallResult& result) {
        if (!stopped_) answered(name, result);
    });
}

void RouteTopics::answered(const std::string& name, const protocol::CallResult& result) {
    Topic& topic = topics_[name];
    topic.asking = false;
    topic.looked_for = true;
    const auto* response = result ? get_if<protocol::GetRouteResponse>(&result->payload) : nullptr;
    if (response != nullptr && response->route) {
        const Queues before = topic.queues;
        for (const protocol::QueueData& data : response->route->queues) {
            const bool readable = (data.perm & protocol::perm::read) != 0;
            topic.queues[data.broker] = readable ? data.read_queue_nums : 0;
        }
        if (topic.queues != before && changed_) changed_(name);
    }
    std::vector<Task> ready;
    for (Waiting& waiting : waiting_) {
        waiting.topics.erase(name);
        if (waiting.topics.empty()) ready.push_back(std::move(waiting.then));
    }
    std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.topics.empty(); });
    for (Task& then : ready) then();
}

void RouteTopics::ask_all_later() {
    if (asking_later_) return;
    asking_later_ = true;
    timer_ = host_.after(look_interval, [this] {
        asking_later_ = false;
        for (const auto& [name, topic] : topics_)
            if (topic.watched) ask(name);
        ask_all_later();
    });
}

}  // namespace brokersim::kafka
