#include "core/client/pop_acks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/protocol/pop_messages.h"

namespace brokersim::client {
namespace {

constexpr Duration ack_timeout = std::chrono::seconds(3);  // DefaultMQPushConsumerImpl.ASYNC_TIMEOUT

constexpr std::array<std::int64_t, 16> delays_s{10,  30,  60,  120, 180,  240,  300,  360,
                                                420, 480, 540, 600, 1200, 1800, 3600, 7200};

}  // namespace

Millis pop_delay(std::int32_t reconsume_times) {
    const auto level = std::clamp<std::int64_t>(reconsume_times, 0, static_cast<std::int64_t>(delays_s.size()) - 1);
    return Millis(1000 * delays_s[static_cast<std::size_t>(level)]);
}

PopAcks::PopAcks(Host& host, ClientInstance& instance, std::string group)
    : host_(host),
      instance_(instance),
      group_(std::move(group)),
      failures_(host.name("consumer.acknowledgement_failures")) {}

void PopAcks::acknowledge(const std::string& topic, const protocol::PopHandle& handle) {
    send(topic, handle, protocol::AckMessageRequest{});
}

void PopAcks::hide(const std::string& topic, const protocol::PopHandle& handle, Millis after) {
    send(topic, handle, protocol::ChangeInvisibleTimeRequest{.invisible_time = after.count()});
}

template <class Request>
void PopAcks::send(const std::string& topic, const protocol::PopHandle& handle, Request request) {
    const auto master = instance_.replicas(handle.broker).master();
    if (!master) {
        host_.note(note::Counted{failures_, 1});
        return;
    }
    request.consumer_group = group_;
    request.topic = handle.source == protocol::PopSource::retry ? protocol::pop_retry_topic(topic, group_) : topic;
    request.queue_id = handle.queue_id;
    request.extra_info = to_text(handle);
    request.offset = handle.offset;
    instance_.remoting().call(
        *master, std::move(request), ack_timeout,
        [this](const protocol::CallResult& answer) {
            if (!answer || answer->code != 0) host_.note(note::Counted{failures_, 1});
        },
        protocol::CallStyle::async);
}

}  // namespace brokersim::client
