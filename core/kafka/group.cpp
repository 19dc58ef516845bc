#include "core/kafka/group.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::kafka {
namespace {

bool may_follow(GroupState from, GroupState to) {
    switch (to) {
        case GroupState::empty:
        case GroupState::completing_rebalance:
            return from == GroupState::preparing_rebalance;
        case GroupState::preparing_rebalance:
            return from == GroupState::stable || from == GroupState::completing_rebalance || from == GroupState::empty;
        case GroupState::stable:
            return from == GroupState::completing_rebalance;
        case GroupState::dead:
            return true;
    }
    return false;
}

}  // namespace

const std::string& Member::metadata(const std::string& protocol) const {
    for (const ProtocolMetadata& offered : protocols)
        if (offered.name == protocol) return offered.metadata;
    BROKERSIM_CHECK(false, "member {} does not offer {}", id, protocol);
    std::unreachable();
}

void Group::become(GroupState state) {
    BROKERSIM_CHECK(may_follow(state_, state), "group {} cannot go from {} to {}", name_, static_cast<int>(state_),
                    static_cast<int>(state));
    previous_state_ = state_;
    state_ = state;
}

Member* Group::find(const std::string& member_id) const {
    const auto* member = members_.find(member_id);
    return member == nullptr ? nullptr : member->get();
}

const std::string* Group::static_member(const std::string& instance_id) const {
    auto found = static_members_.find(instance_id);
    return found == static_members_.end() ? nullptr : &found->second;
}

Member& Group::add(std::unique_ptr<Member> member, const std::string& protocol_type) {
    Member& added = *member;
    BROKERSIM_CHECK(find(added.id) == nullptr, "{} is already a member of {}", added.id, name_);
    if (members_.empty()) protocol_type_ = protocol_type;
    if (leader_.empty()) leader_ = added.id;
    if (added.is_static()) static_members_[added.instance_id] = added.id;
    count(added, 1);
    if (added.parked_join) ++parked_joins_;
    members_.put(added.id, std::move(member));
    pending_joins.erase(added.id);
    return added;
}

void Group::remove(const std::string& member_id) {
    Member* member = find(member_id);
    BROKERSIM_CHECK(member != nullptr, "{} is no member of {}", member_id, name_);
    BROKERSIM_CHECK(!member->parked_join, "{} still waits for an answer to JoinGroup", member_id);
    const std::string id = member_id;  // the argument may live in the member
    count(*member, -1);
    if (member->is_static()) static_members_.erase(member->instance_id);
    pending_syncs.erase(id);
    members_.erase(id);
    if (leader_ == id) leader_ = members_.empty() ? std::string() : members_.begin()->key;
}

Member& Group::replace(const std::string& old_id, const std::string& new_id) {
    Member* member = find(old_id);
    BROKERSIM_CHECK(member != nullptr && member->is_static(), "{} is no static member of {}", old_id, name_);
    BROKERSIM_CHECK(!member->parked_join && !member->parked_sync, "{} still waits for an answer", old_id);
    const bool waits_for_sync = pending_syncs.erase(old_id) != 0;
    if (waits_for_sync) pending_syncs.insert(new_id);
    if (leader_ == old_id) leader_ = new_id;
    std::unique_ptr<Member> taken = members_.take(old_id);
    taken->id = new_id;
    static_members_[taken->instance_id] = new_id;
    return *members_.put(new_id, std::move(taken));
}

void Group::offer(Member& member, std::vector<ProtocolMetadata> protocols) {
    count(member, -1);
    member.protocols = std::move(protocols);
    count(member, 1);
}

void Group::count(const Member& member, int by) {
    std::set<std::string_view> names;  // a protocol that is offered twice counts once
    for (const ProtocolMetadata& offered : member.protocols)
        if (names.insert(offered.name).second) support_[offered.name] += by;
}

void Group::park_join(Member& member, Reply reply) {
    if (!member.parked_join) ++parked_joins_;
    member.parked_join = reply;
}

std::optional<Reply> Group::unpark_join(Member& member) {
    if (member.parked_join) --parked_joins_;
    return std::exchange(member.parked_join, std::nullopt);
}

bool Group::supports(const std::string& type, const std::vector<ProtocolMetadata>& offered) const {
    if (is(GroupState::empty)) return !type.empty() && !offered.empty();
    if (type != protocol_type_) return false;
    return std::any_of(offered.begin(), offered.end(), [this](const ProtocolMetadata& protocol) {
        auto found = support_.find(protocol.name);
        return found != support_.end() && found->second == static_cast<std::int32_t>(members_.size());
    });
}

std::string Group::select_protocol() const {
    BROKERSIM_CHECK(!members_.empty(), "nobody in {} could speak a protocol", name_);
    const auto everybody = static_cast<std::int32_t>(members_.size());
    JavaHashMap<std::string, std::int32_t> votes;
    for (const auto& [id, member, spread] : members_) {
        auto preferred =
            std::find_if(member->protocols.begin(), member->protocols.end(),
                         [&](const ProtocolMetadata& offered) { return support_.at(offered.name) == everybody; });
        BROKERSIM_CHECK(preferred != member->protocols.end(), "{} supports no protocol of {}", id, name_);
        if (std::int32_t* count_so_far = votes.find(preferred->name))
            ++*count_so_far;
        else
            votes.put(preferred->name, 1);
    }
    const auto* winner = &*votes.begin();
    for (const auto& candidate : votes)
        if (candidate.value > winner->value) winner = &candidate;
    return winner->key;
}

Millis Group::rebalance_timeout() const {
    Millis longest{0};
    for (const auto& [id, member, spread] : members_) longest = std::max(longest, member->rebalance_timeout);
    return longest;
}

bool Group::elect_joined_leader() {
    Member* leader = leader_.empty() ? nullptr : find(leader_);
    if (leader == nullptr) return false;
    if (leader->parked_join) return true;
    for (const auto& [id, member, spread] : members_) {
        if (!member->parked_join) continue;
        leader_ = id;
        return true;
    }
    return false;
}

void Group::next_generation() {
    ++generation_;
    pending_syncs.clear();
    if (members_.empty()) {
        protocol_.clear();
        become(GroupState::empty);
    } else {
        protocol_ = select_protocol();
        become(GroupState::completing_rebalance);
    }
}

void Group::restore(std::int32_t generation, std::string protocol_type, std::string protocol, std::string leader) {
    generation_ = generation;
    protocol_type_ = std::move(protocol_type);
    protocol_ = std::move(protocol);
    leader_ = std::move(leader);
    state_ = previous_state_ = members_.empty() ? GroupState::empty : GroupState::stable;
}

}  // namespace brokersim::kafka
