#include "core/broker/ack_processor.h"

#include <utility>

#include <fmt/format.h>

namespace brokersim::broker {

using protocol::AckMessageRequest;
using protocol::ChangeInvisibleTimeRequest;
using protocol::ResponseCode;

namespace {

template <class Message>
PopAck ack_of(const Message& message, const protocol::PopHandle& handle) {
    return {.ack_offset = message.offset,
            .start_offset = handle.start_offset,
            .pop_time = handle.pop_time,
            .queue_id = message.queue_id,
            .topic = message.topic,
            .group = message.consumer_group,
            .broker = handle.broker,
            .ack_offsets = {}};
}

}  // namespace

void AckProcessor::process(Request&& request, LaneServer server) {
    around_.host.owe(cost_);
    if (holds_alternative<AckMessageRequest>(request.payload))
        acknowledge(request, std::move(server));
    else
        change_time(request, std::move(server));
}

template <class Message>
std::expected<protocol::PopHandle, Refusal> AckProcessor::check(const Message& message, Address peer) {
    const Topic* topic = around_.topics.find(message.topic);
    if (topic == nullptr)
        return std::unexpected(Refusal{ResponseCode::topic_not_exist,
                                       fmt::format("topic[{}] not exist, apply first please! ", message.topic)});
    if (message.queue_id < 0 || message.queue_id >= topic->config.read_queue_nums)
        return std::unexpected(Refusal{
            ResponseCode::message_illegal,
            fmt::format("queueId[{}] is illegal, topic:[{}] topicConfig.readQueueNums:[{}] consumer:[{}]",
                        message.queue_id, message.topic, topic->config.read_queue_nums, protocol::to_text(peer))});
    const std::int64_t min = around_.store.min_offset(message.topic, message.queue_id).value;
    const std::int64_t max = around_.store.max_offset(message.topic, message.queue_id).value;
    if (message.offset < min || message.offset > max)
        return std::unexpected(
            Refusal{ResponseCode::no_message, fmt::format("offset is illegal, key:{}@{}, commit:{}, store:{}~{}",
                                                          message.topic, message.queue_id, message.offset, min, max)});
    auto handle = protocol::parse_pop_handle(message.extra_info);
    if (!handle)
        return std::unexpected(
            Refusal{ResponseCode::system_error, fmt::format("\"{}\" is no extraInfo of a pop", message.extra_info)});
    return *std::move(handle);
}

/// An acknowledgement that could not be stored is answered with success all the same, as the real broker does: the
/// message comes again.
void AckProcessor::acknowledge(const Request& request, LaneServer server) {
    const auto& ack = get<AckMessageRequest>(request.payload);
    auto handle = check(ack, request.origin.peer);
    if (!handle) {
        around_.answers.refuse_when_paid(request.origin, std::move(handle.error()));
        return;
    }
    around_.log.put(ack_of(ack, *handle), handle->revive_queue_id, handle->pop_time + handle->invisible_time,
                    [this, origin = request.origin, server = std::move(server)](const store::PutResult&) {
                        around_.answers.respond(origin, ResponseCode::success, {});
                    });
}

/// A check point of its own for the one message, with the new time; then the old one is told to forget it.
void AckProcessor::change_time(const Request& request, LaneServer server) {
    const auto& change = get<ChangeInvisibleTimeRequest>(request.payload);
    auto handle = check(change, request.origin.peer);
    if (!handle) {
        around_.answers.refuse_when_paid(request.origin, std::move(handle.error()));
        return;
    }
    const std::int64_t now = epoch_ms(around_.host.wall_ms());
    const PopCheckPoint point{.start_offset = change.offset,
                              .pop_time = now,
                              .invisible_time = change.invisible_time,
                              .num = 1,
                              .queue_id = change.queue_id,
                              .topic = change.topic,
                              .group = change.consumer_group,
                              .offset_deltas = {0},
                              .broker = handle->broker};
    struct Changing {
        Origin origin;
        LaneServer server;
        PopAck ack;
        protocol::PopHandle handle;
        protocol::ChangeInvisibleTimeResponse response;
    };
    auto changing = std::make_unique<Changing>(Changing{
        request.origin,
        std::move(server),
        ack_of(change, *handle),
        *handle,
        {.pop_time = now, .invisible_time = change.invisible_time, .revive_queue_id = handle->revive_queue_id}});
    around_.log.put(
        point, handle->revive_queue_id, [this, changing = std::move(changing)](const store::PutResult& result) mutable {
            if (!stored(result)) {
                around_.answers.refuse(changing->origin, {ResponseCode::system_error, {}});
                return;
            }
            const protocol::PopHandle& old = changing->handle;
            const std::int64_t old_end = old.pop_time + old.invisible_time;
            const PopAck ack = changing->ack;
            const std::int32_t revive_queue = old.revive_queue_id;
            around_.log.put(ack, revive_queue, old_end, [this, done = std::move(changing)](const store::PutResult&) {
                around_.answers.respond(done->origin, ResponseCode::success, {}, done->response);
            });
        });
}

}  // namespace brokersim::broker
