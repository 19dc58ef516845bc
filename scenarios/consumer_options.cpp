#include "scenarios/consumer_options.h"

#include "core/check.h"
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

const client::AllocateStrategy* strategy_of(const GroupSpec& group, StrategyPrograms* programs) {
    if (assignment_of(group).protocol != GroupProtocol::self_assignment) return nullptr;
    if (!is_program(group.assignment)) return client::find_strategy(assignment_of(group).algorithm);
    BROKERSIM_CHECK(programs != nullptr, "group {} has no program to ask", group.name);
    return &programs->strategy(group.name, command_of(group.assignment));
}

client::ConsumerOptions consumer_options(const GroupSpec& group, const client::AllocateStrategy* strategy,
                                         std::vector<Address> name_servers) {
    client::ConsumerOptions options{.group = group.name,
                                    .subscriptions = {{group.topic}},
                                    .name_servers = std::move(name_servers),
                                    .config = client_config(group)};
    switch (assignment_of(group).protocol) {
        case GroupProtocol::self_assignment:
            options.other_strategy = strategy;
            break;
        case GroupProtocol::kafka_classic:
            options.ownership = [&group](client::QueueOwner& owner) { return classic_member(owner, group); };
            break;
    }
    return options;
}

}  // namespace brokersim::scenario
