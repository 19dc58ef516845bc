#include "core/kafka/consumer_group_steps.h"

#include <algorithm>
#include <iterator>

#include "core/kafka/java_order.h"
#include "core/kafka/queue_names.h"

namespace brokersim::kafka {
namespace {

IdPartitions without(const IdPartitions& all, const IdPartitions& some) {
    IdPartitions rest;
    std::ranges::set_difference(all, some, std::back_inserter(rest));
    return rest;
}

bool intersect(const IdPartitions& a, const IdPartitions& b) {
    return std::ranges::any_of(a, [&](const auto& partition) { return std::ranges::binary_search(b, partition); });
}

/// The step of a member whose epoch would be `epoch` and who keeps at most `assigned`.
MemberAssigned next(const ConsumerGroup& group, const ConsumerGroupMember& member,
                    const std::optional<IdPartitions>& owned, std::int32_t epoch, const IdPartitions& assigned) {
    IdPartitions keep;
    std::ranges::set_intersection(assigned, member.target, std::back_inserter(keep));
    IdPartitions revoke = without(assigned, member.target);
    IdPartitions add = without(member.target, keep);
    const bool waits =
        std::erase_if(add, [&](const auto& partition) { return group.holder(partition) != nullptr; }) != 0;

    MemberAssigned step = member.has;
    step.previous_epoch = step.epoch;  // even if it stays the same
    if (!revoke.empty() && (!owned || intersect(*owned, revoke))) {
        step.epoch = epoch;
        step.progress = MemberProgress::unrevoked_partitions;
        step.assigned = std::move(keep);
        step.revoking = std::move(revoke);
        return step;
    }
    IdPartitions all;
    std::ranges::set_union(keep, add, std::back_inserter(all));
    step.epoch = group.target_epoch();
    step.progress = waits ? MemberProgress::unreleased_partitions : MemberProgress::stable;
    step.assigned = std::move(all);
    step.revoking.clear();
    return step;
}

/// The topics of a group as the assignors see them.
class WholeTopics {
public:
    explicit WholeTopics(const ConsumerGroup& group) {
        for (const GroupTopic& part : group.topics()) {
            const std::string name = topic_of_part(part.name);
            if (topics.empty() || topics.back().name != name) topics.push_back({name, topic_id(name), 0});
            TargetTopic& whole = topics.back();
            parts_.push_back({part.id, topics.size() - 1, whole.partitions, part.partitions});
            whole.partitions += part.partitions;
        }
        for (std::size_t i = 0; i < parts_.size(); ++i) by_id_.emplace(parts_[i].id, i);
    }

    /// The number of a queue within its whole topic; none if there is no such queue.
    std::optional<std::pair<std::size_t, std::int32_t>> number_of(const TopicIdPartition& partition) const {
        const auto found = by_id_.find(partition.topic);
        if (found == by_id_.end()) return std::nullopt;
        const Part& part = parts_[found->second];
        if (partition.partition >= part.partitions) return std::nullopt;
        return std::pair(part.topic, part.first + partition.partition);
    }
    TopicIdPartition partition_at(std::size_t topic, std::int32_t number) const {
        const auto part = std::ranges::find_if(parts_, [&](const Part& candidate) {
            return candidate.topic == topic && number < candidate.first + candidate.partitions;
        });
        return {part->id, number - part->first};
    }

    std::vector<TargetTopic> topics;

private:
    struct Part {
        TopicId id;
        std::size_t topic;
        std::int32_t first;
        std::int32_t partitions;
    };
    std::vector<Part> parts_;  // in the order of the topics, and of their numbers
    std::map<TopicId, std::size_t> by_id_;
};

}  // namespace

std::optional<MemberAssigned> reconciled(const ConsumerGroup& group, const ConsumerGroupMember& member,
                                         const std::optional<IdPartitions>& owned) {
    const MemberAssigned& has = member.has;
    std::optional<MemberAssigned> step;
    switch (has.progress) {
        case MemberProgress::stable:
            if (has.epoch == group.target_epoch()) return std::nullopt;
            step = next(group, member, owned, has.epoch, has.assigned);
            break;
        case MemberProgress::unreleased_partitions:
            step = next(group, member, owned, has.epoch, has.assigned);
            break;
        case MemberProgress::unrevoked_partitions:
            if (!owned || intersect(*owned, has.revoking)) return std::nullopt;
            step = next(group, member, owned, has.epoch + 1, has.assigned);
            break;
    }
    if (*step == has) return std::nullopt;
    return step;
}

std::expected<std::map<std::string, IdPartitions>, std::string> new_targets(const ConsumerGroup& group,
                                                                            const std::vector<std::string>& order,
                                                                            const TargetAssignor& assignor) {
    const WholeTopics whole(group);
    std::vector<TargetMember> members;
    for (const std::string& id : order) {
        const ConsumerGroupMember& member = *group.find(id);
        TargetMember target{id, member.metadata.instance_id, member.metadata.topics, {}};
        std::map<std::size_t, std::vector<std::int32_t>> previous;
        for (const TopicIdPartition& partition : member.target)
            if (const auto number = whole.number_of(partition)) previous[number->first].push_back(number->second);
        for (auto& [topic, numbers] : previous) {
            std::ranges::sort(numbers);
            target.previous.emplace_back(whole.topics[topic].id, std::move(numbers));
        }
        members.push_back(std::move(target));
    }
    const auto computed = assignor.assign(whole.topics, members);
    if (!computed) return std::unexpected(computed.error());
    std::map<std::string, IdPartitions> targets;
    for (std::size_t i = 0; i < members.size(); ++i) {
        IdPartitions& target = targets[members[i].id];
        if (!computed->shares[i]) continue;
        for (const TopicShare& share : *computed->shares[i])
            for (const std::int32_t number : share.partitions)
                target.push_back(whole.partition_at(share.topic, number));
        std::ranges::sort(target);
    }
    return targets;
}

std::string preferred_assignor(const ConsumerGroup& group, const std::string& otherwise) {
    JavaHashMap<std::string, std::int32_t> votes;
    for (const auto& [id, member] : group.members())
        if (const std::string& name = member.metadata.server_assignor; !name.empty()) {
            if (std::int32_t* count = votes.find(name))
                ++*count;
            else
                votes.put(name, 1);
        }
    std::string preferred = otherwise;
    std::int32_t most = 0;
    for (const auto& [name, count, spread] : votes)
        if (count > most) {
            preferred = name;
            most = count;
        }
    return preferred;
}

}  // namespace brokersim::kafka
