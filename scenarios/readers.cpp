#include "scenarios/readers.h"

#include <fmt/format.h>

#include "scenarios/nodes.h"

namespace brokersim::scenario {

std::vector<Reader> readers_of(const Scenario& scenario) {
    std::vector<Reader> readers;
    for (std::size_t number = 0; number < scenario.groups.size(); ++number) {
        const GroupSpec& group = scenario.groups[number];
        if (group.model == MessageModel::clustering) {
            readers.push_back({group.name, number, NodeName::all});
            continue;
        }
        const std::int64_t count = total_count({NodeName::Role::consumer, group.name, 0}, scenario);
        for (std::int64_t member = 0; member < count; ++member)
            readers.push_back({fmt::format("{}/{}", group.name, member), number, member});
    }
    return readers;
}

std::vector<std::string> reader_names(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const Reader& reader : readers_of(scenario)) names.push_back(reader.name);
    return names;
}

}  // namespace brokersim::scenario
