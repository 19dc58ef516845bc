#include "core/broker/client_requests.h"

#include "core/broker/names.h"

namespace brokersim::broker {

using protocol::ResponseCode;

void ClientRequests::work(Request request) {
    const Origin& origin = request.origin;
    if (const auto* beat = get_if<protocol::HeartbeatRequest>(&request.payload))
        heartbeat(origin, *beat);
    else
        unregister(origin, get<protocol::UnregisterClientRequest>(request.payload));
}

void ClientRequests::heartbeat(const Origin& origin, const protocol::HeartbeatRequest& request) {
    if (!around_.server.open(origin.connection)) return;  // whoever is gone must not become a member
    BROKERSIM_CHECK(request.data != nullptr, "a heartbeat without data");
    const protocol::HeartbeatData& data = *request.data;
    for (const protocol::ConsumerData& consumer : data.consumers) {
        const SubscriptionGroup* group = around_.groups.find_or_create(consumer.group);
        if (group == nullptr) continue;
        around_.topics.ensure({.topic = retry_topic(consumer.group),
                               .read_queue_nums = group->retry_queue_nums,
                               .write_queue_nums = group->retry_queue_nums});
        around_.consumers.heartbeat(origin.connection, data.client_id, consumer);
    }
    for (const std::string& group : data.producer_groups)
        around_.producers.heartbeat(origin.connection, data.client_id, group);
    around_.housekeeping.heartbeat();
    around_.answers.respond(origin, ResponseCode::success, {});
}

void ClientRequests::unregister(const Origin& origin, const protocol::UnregisterClientRequest& request) {
    if (!request.producer_group.empty()) around_.producers.unregister(origin.connection, request.producer_group);
    if (!request.consumer_group.empty()) around_.consumers.unregister(origin.connection, request.consumer_group);
    around_.answers.respond(origin, ResponseCode::success, {});
}

}  // namespace brokersim::broker
