#include "core/broker/revive_log.h"

#include <utility>

#include "core/store/properties.h"

namespace brokersim::broker {
namespace {

constexpr std::int64_t ack_time_interval = 1'000;  // PopAckConstants, ms

}  // namespace

std::string revive_topic_of(const std::string& cluster) { return "rmq_sys_REVIVE_LOG_" + cluster; }

void ReviveLog::put(const PopCheckPoint& point, std::int32_t revive_queue, TimerMessages::PutDone done) {
    timer_.put(message(revive_queue, check_point_tag, unique_key(point), to_json(point)),
               point.revive_time() - ack_time_interval, std::move(done));
}

void ReviveLog::put(const PopAck& ack, std::int32_t revive_queue, std::int64_t revive_time,
                    TimerMessages::PutDone done) {
    timer_.put(message(revive_queue, ack_tag, unique_key(ack), to_json(ack)), revive_time, std::move(done));
}

store::MessageToPut ReviveLog::message(std::int32_t revive_queue, std::string_view tag, const std::string& key,
                                       const std::string& body) const {
    store::MessageToPut message;
    message.topic = Text(topic_);
    message.queue_id = revive_queue;
    message.born_timestamp = epoch_ms(host_.wall_ms());
    message.born_host = address_;
    message.store_host = address_;
    store::append_property(message.properties, store::property::tags, tag);
    store::append_property(message.properties, store::property::uniq_key, key);
    message.body = copy_slice(body);
    return message;
}

}  // namespace brokersim::broker
