#include "reports/scenario_text.h"

#include <fmt/format.h>

#include "reports/numbers.h"

namespace brokersim::report {
namespace {

std::string members_text(const scenario::GroupSpec& group) {
    return fmt::format("{} consumers with {} threads each{}", group.consumers, group.threads,
                       group.order == scenario::ConsumeOrder::orderly ? ", in order," : "");
}

/// Of the default nothing is said.
std::string engine_text(const scenario::ClusterSpec& cluster) {
    return cluster.engine == scenario::ClusterSpec{}.engine ? "" : fmt::format(" ({})", cluster.engine);
}

std::string machine_text(const scenario::SharedMachine& machine) {
    std::string nodes;
    for (const scenario::NodeName& node : machine.nodes)
        nodes += fmt::format("{}{}", nodes.empty() ? "" : ", ", node.text());
    return fmt::format("machine {}: {} together\n", machine.name, nodes);
}

std::string group_text(std::span<const NamedScenario> variants, std::size_t number) {
    const scenario::GroupSpec& group = variants.front().scenario->groups[number];
    const std::string members = members_text(group);
    std::string text = fmt::format("group {}: {} on topic {}", group.name, members, group.topic);
    for (const NamedScenario& variant : variants)
        if (const std::string other = members_text(variant.scenario->groups[number]); other != members)
            text += fmt::format("; {}: {}", variant.variant, other);
    return text + '\n';
}

}  // namespace

std::string scenario_text(std::span<const NamedScenario> variants, const std::string& runs) {
    const scenario::Scenario& s = *variants.front().scenario;
    std::string text = fmt::format("{}: {}\n", s.name, s.about);
    text += fmt::format(
        "{}, {} of load, then at most {} to drain; {} name server{}, {} broker{} of {}{}, {} cores and {} each\n", runs,
        duration_text(s.duration.count()), duration_text(s.drain.count()), s.cluster.name_servers,
        s.cluster.name_servers == 1 ? "" : "s", s.cluster.brokers, s.cluster.brokers == 1 ? "" : "s", s.cluster.release,
        engine_text(s.cluster), s.hardware.cores, bytes_text(s.hardware.memory));
    for (const auto& machine : s.machines) text += machine_text(machine);
    for (const auto& topic : s.topics) {
        text += fmt::format("topic {}: {} queues on each broker", topic.name, topic.queues);
        if (topic.backlog > 0) text += fmt::format(", {} messages waiting at the start", count_text(topic.backlog));
        text += '\n';
    }
    for (const auto& producer : s.producers)
        text += fmt::format("producer.{}: {} of them, {} together\n", producer.name, producer.count,
                            rate_text(producer.rate));
    for (std::size_t number = 0; number < s.groups.size(); ++number) text += group_text(variants, number);
    return text;
}

}  // namespace brokersim::report
