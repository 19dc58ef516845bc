#include "core/broker/pop_service.h"

#include <algorithm>
#include <utility>

namespace brokersim::broker {

PopService::PopService(const Surroundings& around, const std::string& cluster, const std::string& broker,
                       Address address, std::function<void(Request&&)> wake)
    : modes(around.host),
      store_(around.store),
      timer_(around.host, around.store, around.costs.timer_per_message),
      log_(around.host, timer_, cluster, address),
      queues_(around.host, log_, around.offsets),
      hold_(around.host, around.config, std::move(wake)),
      pops_({around.host, around.store, around.topics, around.groups, around.offsets, queues_, hold_, around.answers,
             around.server, around.config, around.costs},
            broker, address),
      acks_({around.host, around.store, around.topics, log_, around.answers}, around.costs.small_request),
      assignments_({around.host, around.topics, around.consumers, modes, around.answers}, around.name_servers,
                   around.costs.small_request) {
    for (std::int32_t queue = 0; queue < around.config.reviveQueueNum; ++queue)
        revives_.push_back(std::make_unique<PopRevive>(
            PopRevive::Surroundings{around.host, around.store, around.topics, around.groups, around.offsets, log_,
                                    timer_, around.config, around.costs},
            address, queue));
}

std::expected<void, std::string> PopService::load() {
    if (auto loaded = modes.load(); !loaded) return loaded;
    return timer_.load();
}

void PopService::start() {
    timer_.start();
    for (const auto& revive : revives_) revive->start();
}

void PopService::stop() {
    for (const auto& revive : revives_) revive->stop();
    queues_.stop();
    timer_.stop();
    assignments_.stop();
}

void PopService::arrived(const std::string& topic, std::int32_t queue_id, std::int64_t tags_code) {
    if (topic == timer_topic) {
        timer_.arrived();
    } else if (topic == log_.topic()) {
        if (const auto queue = static_cast<std::size_t>(queue_id); queue < revives_.size()) revives_[queue]->arrived();
    } else {
        hold_.arrived(topic, queue_id, tags_code);
    }
}

bool PopService::idle() const {
    return timer_.idle() && store_.dispatched_offset() >= store_.max_physical_offset() &&
           std::all_of(revives_.begin(), revives_.end(), [](const auto& revive) { return revive->idle(); });
}

}  // namespace brokersim::broker
