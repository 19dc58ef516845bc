#include "core/client/start_offset.h"

#include <utility>

#include "core/check.h"
#include "core/client/route_table.h"

namespace brokersim::client {
namespace {

using protocol::CallResult;
using protocol::MessageQueue;
using protocol::ResponseCode;

constexpr Duration query_offset_timeout = std::chrono::seconds(5);  // RemoteBrokerOffsetStore
constexpr Duration admin_timeout = std::chrono::seconds(6);         // MQAdminImpl
constexpr std::int64_t half_an_hour_ms = 30 * 60 * 1000;

/// The offset in a successful answer; none otherwise.
std::optional<std::int64_t> offset_in(const CallResult& answer) {
    if (!answer || answer->code != static_cast<std::int32_t>(ResponseCode::success)) return std::nullopt;
    const auto* response = get_if<protocol::OffsetResponse>(&answer->payload);
    if (response == nullptr || response->offset < 0) return std::nullopt;
    return response->offset;
}

protocol::ConsumeFromWhere from_where(const ClientConfig& config) {
    const auto parsed = parse_consume_from_where(config.consumeFromWhere);
    BROKERSIM_CHECK(parsed, "{}", config.consumeFromWhere);
    return *parsed;
}

}  // namespace

StartOffset::StartOffset(QueueOwner& owner, const ClientConfig& config)
    : owner_(owner),
      from_where_(from_where(config)),
      from_timestamp_(parse_consume_timestamp(config.consumeTimestamp)
                          .value_or(epoch_ms(owner.host().wall_ms()) - half_an_hour_ms)) {}

void StartOffset::find(const MessageQueue& queue, Done done) { ask(queue, false, std::move(done)); }

void StartOffset::ask(const MessageQueue& queue, bool refreshed, Done done) {
    if (stopped_) return;
    const auto broker = replica_in(owner_.route(queue.topic), queue.broker, !refreshed);
    if (!broker && !refreshed) {
        owner_.refresh_route(queue.topic,
                             [this, queue, done = std::move(done)]() mutable { ask(queue, true, std::move(done)); });
        return;
    }
    if (!broker) {
        done(std::nullopt);
        return;
    }
    protocol::QueryConsumerOffsetRequest request{owner_.group(), queue.topic, queue.queue_id};
    owner_.remoting().call(
        *broker, std::move(request), query_offset_timeout,
        [this, queue, done = std::move(done)](CallResult answer) mutable {
            if (stopped_) return;
            if (const auto offset = offset_in(answer))
                done(Found{{*offset}, true});
            else if (answer && answer->code == static_cast<std::int32_t>(ResponseCode::query_not_found))
                not_stored(queue, false, std::move(done));
            else
                done(std::nullopt);
        });
}

void StartOffset::not_stored(const MessageQueue& queue, bool refreshed, Done done) {
    if (stopped_) return;
    const bool retry = queue.topic.starts_with(protocol::retry_topic_prefix);
    if (from_where_ == protocol::ConsumeFromWhere::first_offset ||
        (retry && from_where_ == protocol::ConsumeFromWhere::last_offset)) {
        done(Found{{0}, false});
        return;
    }
    const auto broker = replica_in(owner_.route(queue.topic), queue.broker, true);
    if (!broker && !refreshed) {
        owner_.refresh_route(
            queue.topic, [this, queue, done = std::move(done)]() mutable { not_stored(queue, true, std::move(done)); });
        return;
    }
    if (!broker) {
        done(std::nullopt);
        return;
    }
    protocol::Payload request = protocol::GetMaxOffsetRequest{queue.topic, queue.queue_id};
    if (from_where_ == protocol::ConsumeFromWhere::timestamp && !retry)
        request = protocol::SearchOffsetRequest{queue.topic, queue.queue_id, from_timestamp_};
    owner_.remoting().call(*broker, std::move(request), admin_timeout,
                           [this, done = std::move(done)](const CallResult& answer) mutable {
                               if (stopped_) return;
                               const auto offset = offset_in(answer);
                               done(offset ? std::optional(Found{{*offset}, false}) : std::nullopt);
                           });
}

}  // namespace brokersim::client
