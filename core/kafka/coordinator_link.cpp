#include "core/kafka/coordinator_link.h"

#include <algorithm>
#include <set>

namespace brokersim::kafka {

CoordinatorLink::CoordinatorLink(client::QueueOwner& owner, const MemberConfig& config, Callback<void()> found)
    : owner_(owner),
      host_(owner.host()),
      config_(config),
      found_(std::move(found)),
      remoting_(host_, *this, {.connect_timeout = config.socket_connection_setup_timeout, .close_on_timeout = true}) {}

void CoordinatorLink::ensure(Task then) {
    if (closed_) return;
    if (coordinator_) return then();
    waiting_.push_back(std::move(then));
    look_up();
}

void CoordinatorLink::mark_unknown() {
    if (!coordinator_ || closed_) return;
    coordinator_.reset();
    ++epoch_;
    ++failures_;
    remoting_.close_all();
    if (failures_ == 1)
        look_up();
    else
        look_up_later(backoff(failures_ - 2));
}

void CoordinatorLink::close() {
    closed_ = true;
    coordinator_.reset();
    ++epoch_;
    waiting_.clear();
    host_.cancel(look_up_timer_);
    remoting_.close_all();
}

Duration CoordinatorLink::backoff(std::int64_t n) {
    Duration wait = config_.retry_backoff;
    for (; n > 0 && wait < config_.retry_backoff_max; --n) wait *= 2;
    wait = std::min<Duration>(wait, config_.retry_backoff_max);
    const std::uint64_t draw = host_.draw(Purpose::backoff_jitter, text_identity(owner_.client_id()), draws_++);
    return wait * 8 / 10 + Duration(below(draw, static_cast<std::uint64_t>(wait.count() * 4 / 10)));
}

void CoordinatorLink::on_connection(Address peer, bool open) {
    if (!open && coordinator_ == peer) mark_unknown();
}

/// Asks any broker, unless that is already under way or waits for its turn.
void CoordinatorLink::look_up() {
    if (coordinator_ || looking_up_ || closed_) return;
    looking_up_ = true;
    const std::vector<Address> known = brokers();
    if (known.empty()) return looked_up(std::unexpected(protocol::CallError::connect_failed));
    const std::uint64_t draw = host_.draw(Purpose::pick_broker, text_identity(owner_.client_id()), draws_++);
    owner_.remoting().call(known[below(draw, known.size())], FindCoordinatorRequest{owner_.group()},
                           config_.request_timeout, [this](protocol::CallResult result) { looked_up(result); });
}

void CoordinatorLink::looked_up(const protocol::CallResult& result) {
    looking_up_ = false;
    if (closed_) return;
    const auto* response = result ? get_if<FindCoordinatorResponse>(&result->payload) : nullptr;
    if (response == nullptr || response->error != Error::none) {
        for (const std::string& topic : owner_.topics()) owner_.refresh_route(topic, [] {});
        look_up_later(backoff(failures_++));
        return;
    }
    coordinator_ = response->address;
    found_();
    for (Task& then : std::exchange(waiting_, {})) then();
}

void CoordinatorLink::look_up_later(Duration delay) {
    looking_up_ = true;
    look_up_timer_ = host_.after(delay, [this] {
        looking_up_ = false;
        look_up();
    });
}

/// Masters of the brokers that hold the subscribed topics, as far as routes are known.
std::vector<Address> CoordinatorLink::brokers() const {
    std::set<Address> masters;
    for (const std::string& topic : owner_.topics())
        if (const auto route = owner_.route(topic))
            for (const protocol::BrokerData& broker : route->brokers)
                if (auto master = broker.addresses.find(protocol::master_id); master != broker.addresses.end())
                    masters.insert(master->second);
    return {masters.begin(), masters.end()};
}

}  // namespace brokersim::kafka
