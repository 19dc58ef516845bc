#include "core/broker/registration.h"

#include <algorithm>
#include <utility>

namespace brokersim::broker {

namespace {
constexpr Duration first_period = Millis(10'000);
constexpr Duration shortest_period = Millis(10'000);
constexpr Duration longest_period = Millis(60'000);
constexpr Duration farewell_timeout = Millis(3'000);
}  // namespace

Registration::Registration(Host& host, Broker broker, std::vector<Address> name_servers, TopicTable& topics,
                           const BrokerConfig& config)
    : host_(host),
      broker_(std::move(broker)),
      name_servers_(std::move(name_servers)),
      topics_(topics),
      config_(config),
      client_(host, *this) {}

void Registration::start() {
    running_ = true;
    register_all();
    next_in(first_period);
}

void Registration::announce() {
    if (!running_) return;
    for (Address name_server : name_servers_) client_.send_one_way(name_server, request());
}

void Registration::stop(Task done) {
    running_ = false;
    host_.cancel(timer_);
    if (name_servers_.empty()) {
        done();
        return;
    }
    stopped_ = std::move(done);
    farewells_ = name_servers_.size();
    for (Address name_server : name_servers_)
        client_.call(name_server,
                     protocol::UnregisterBrokerRequest{broker_.cluster, broker_.name, broker_.address, broker_.id},
                     farewell_timeout, [this](protocol::CallResult) {
                         if (--farewells_ > 0) return;
                         // Not from within the client's callback: the calls that it still holds end here.
                         host_.soon([this] {
                             client_.close_all();
                             stopped_();
                         });
                     });
}

/// A name server that does not answer learns of the broker at the next round.
void Registration::register_all() {
    for (Address name_server : name_servers_)
        client_.call(name_server, request(), config_.registerBrokerTimeoutMills, [](protocol::CallResult) {});
}

protocol::RegisterBrokerRequest Registration::request() const {
    return {.cluster = broker_.cluster,
            .broker = broker_.name,
            .address = broker_.address,
            .broker_id = broker_.id,
            .ha_server = broker_.ha_server,
            .heartbeat_timeout_ms = 0,
            .data_version = topics_.version(),
            .topics = topics_.registered()};
}

void Registration::next_in(Duration delay) {
    timer_ = host_.after(delay, [this] {
        register_all();
        next_in(std::clamp<Duration>(config_.registerNameServerPeriod, shortest_period, longest_period));
    });
}

}  // namespace brokersim::broker
