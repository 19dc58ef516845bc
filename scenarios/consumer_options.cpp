#include "scenarios/consumer_options.h"

#include "core/client/pop_consumer.h"
#include "core/kafka/assignors/assignors.h"
#include "core/kafka/group_member.h"
#include "scenarios/assignment.h"
#include "scenarios/configs.h"

namespace brokersim::scenario {
namespace {

protocol::ConsumeFromWhere kafka_start(const GroupSpec& group) {
    return group.from == StartFrom::first ? protocol::ConsumeFromWhere::first_offset
                                          : protocol::ConsumeFromWhere::last_offset;
}

std::unique_ptr<client::Ownership> classic_member(client::QueueOwner& owner, const GroupSpec& group) {
    std::vector<std::unique_ptr<kafka::Assignor>> assignors;
    assignors.push_back(kafka::make_assignor(assignment_of(group).algorithm));
    return std::make_unique<kafka::GroupMember>(
        owner, std::move(assignors),
        kafka::GroupMemberOptions{.config = member_config(group), .from = kafka_start(group)});
}

}  // namespace

client::ConsumerOptions consumer_options(const GroupSpec& group, std::vector<Address> name_servers) {
    client::ConsumerOptions options{.group = group.name,
                                    .subscriptions = {{group.topic}},
                                    .name_servers = std::move(name_servers),
                                    .config = client_config(group)};
    switch (assignment_of(group).protocol) {
        case GroupProtocol::self_assignment:
            options.strategy = assignment_of(group).algorithm;
            break;
        case GroupProtocol::kafka_classic:
            options.ownership = [&group](client::QueueOwner& owner) { return classic_member(owner, group); };
            break;
        case GroupProtocol::rocketmq_pop:
            break;
    }
    return options;
}

std::unique_ptr<client::Consumer> make_consumer(Host& host, const GroupSpec& group, std::vector<Address> name_servers,
                                                client::MessageListener& listener) {
    auto options = consumer_options(group, std::move(name_servers));
    if (shares_queues(group)) return std::make_unique<client::PopConsumer>(host, std::move(options), listener);
    return std::make_unique<client::PushConsumer>(host, std::move(options), listener);
}

}  // namespace brokersim::scenario
