#include "core/kafka/start_position.h"

#include <utility>

namespace brokersim::kafka {
namespace {

std::optional<Address> master_of(const client::QueueOwner& owner, const protocol::MessageQueue& queue) {
    if (const auto route = owner.route(queue.topic))
        for (const protocol::BrokerData& data : route->brokers)
            if (auto master = data.addresses.find(protocol::master_id);
                data.broker == queue.broker && master != data.addresses.end())
                return master->second;
    return std::nullopt;
}

protocol::Payload question(const protocol::MessageQueue& queue, const StartPosition& start) {
    if (start.from == protocol::ConsumeFromWhere::last_offset)
        return protocol::GetMaxOffsetRequest{queue.topic, queue.queue_id};
    if (start.from == protocol::ConsumeFromWhere::first_offset)
        return protocol::GetMinOffsetRequest{queue.topic, queue.queue_id};
    return protocol::SearchOffsetRequest{queue.topic, queue.queue_id, start.timestamp};
}

}  // namespace

void ask_start(client::QueueOwner& owner, const protocol::MessageQueue& queue, const StartPosition& start,
               Duration timeout, Callback<void(std::optional<QueueOffset>)> done) {
    const auto broker = master_of(owner, queue);
    if (!broker) return done(std::nullopt);
    owner.remoting().call(*broker, question(queue, start), timeout,
                          [done = std::move(done)](const protocol::CallResult& result) mutable {
                              const auto* found = result ? get_if<protocol::OffsetResponse>(&result->payload) : nullptr;
                              done(found == nullptr ? std::nullopt : std::optional(QueueOffset{found->offset}));
                          });
}

}  // namespace brokersim::kafka
