#include "core/kafka/server_assignors/target_assignor.h"

#include <algorithm>

#include "core/kafka/server_assignors/target_group.h"

namespace brokersim::kafka {
namespace {

/// Consecutive partitions of each topic, by instance id, then by member id; whoever owned what does not matter.
class TargetRange final : public TargetAssignor {
public:
    std::string_view name() const override { return "range"; }
    std::expected<Target, std::string> assign(const std::vector<TargetTopic>& topics,
                                              const std::vector<TargetMember>& members) const override {
        return target::assign_ranges(target::Group(topics, members));
    }
};

/// Equal shares over all topics; as far as these allow, members keep what they have.
class TargetUniform final : public TargetAssignor {
public:
    std::string_view name() const override { return "uniform"; }
    std::expected<Target, std::string> assign(const std::vector<TargetTopic>& topics,
                                              const std::vector<TargetMember>& members) const override {
        const target::Group group(topics, members);
        const bool nothing = std::all_of(group.topics_of.begin(), group.topics_of.end(),
                                         [](const auto& subscribed) { return subscribed.empty(); });
        if (nothing) {
            Target silent{group.homogeneous, {}};
            silent.shares.resize(members.size());
            return silent;
        }
        if (group.homogeneous) return target::assign_homogeneous(group);
        return target::assign_heterogeneous(group);
    }
};

const TargetRange range;
const TargetUniform uniform;

}  // namespace

std::vector<std::string_view> target_assignor_names() { return {range.name(), uniform.name()}; }

const TargetAssignor* find_target_assignor(std::string_view name) {
    if (name == range.name()) return &range;
    if (name == uniform.name()) return &uniform;
    return nullptr;
}

}  // namespace brokersim::kafka
