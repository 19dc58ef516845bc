#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/kafka/consumer_group_records.h"

/// What a coordinator knows of a group of the consumer protocol (Kafka's ConsumerGroup, ConsumerGroupMember): data that
/// changes by records only, so that memory and log cannot differ. What happens when is decided by ConsumerGroups.
namespace brokersim::kafka {

struct ConsumerGroupMember {
    std::string id;
    MemberMetadata metadata;
    MemberAssigned has;
    IdPartitions target;
};

/// The order in which the coordinator's own hash table (TimelineHashMap) iterates over member ids.
class MemberTable {
public:
    /// A new id.
    void insert(const std::string& id);
    void erase(const std::string& id);
    std::vector<std::string> order() const;

private:
    struct Entry {
        std::uint64_t spread;  // the upper bits of it are the slot
        std::string id;
    };
    using Slots = std::vector<std::vector<Entry>>;
    static std::uint64_t spread(const std::string& id);
    static std::vector<Entry>& slot_of(Slots& slots, std::uint64_t spread);

    Slots slots_{2};
    std::size_t size_ = 0;
};

class ConsumerGroup {
public:
    /// assigning: the epoch is ahead of the target's; reconciling: somebody is not at its target yet.
    enum class State : std::uint8_t { empty, assigning, reconciling, stable };

    /// Takes over what a record of this group says. Records of members that are not there are ignored; if a partition
    /// that another member has is assigned, that one loses it. Neither happens if no record is missing in between.
    void apply(const ConsumerGroupRecord& record);

    State state() const;
    /// Group epoch: rises whenever members, their subscriptions or the topics change.
    std::int32_t epoch() const { return epoch_; }
    /// Group epoch for which the targets were computed.
    std::int32_t target_epoch() const { return target_epoch_; }
    /// Topics that members subscribe to, as far as the cluster has them.
    const std::vector<GroupTopic>& topics() const { return topics_; }

    const std::map<std::string, ConsumerGroupMember>& members() const { return members_; }
    const ConsumerGroupMember* find(const std::string& member_id) const;
    /// Member id behind an instance id; null if it is unknown.
    const std::string* static_member(const std::string& instance_id) const;
    /// Member ids in the order of the coordinator's own table.
    std::vector<std::string> table_order() const { return table_.order(); }
    /// How many members subscribe to each topic that somebody subscribes to, by the name that they use.
    const std::map<std::string, std::int32_t>& subscriptions() const { return subscriptions_; }
    /// The member that has the partition, or has yet to give it up; null if it is free (Kafka: its partition epoch is
    /// -1).
    const std::string* holder(const TopicIdPartition& partition) const;

private:
    void apply(const GroupEpochRecord& record) { epoch_ = record.epoch.value_or(0); }
    void apply(const GroupTopicsRecord& record) { topics_ = record.topics.value_or(std::vector<GroupTopic>()); }
    void apply(const MemberRecord& record);
    void apply(const TargetEpochRecord& record) { target_epoch_ = record.epoch.value_or(0); }
    void apply(const MemberTargetRecord& record);
    void apply(const MemberAssignedRecord& record);
    void release(const ConsumerGroupMember& member);
    void hold(const ConsumerGroupMember& member, const IdPartitions& partitions);
    void subscribe(const MemberMetadata& metadata, std::int32_t by);

    std::int32_t epoch_ = 0;
    std::int32_t target_epoch_ = 0;
    std::vector<GroupTopic> topics_;
    std::map<std::string, ConsumerGroupMember> members_;
    std::map<std::string, std::string> static_members_;  // instance id -> member id
    std::map<std::string, std::int32_t> subscriptions_;
    std::map<TopicIdPartition, std::string> holders_;
    MemberTable table_;
};

/// The id of a topic, made from its name: the same for everybody and in every run.
TopicId topic_id(std::string_view name);

}  // namespace brokersim::kafka
