#include <functional>

#include "core/broker/broker.h"
#include "scenarios/stage.h"
#include "sim/files.h"

namespace brokersim::scenario {

std::vector<BrokerFiles> Stage::broker_files() {
    std::vector<BrokerFiles> all;
    for (std::size_t index = 0; index < brokers_.size(); ++index) {
        const sim::NodeId node = brokers_[index];
        BrokerFiles files{.broker = roster_.brokers()[index].name,
                          .quiet = world_.state(node) == sim::NodeState::running || world_.lives(node) == 0,
                          .recovered = world_.lives(node) > 1,
                          .log_end = world_.state(node) == sim::NodeState::running
                                         ? living_brokers_[index]->store().max_physical_offset().value
                                         : -1,
                          .files = {}};
        sim::FileTable& table = world_.files(node);
        const std::function<void(const std::string&)> walk = [&](const std::string& directory) {
            const auto entries = table.list(directory);
            if (!entries) return;
            for (const FileInfo& entry : *entries) {
                const std::string path = directory.empty() ? entry.name : directory + "/" + entry.name;
                if (entry.directory)
                    walk(path);
                else if (auto mapping = table.map(path)) {
                    files.files.push_back({path, mapping->bytes(), mapping->file().touched_end()});
                    audited_.push_back(std::move(*mapping));
                }
            }
        };
        walk("");
        all.push_back(std::move(files));
    }
    return all;
}

}  // namespace brokersim::scenario
