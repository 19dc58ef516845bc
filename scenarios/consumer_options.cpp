#include "scenarios/consumer_options.h"

#include "core/client/pop_consumer.h"
#include "core/kafka/assignors/assignors.h"
#include "core/kafka/consumer_member.h"
#include "core/kafka/group_member.h"
#include "scenarios/assignment.h"
#include "scenarios/configs.h"
#include "scenarios/rooms.h"

namespace brokersim::scenario {
namespace {

protocol::ConsumeFromWhere kafka_start(const GroupSpec& group) {
    return group.from == StartFrom::first ? protocol::ConsumeFromWhere::first_offset
                                          : protocol::ConsumeFromWhere::last_offset;
}

std::unique_ptr<client::Ownership> classic_member(client::QueueOwner& owner, const GroupSpec& group, std::int64_t index,
                                                  const std::string& room) {
    std::vector<std::unique_ptr<kafka::Assignor>> assignors;
    assignors.push_back(kafka::make_assignor(assignment_of(group).algorithm));
    kafka::GroupMemberOptions options{.config = member_config(group), .from = kafka_start(group)};
    if (group.tells_rack) {
        options.config.client_rack = room;
        options.rack_of = room_of_broker;
    }
    if (group.static_members) options.config.group_instance_id = fmt::format("{}-{}", group.name, index);
    return std::make_unique<kafka::GroupMember>(owner, std::move(assignors), std::move(options));
}

std::unique_ptr<client::Ownership> consumer_member(client::QueueOwner& owner, const GroupSpec& group) {
    return std::make_unique<kafka::ConsumerMember>(
        owner, kafka::ConsumerMemberOptions{.config = member_config(group),
                                            .server_assignor = std::string(assignment_of(group).algorithm),
                                            .start = {.from = kafka_start(group)}});
}

}  // namespace

client::ConsumerOptions consumer_options(const GroupSpec& group, std::int64_t index, const std::string& room,
                                         std::vector<Address> name_servers,
                                         std::shared_ptr<const client::AllocateStrategy> strategy) {
    client::ConsumerOptions options{.group = group.name,
                                    .subscriptions = {{group.topic}},
                                    .name_servers = std::move(name_servers),
                                    .config = client_config(group)};
    switch (assignment_of(group).protocol) {
        case GroupProtocol::self_assignment:
            options.strategy = std::move(strategy);
            options.broadcasting = group.model == MessageModel::broadcasting;
            options.orderly = group.order == ConsumeOrder::orderly;
            break;
        case GroupProtocol::kafka_classic:
            options.ownership = [&group, index, room](client::QueueOwner& owner) {
                return classic_member(owner, group, index, room);
            };
            break;
        case GroupProtocol::kafka_consumer:
            options.ownership = [&group](client::QueueOwner& owner) { return consumer_member(owner, group); };
            break;
        case GroupProtocol::rocketmq_pop:
            break;
    }
    return options;
}

std::unique_ptr<client::Consumer> make_consumer(Host& host, const GroupSpec& group, client::ConsumerOptions options,
                                                client::MessageListener& listener) {
    if (shares_queues(group)) return std::make_unique<client::PopConsumer>(host, std::move(options), listener);
    return std::make_unique<client::PushConsumer>(host, std::move(options), listener);
}

}  // namespace brokersim::scenario
