#include "reports/scenario_text.h"

#include <fmt/format.h>

#include "reports/numbers.h"

namespace brokersim::report {
namespace {

std::string members_text(const scenario::GroupSpec& group) {
    return fmt::format("{} with {}{}{}", count_text(group.consumers, "consumer"), count_text(group.threads, "thread"),
                       group.consumers == 1 ? "" : " each",
                       group.order == scenario::ConsumeOrder::orderly        ? ", in order,"
                       : group.model == scenario::MessageModel::broadcasting ? ", every one for itself,"
                                                                             : "");
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
    text += fmt::format("{}, {} of load, then at most {} to drain; {}, {} of {}{}, {} and {} each\n", runs,
                        duration_text(s.duration.count()), duration_text(s.drain.count()),
                        count_text(s.cluster.name_servers, "name server"), count_text(s.cluster.brokers, "broker"),
                        s.cluster.release, engine_text(s.cluster), count_text(s.hardware.cores, "core"),
                        bytes_text(s.hardware.memory));
    for (const auto& machine : s.machines) text += machine_text(machine);
    for (const auto& topic : s.topics) {
        text += fmt::format("topic {}: {} on each broker", topic.name, count_text(topic.queues, "queue"));
        if (topic.backlog > 0) text += fmt::format(", {} waiting at the start", count_text(topic.backlog, "message"));
        text += '\n';
    }
    for (const auto& producer : s.producers)
        text += producer.count == 1 ? fmt::format("producer.{}: {}\n", producer.name, rate_text(producer.rate))
                                    : fmt::format("producer.{}: {} of them, {} together\n", producer.name,
                                                  producer.count, rate_text(producer.rate));
    for (std::size_t number = 0; number < s.groups.size(); ++number) text += group_text(variants, number);
    return text;
}

}  // namespace brokersim::report
