#include <algorithm>

#include <fmt/format.h>

#include "scenarios/assignment.h"
#include "scenarios/resolve.h"

/// What a scenario says of groups that a Kafka coordinator manages.
namespace brokersim::scenario {

namespace {

/// Under the consumer protocol the brokers have to know the assignor.
void check_assignor(Section& section, const GroupSpec& group, const kafka::CoordinatorConfig& coordinator) {
    const std::string_view assignor = assignment_of(group).algorithm;
    const auto known = kafka::server_assignors(coordinator);
    if (known && std::ranges::find(*known, assignor) == known->end())
        section.error("assignment", fmt::format("`{}` wants \"{}\" among cluster.broker's group.consumer.assignors",
                                                group.assignment, assignor));
}

/// The coordinator refuses other members, and they give up.
void check_session(Section& section, const GroupSpec& group, const kafka::CoordinatorConfig& coordinator) {
    const Millis session = member_config(group).session_timeout;
    const auto error = [&](const char* side, const char* bound, Millis value) {
        section.error("client",
                      fmt::format("session.timeout.ms ({}) is {} cluster.broker's {} ({}): nobody could join the group",
                                  session.count(), side, bound, value.count()));
    };
    if (session < coordinator.group_min_session_timeout)
        error("below", "group.min.session.timeout.ms", coordinator.group_min_session_timeout);
    if (session > coordinator.group_max_session_timeout)
        error("above", "group.max.session.timeout.ms", coordinator.group_max_session_timeout);
}

/// The brokers say these times to all groups of the consumer protocol.
void warn_of_member_times(Section& section, const GroupSpec& group, Findings& findings) {
    for (const auto& [key, broker_key] : {std::pair{"session.timeout.ms", "group.consumer.session.timeout.ms"},
                                          std::pair{"heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms"}})
        if (group.client.contains(key))
            findings.warning(section.place("client"),
                             fmt::format("`{}` has no effect with `assignment` = \"{}\": cluster.broker's {} decides",
                                         key, group.assignment, broker_key));
}

void warn_of_size(Section& section, const GroupSpec& group, const kafka::CoordinatorConfig& coordinator,
                  Findings& findings) {
    const bool classic = assignment_of(group).protocol == GroupProtocol::kafka_classic;
    const std::int64_t most = classic ? coordinator.group_max_size : coordinator.group_consumer_max_size;
    if (group.consumers > most)
        findings.warning(section.place("consumers"),
                         fmt::format("the coordinator turns {} of {} consumers away: cluster.broker's {} is {}",
                                     group.consumers - most, group.consumers,
                                     classic ? "group.max.size" : "group.consumer.max.size", most));
}

void read_rack(Section& section, const Scenario& scenario, GroupSpec& group, Findings& findings) {
    group.tells_rack = section.word("rack") == "room";
    if (!group.tells_rack) return;
    const std::string_view algorithm = assignment_of(group).algorithm;
    const bool looks_at_racks =
        assignment_of(group).protocol == GroupProtocol::kafka_classic && algorithm != "roundrobin";
    if (scenario.cluster.rooms.empty())
        section.error("rack", "`rack` = \"room\" needs `rooms` under [cluster]");
    else if (!looks_at_racks)
        findings.warning(section.place("rack"),
                         fmt::format("`rack` has no effect: `{}` does not look at racks", group.assignment));
}

}  // namespace

void resolve_membership(Section& section, const Scenario& scenario, GroupSpec& group, Findings& findings) {
    group.static_members = section.word("membership") == "static";
    if (group.static_members && !has_coordinator(group))
        findings.warning(section.place("membership"), "`membership` has no effect: only Kafka's groups have it");
    read_rack(section, scenario, group, findings);
    const kafka::MemberConfig member = member_config(group);
    if (member.heartbeat_interval >= member.session_timeout)
        section.error("client", fmt::format("heartbeat.interval.ms ({}) is not below session.timeout.ms ({})",
                                            member.heartbeat_interval.count(), member.session_timeout.count()));
    if (!has_coordinator(group)) return;
    const kafka::CoordinatorConfig coordinator = coordinator_config(scenario);
    if (assignment_of(group).protocol == GroupProtocol::kafka_classic) {
        check_session(section, group, coordinator);
    } else {
        check_assignor(section, group, coordinator);
        warn_of_member_times(section, group, findings);
    }
    warn_of_size(section, group, coordinator, findings);
}

}  // namespace brokersim::scenario
