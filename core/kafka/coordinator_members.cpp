#include <fmt/format.h>

#include "core/kafka/group_coordinator.h"
#include "core/kafka/offsets_partition.h"

/// GroupCoordinator: SyncGroup, Heartbeat, LeaveGroup, and members that fall silent.
namespace brokersim::kafka {

void GroupCoordinator::work(Reply reply, SyncGroupRequest& request) {
    if (const Error error = admission(request.group); error != Error::none)
        return answer(reply, SyncGroupResponse{.error = error});
    Group* group = find_group(request.group);
    const Error error = group == nullptr ? Error::unknown_member_id
                                         : validate(*group, request.member_id, request.instance_id, request.generation);
    if (error != Error::none) return answer(reply, SyncGroupResponse{.error = error});
    Member& member = *group->find(request.member_id);
    switch (group->state()) {
        case GroupState::preparing_rebalance:
            return answer(reply, SyncGroupResponse{.error = Error::rebalance_in_progress});
        case GroupState::completing_rebalance:
            member.parked_sync = reply;
            synced(*group, member);
            if (group->leader() == member.id) persist_assignment(*group, request);
            return;
        case GroupState::stable:
            synced(*group, member);
            return answer(reply, SyncGroupResponse{.error = Error::none, .assignment = member.assignment});
        case GroupState::empty:
        case GroupState::dead:
            return answer(reply, SyncGroupResponse{.error = Error::unknown_member_id});
    }
}

void GroupCoordinator::synced(Group& group, const Member& member) {
    group.pending_syncs.erase(member.id);
    if (group.pending_syncs.empty()) group.sync_timer.clear();
}

/// The leader's plan is stored first; then, if the group is still where it was, everybody gets it.
void GroupCoordinator::persist_assignment(Group& group, const SyncGroupRequest& request) {
    StoredGroup stored = snapshot(group);
    for (StoredMember& member : stored.members) {
        auto given =
            std::find_if(request.assignments.begin(), request.assignments.end(),
                         [&](const MemberAssignment& assignment) { return assignment.member_id == member.id; });
        member.assignment = given == request.assignments.end() ? std::string() : given->assignment;
    }
    GroupRecord record = encode(stored);
    partition_of(group.name()).write({std::move(record)}, {}, [this, stored = std::move(stored)](bool ok) {
        Group& written = *find_group(stored.group);
        if (!written.is(GroupState::completing_rebalance) || written.generation() != stored.generation) return;
        if (ok) return spread_assignment(written, stored);
        for (const auto& [id, member, spread] : written.members()) member->assignment.clear();
        fail_syncs(written, write_error());
        prepare_rebalance(written);
    });
}

void GroupCoordinator::spread_assignment(Group& group, const StoredGroup& stored) {
    for (const StoredMember& given : stored.members)
        if (Member* member = group.find(given.id)) member->assignment = given.assignment;
    group.become(GroupState::stable);
    host_.note(note::GroupStable{group.name_id(), group.generation()});
    for (const auto& [id, member, spread] : group.members()) {
        auto parked = std::exchange(member->parked_sync, std::nullopt);
        if (!parked) continue;
        answer(*parked, SyncGroupResponse{.error = Error::none, .assignment = member->assignment});
        // Its session was not watched while it was parked.
        member->session.set(member->session_timeout);
    }
}

void GroupCoordinator::fail_syncs(Group& group, Error error) {
    for (const auto& [id, member, spread] : group.members()) {
        auto parked = std::exchange(member->parked_sync, std::nullopt);
        if (!parked) continue;
        answer(*parked, SyncGroupResponse{.error = error});
        member->session.set(member->session_timeout);
    }
}

void GroupCoordinator::sync_timer_met(const std::string& name) {
    Group& group = *find_group(name);
    if (!group.sync_timer.met() || group.pending_syncs.empty()) return;
    if (!group.is(GroupState::completing_rebalance) && !group.is(GroupState::stable)) return;
    group.sync_timer.clear();
    for (const std::string& id : std::exchange(group.pending_syncs, {}))
        if (Member* member = group.find(id)) take_out(group, *member, note::LeaveReason::rebalance_timeout);
    prepare_rebalance(group);
}

void GroupCoordinator::work(Reply reply, HeartbeatRequest& request) {
    Error error = admission(request.group);
    // A coordinator that is still loading cannot know better.
    if (error == Error::coordinator_load_in_progress) return answer(reply, HeartbeatResponse{.error = Error::none});
    Group* group = error == Error::none ? find_group(request.group) : nullptr;
    if (error == Error::none)
        error = group == nullptr ? Error::unknown_member_id
                                 : validate(*group, request.member_id, request.instance_id, request.generation);
    if (error == Error::none) {
        Member& member = *group->find(request.member_id);
        member.session.set(member.session_timeout);
        if (group->is(GroupState::preparing_rebalance)) error = Error::rebalance_in_progress;
    }
    answer(reply, HeartbeatResponse{.error = error});
}

void GroupCoordinator::work(Reply reply, LeaveGroupRequest& request) {
    if (const Error error = admission(request.group); error != Error::none)
        return answer(reply, LeaveGroupResponse{.error = error});
    Group* group = find_group(request.group);
    const Error error = group == nullptr ? Error::unknown_member_id : leave(*group, request);
    if (error != Error::none) return answer(reply, LeaveGroupResponse{.error = error});
    member_gone(*group);
    partition_of(request.group).write({}, {}, [this, reply](bool stored) {
        answer(reply, LeaveGroupResponse{.error = stored ? Error::none : write_error()});
    });
}

/// Takes out the member that the request names; an operator may name a static one by its instance id alone.
Error GroupCoordinator::leave(Group& group, const LeaveGroupRequest& request) {
    std::string id = request.member_id;
    if (id.empty() && !request.instance_id.empty()) {
        const std::string* known = group.static_member(request.instance_id);
        if (known == nullptr) return Error::unknown_member_id;
        id = *known;
    } else if (group.pending_joins.erase(id) != 0) {
        return Error::none;
    }
    if (const Error error = validate(group, id, request.instance_id); error != Error::none) return error;
    take_out(group, *group.find(id), note::LeaveReason::unregistered);
    return Error::none;
}

void GroupCoordinator::session_met(const std::string& group_name, const std::string& member_id) {
    Group& group = *find_group(group_name);
    Member* member = group.find(member_id);
    if (member == nullptr || !member->session.met()) return;
    // Whoever is parked lives; its session is watched again when it has been answered.
    if (!member->is_new && (member->parked_join || member->parked_sync)) return;
    take_out(group, *member, note::LeaveReason::expired);
    member_gone(group);
}

void GroupCoordinator::pending_met(const std::string& group_name, const std::string& member_id) {
    Group& group = *find_group(group_name);
    auto pending = group.pending_joins.find(member_id);
    if (pending == group.pending_joins.end() || !pending->second->met()) return;
    group.pending_joins.erase(pending);
    if (group.is(GroupState::preparing_rebalance)) complete_if_all_joined(group);
}

/// Goes on after a member, or somebody who was about to become one, has left.
void GroupCoordinator::member_gone(Group& group) {
    if (group.is(GroupState::stable) || group.is(GroupState::completing_rebalance))
        prepare_rebalance(group);
    else if (group.is(GroupState::preparing_rebalance))
        complete_if_all_joined(group);
}

void GroupCoordinator::take_out(Group& group, Member& member, note::LeaveReason reason) {
    if (auto parked = group.unpark_join(member)) refuse_join(*parked, Error::unknown_member_id, {});
    host_.note(note::MemberLeft{group.name_id(), host_.name(member.id), reason});
    group.remove(member.id);
}

Group& GroupCoordinator::make_group(const std::string& name) {
    auto& group = groups_[name];
    group = std::make_unique<Group>(
        host_, name, [this, name] { on_lane([this, name] { join_timer_met(name); }); },
        [this, name] { on_lane([this, name] { sync_timer_met(name); }); });
    return *group;
}

std::unique_ptr<Member> GroupCoordinator::make_member(const std::string& group) {
    return std::make_unique<Member>(
        host_, [this, group](Member& member) { on_lane([this, group, id = member.id] { session_met(group, id); }); });
}

std::string GroupCoordinator::new_member_id(const JoinGroupRequest& request) {
    const std::string prefix = request.instance_id.empty() ? default_client_id(request.group) : request.instance_id;
    const std::uint64_t n = (std::uint64_t{host_.incarnation()} << 32) + 2 * ids_given_[prefix]++;
    const std::uint64_t identity = text_identity(prefix);
    const std::uint64_t high = host_.draw(Purpose::member_id, identity, n);
    const std::uint64_t low = host_.draw(Purpose::member_id, identity, n + 1);
    // A random UUID: version 4 in the 13th digit, variant 10 in the 17th.
    return fmt::format("{}-{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}", prefix, high >> 32, high >> 16 & 0xFFFF,
                       high & 0xFFF, 8 + (low >> 62), low >> 48 & 0xFFF, low & 0xFFFF'FFFF'FFFF);
}

bool GroupCoordinator::has_room(const Group& group, const std::string& member_id) const {
    const auto most = static_cast<std::size_t>(config_.group_max_size);
    const Member* member = group.find(member_id);
    switch (group.state()) {
        case GroupState::preparing_rebalance:
            return (member != nullptr && member->parked_join) || group.parked_joins() < most;
        case GroupState::completing_rebalance:
        case GroupState::stable:
            return member != nullptr || group.size() < most;
        case GroupState::empty:
        case GroupState::dead:
            return true;
    }
    return true;
}

Error GroupCoordinator::validate(const Group& group, const std::string& member_id,
                                 const std::string& instance_id) const {
    if (!instance_id.empty()) {
        const std::string* known = group.static_member(instance_id);
        if (known == nullptr) return Error::unknown_member_id;
        if (*known != member_id) return Error::fenced_instance_id;
    }
    return group.find(member_id) == nullptr ? Error::unknown_member_id : Error::none;
}

Error GroupCoordinator::validate(const Group& group, const std::string& member_id, const std::string& instance_id,
                                 std::int32_t generation) const {
    const Error error = validate(group, member_id, instance_id);
    if (error != Error::none) return error;
    return generation == group.generation() ? Error::none : Error::illegal_generation;
}

}  // namespace brokersim::kafka
