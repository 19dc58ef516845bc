#include "core/client/received.h"

#include <algorithm>

#include "core/store/properties.h"

namespace brokersim::client {
namespace {

constexpr std::string_view origin_topic_property = "RETRY_TOPIC";

}  // namespace

bool wants(const protocol::SubscriptionData& subscription, std::string_view properties) {
    if (subscription.tags.empty()) return true;
    const std::string_view tag = store::find_property(properties, store::property::tags);
    return std::find(subscription.tags.begin(), subscription.tags.end(), tag) != subscription.tags.end();
}

ReceivedMessage received(const Slice& bytes, const store::RecordView& record, NameId queue, MonoTime now) {
    ReceivedMessage message{.record = bytes,
                            .topic = record.topic(),
                            .properties = record.properties(),
                            .body = record.body(),
                            .queue = queue,
                            .offset = record.queue_offset(),
                            .physical_offset = record.physical_offset(),
                            .born_timestamp = record.born_timestamp(),
                            .store_timestamp = record.store_timestamp(),
                            .sys_flag = record.sys_flag(),
                            .reconsume_times = record.reconsume_times(),
                            .arrived = now,
                            .submitted = now};
    if (message.topic.starts_with(protocol::retry_topic_prefix)) {
        const std::string_view origin = store::find_property(message.properties, origin_topic_property);
        if (!origin.empty()) message.topic = origin;
    }
    return message;
}

}  // namespace brokersim::client
