#include <fmt/format.h>

#include "core/kafka/consumer_groups.h"
#include "core/kafka/group_coordinator.h"
#include "core/kafka/offsets_partition.h"

/// GroupCoordinator: committed offsets, and what it stores of a group.
namespace brokersim::kafka {

void GroupCoordinator::work(Reply reply, OffsetCommitRequest& request) {
    OffsetCommitResponse response{.error = may_commit(request), .partitions = {}};
    for (const CommittedOffset& offset : request.offsets) response.partitions.push_back(offset.partition);
    if (response.error != Error::none) return answer(reply, std::move(response));
    if (consumers_ == nullptr || consumers_->find(request.group) == nullptr) {
        Group* group = find_group(request.group);
        if (group == nullptr) group = &make_group(request.group);
        if (Member* member = group->find(request.member_id)) member->session.set(member->session_timeout);
    }

    std::vector<GroupRecord> records;
    records.reserve(request.offsets.size());
    const std::int64_t now = epoch_ms(host_.wall_ms());
    for (const CommittedOffset& offset : request.offsets)
        records.push_back(encode(StoredOffset{request.group, offset.partition, offset.offset, now}));
    partition_of(request.group)
        .write(
            std::move(records),
            [this, name = request.group, offsets = std::move(request.offsets)](bool stored) {
                if (stored) remember(name, offsets);
            },
            [this, reply, response = std::move(response)](bool stored) mutable {
                if (!stored) response.error = write_error();
                answer(reply, std::move(response));
            });
}

Error GroupCoordinator::may_commit(const OffsetCommitRequest& request) const {
    if (const Error error = admission(request.group); error != Error::none) return error;
    if (consumers_ != nullptr && consumers_->find(request.group) != nullptr)
        return consumers_->may_commit(request.group, request.member_id, request.generation);
    const Group* group = find_group(request.group);
    const bool simple = request.generation < 0;  // somebody who assigns queues to himself
    if (group == nullptr) return simple ? Error::none : Error::illegal_generation;
    if (simple && group->is(GroupState::empty)) return Error::none;
    const Error error = validate(*group, request.member_id, request.instance_id, request.generation);
    if (error != Error::none) return error;
    return group->is(GroupState::completing_rebalance) ? Error::rebalance_in_progress : Error::none;
}

void GroupCoordinator::remember(const std::string& group, const std::vector<CommittedOffset>& offsets) {
    const NameId name = host_.name(group);
    for (const CommittedOffset& offset : offsets) {
        Committed& entry = committed_entry(group, offset.partition);
        entry.offset = offset.offset;
        host_.note(note::OffsetCommitted{name, entry.queue, {offset.offset}});
    }
}

GroupCoordinator::Committed& GroupCoordinator::committed_entry(const std::string& group,
                                                               const TopicPartition& partition) {
    auto [entry, fresh] = offsets_[group].try_emplace(partition, Committed{-1, {}});
    if (fresh) entry->second.queue = host_.name(fmt::format("{}:{}", partition.topic, partition.partition));
    return entry->second;
}

void GroupCoordinator::work(Reply reply, OffsetFetchRequest& request) {
    OffsetFetchResponse response{.error = may_fetch(request), .offsets = {}};
    if (!request.member_id.empty()) response.group = request.group;
    if (response.error == Error::none)
        for (TopicPartition& partition : request.partitions) {
            const std::int64_t offset = committed(request.group, partition);
            response.offsets.push_back({std::move(partition), offset});
        }
    answer(reply, std::move(response));
}

/// Only members of the consumer protocol say who they are.
Error GroupCoordinator::may_fetch(const OffsetFetchRequest& request) const {
    if (const Error error = admission(request.group); error != Error::none) return error;
    if (request.member_id.empty() && request.member_epoch < 0) return Error::none;
    if (consumers_ == nullptr || consumers_->find(request.group) == nullptr) return Error::unknown_member_id;
    return consumers_->may_commit(request.group, request.member_id, request.member_epoch);
}

StoredGroup GroupCoordinator::snapshot(const Group& group) const {
    StoredGroup stored{.group = group.name(),
                       .protocol_type = group.protocol_type(),
                       .generation = group.generation(),
                       .protocol = group.protocol(),
                       .leader = group.leader(),
                       .state_time_ms = epoch_ms(host_.wall_ms()),
                       .members = {}};
    for (const auto& [id, member, spread] : group.members())
        stored.members.push_back({.id = id,
                                  .instance_id = member->instance_id,
                                  .client_id = member->client_id,
                                  .client_host = member->client_host,
                                  .rebalance_timeout_ms = static_cast<std::int32_t>(member->rebalance_timeout.count()),
                                  .session_timeout_ms = static_cast<std::int32_t>(member->session_timeout.count()),
                                  .subscription = member->metadata(group.protocol()),
                                  .assignment = member->assignment});
    return stored;
}

}  // namespace brokersim::kafka
