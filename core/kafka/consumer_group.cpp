#include "core/kafka/consumer_group.h"

#include <algorithm>
#include <bit>

#include "core/draw.h"
#include "core/java_hash.h"

namespace brokersim::kafka {

std::vector<MemberTable::Entry>& MemberTable::slot_of(Slots& slots, std::uint64_t spread) {
    const int bits = std::countr_zero(slots.size());
    return slots[spread >> (64 - bits)];
}

std::uint64_t MemberTable::spread(const std::string& id) {
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;
    return static_cast<std::uint64_t>(std::int64_t{java_hash(id)}) * golden;
}

void MemberTable::insert(const std::string& id) {
    if (3 * (size_ + 1) > 4 * slots_.size()) {
        Slots larger(2 * slots_.size());
        for (auto& slot : slots_)
            for (Entry& entry : slot) slot_of(larger, entry.spread).push_back(std::move(entry));
        slots_ = std::move(larger);
    }
    const std::uint64_t spread_id = spread(id);
    slot_of(slots_, spread_id).push_back({spread_id, id});
    ++size_;
}

void MemberTable::erase(const std::string& id) {
    size_ -= std::erase_if(slot_of(slots_, spread(id)), [&](const Entry& entry) { return entry.id == id; });
}

std::vector<std::string> MemberTable::order() const {
    std::vector<std::string> ids;
    for (const auto& slot : slots_)
        for (auto entry = slot.rbegin(); entry != slot.rend(); ++entry) ids.push_back(entry->id);
    return ids;
}

void ConsumerGroup::apply(const ConsumerGroupRecord& record) {
    std::visit([this](const auto& what) { apply(what); }, record.what);
}

void ConsumerGroup::apply(const MemberRecord& record) {
    auto known = members_.find(record.member);
    if (known != members_.end()) {
        subscribe(known->second.metadata, -1);
        const std::string& instance = known->second.metadata.instance_id;
        if (const std::string* id = static_member(instance); id != nullptr && *id == record.member)
            static_members_.erase(instance);
    }
    if (!record.metadata) {
        if (known == members_.end()) return;
        release(known->second);
        members_.erase(known);
        table_.erase(record.member);
        return;
    }
    if (known == members_.end()) {
        known = members_.try_emplace(record.member).first;
        known->second.id = record.member;
        table_.insert(record.member);
    }
    known->second.metadata = *record.metadata;
    subscribe(*record.metadata, 1);
    if (!record.metadata->instance_id.empty()) static_members_[record.metadata->instance_id] = record.member;
}

void ConsumerGroup::apply(const MemberTargetRecord& record) {
    if (auto known = members_.find(record.member); known != members_.end())
        known->second.target = record.target.value_or(IdPartitions());
}

void ConsumerGroup::apply(const MemberAssignedRecord& record) {
    auto known = members_.find(record.member);
    if (known == members_.end()) return;
    release(known->second);
    known->second.has = record.assigned.value_or(MemberAssigned());
    hold(known->second, known->second.has.assigned);
    hold(known->second, known->second.has.revoking);
}

void ConsumerGroup::release(const ConsumerGroupMember& member) {
    for (const IdPartitions* partitions : {&member.has.assigned, &member.has.revoking})
        for (const TopicIdPartition& partition : *partitions) holders_.erase(partition);
}

void ConsumerGroup::hold(const ConsumerGroupMember& member, const IdPartitions& partitions) {
    for (const TopicIdPartition& partition : partitions) {
        std::string& holder = holders_[partition];
        if (!holder.empty() && holder != member.id) {
            MemberAssigned& had = members_.at(holder).has;
            std::erase(had.assigned, partition);
            std::erase(had.revoking, partition);
        }
        holder = member.id;
    }
}

void ConsumerGroup::subscribe(const MemberMetadata& metadata, std::int32_t by) {
    for (const std::string& topic : metadata.topics)
        if ((subscriptions_[topic] += by) == 0) subscriptions_.erase(topic);
}

ConsumerGroup::State ConsumerGroup::state() const {
    if (members_.empty()) return State::empty;
    if (epoch_ > target_epoch_) return State::assigning;
    const bool settled = std::ranges::all_of(members_, [this](const auto& entry) {
        const MemberAssigned& has = entry.second.has;
        return has.progress == MemberProgress::stable && has.epoch == target_epoch_;
    });
    return settled ? State::stable : State::reconciling;
}

const ConsumerGroupMember* ConsumerGroup::find(const std::string& member_id) const {
    auto found = members_.find(member_id);
    return found == members_.end() ? nullptr : &found->second;
}

const std::string* ConsumerGroup::static_member(const std::string& instance_id) const {
    auto found = static_members_.find(instance_id);
    return found == static_members_.end() ? nullptr : &found->second;
}

const std::string* ConsumerGroup::holder(const TopicIdPartition& partition) const {
    auto found = holders_.find(partition);
    return found == holders_.end() ? nullptr : &found->second;
}

TopicId topic_id(std::string_view name) {
    const std::uint64_t most = text_identity(name);
    const std::uint64_t least = mix64(most ^ name.size());
    // A random UUID: version 4 in the 13th digit, variant 10 in the 17th.
    constexpr std::uint64_t version_mask = 0xF000;
    constexpr std::uint64_t variant_mask = 0xC000'0000'0000'0000;
    return {static_cast<std::int64_t>((most & ~version_mask) | 0x4000),
            static_cast<std::int64_t>((least & ~variant_mask) | 0x8000'0000'0000'0000)};
}

}  // namespace brokersim::kafka
