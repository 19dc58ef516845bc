#include <fmt/format.h>

#include "core/kafka/consumer_groups.h"
#include "core/kafka/group_coordinator.h"
#include "core/kafka/offsets_partition.h"

/// GroupCoordinator: JoinGroup, and how a rebalance begins and completes.
namespace brokersim::kafka {

void GroupCoordinator::work(Reply reply, JoinGroupRequest& request) {
    if (const Error error = admission(request.group); error != Error::none)
        return refuse_join(reply, error, request.member_id);
    const Millis session(request.session_timeout_ms);
    if (session < config_.group_min_session_timeout || session > config_.group_max_session_timeout)
        return refuse_join(reply, Error::invalid_session_timeout, request.member_id);
    if (consumers_ != nullptr && !consumers_->make_way(request.group))
        return refuse_join(reply, Error::inconsistent_group_protocol, request.member_id);
    Group* group = find_group(request.group);
    if (group == nullptr) {
        if (!request.member_id.empty()) return refuse_join(reply, Error::unknown_member_id, request.member_id);
        group = &make_group(request.group);
    }
    if (!has_room(*group, request.member_id)) {
        group->pending_joins.erase(request.member_id);
        if (Member* member = group->find(request.member_id))
            take_out(*group, *member, note::LeaveReason::rebalance_timeout);
        return refuse_join(reply, Error::group_max_size_reached, {});
    }
    if (!group->supports(request.protocol_type, request.protocols))
        return refuse_join(reply, Error::inconsistent_group_protocol, request.member_id);
    if (request.member_id.empty())
        join_as_new(*group, reply, request);
    else
        join_as_known(*group, reply, request);
}

void GroupCoordinator::join_as_new(Group& group, Reply reply, JoinGroupRequest& request) {
    const std::string id = new_member_id(request);
    if (request.instance_id.empty())
        hand_out_id(group, reply, request, id);
    else if (group.static_member(request.instance_id) == nullptr)
        add_member(group, reply, request, id);
    else
        rejoin_static(group, reply, request, id);
}

/// A dynamic member first gets an id, so that retries of a lost JoinGroup don't leave strangers behind.
void GroupCoordinator::hand_out_id(Group& group, Reply reply, const JoinGroupRequest& request, const std::string& id) {
    auto deadline = std::make_unique<Deadline>(
        host_, [this, name = group.name(), id] { on_lane([this, name, id] { pending_met(name, id); }); });
    deadline->set(Millis(request.session_timeout_ms));
    group.pending_joins.emplace(id, std::move(deadline));
    refuse_join(reply, Error::member_id_required, id);
}

void GroupCoordinator::add_member(Group& group, Reply reply, JoinGroupRequest& request, const std::string& id) {
    // A member that never had an answer can't send heartbeats; it may stay parked this long, then it is taken for dead.
    constexpr Duration new_member_join_timeout = std::chrono::minutes(5);

    if (group.is(GroupState::preparing_rebalance) && group.previous_state() == GroupState::empty)
        group.new_member_added = true;
    auto member = make_member(group.name());
    member->id = id;
    member->instance_id = request.instance_id;
    member->client_id = default_client_id(request.group);
    member->client_host = host_of(reply);
    member->session_timeout = Millis(request.session_timeout_ms);
    member->rebalance_timeout = Millis(request.rebalance_timeout_ms);
    member->protocols = std::move(request.protocols);
    member->parked_join = reply;
    member->is_new = true;
    Member& added = group.add(std::move(member), request.protocol_type);
    added.session.set(new_member_join_timeout);
    host_.note(note::MemberJoined{group.name_id(), host_.name(id)});
    prepare_or_complete(group);
}

void GroupCoordinator::join_as_known(Group& group, Reply reply, JoinGroupRequest& request) {
    const std::string& id = request.member_id;
    if (group.pending_joins.contains(id)) {
        // Ids are handed out to dynamic members only; Kafka fails such a request with an illegal state.
        if (!request.instance_id.empty()) return refuse_join(reply, Error::unknown_member_id, id);
        return add_member(group, reply, request, std::string(id));
    }
    if (const Error error = validate(group, id, request.instance_id); error != Error::none)
        return refuse_join(reply, error, id);
    Member& member = *group.find(id);
    const bool same_protocols = member.protocols == request.protocols;
    switch (group.state()) {
        case GroupState::preparing_rebalance:
            update(group, member, request, reply);
            return prepare_or_complete(group);
        case GroupState::completing_rebalance:
            if (same_protocols) {  // it joined, but did not get the answer
                auto members = group.leader() == id ? joined_members(group) : std::vector<JoinedMember>();
                return answer_join(reply, group, id, group.leader(), std::move(members));
            }
            update(group, member, request, reply);
            return prepare_or_complete(group);
        case GroupState::stable:
            if (group.leader() != id && same_protocols) return answer_join(reply, group, id, group.leader(), {});
            // The leader joins again when there is something to assign anew.
            update(group, member, request, reply);
            return prepare_or_complete(group);
        case GroupState::empty:
        case GroupState::dead:
            return refuse_join(reply, Error::unknown_member_id, id);
    }
}

/// A static member comes back under a new id, and takes the place of its old one.
void GroupCoordinator::rejoin_static(Group& group, Reply reply, JoinGroupRequest& request, const std::string& id) {
    const std::string old_id = *group.static_member(request.instance_id);
    const std::string old_leader = group.leader();
    Member& old = *group.find(old_id);
    if (auto parked = group.unpark_join(old)) refuse_join(*parked, Error::fenced_instance_id, old_id);
    if (auto parked = std::exchange(old.parked_sync, std::nullopt))
        answer(*parked, SyncGroupResponse{.error = Error::fenced_instance_id});
    Member& member = group.replace(old_id, id);
    host_.note(note::MemberLeft{group.name_id(), host_.name(old_id), note::LeaveReason::unregistered});
    host_.note(note::MemberJoined{group.name_id(), host_.name(id)});
    member.session.set(member.session_timeout);
    const std::vector<ProtocolMetadata> old_protocols = member.protocols;
    update(group, member, request, reply);
    if (!group.is(GroupState::stable)) return prepare_or_complete(group);
    if (group.select_protocol() != group.protocol()) return prepare_or_complete(group);
    keep_generation(group, member, old_id, old_leader, old_protocols);
}

/// The group need not rebalance for the returned static member: it is stored, then told the current generation. It
/// learns its old assignment by SyncGroup. A returned leader is told that its former self leads, so that it does not
/// assign (nor watch the routes: before version 9 of JoinGroup nobody does then).
void GroupCoordinator::keep_generation(Group& group, Member& member, const std::string& old_id,
                                       const std::string& old_leader, std::vector<ProtocolMetadata> old_protocols) {
    const Reply reply = *group.unpark_join(member);
    partition_of(group.name())
        .write({encode(snapshot(group))}, {},
               [this, reply, name = group.name(), id = member.id, old_id, old_leader,
                old_protocols = std::move(old_protocols)](bool stored) mutable {
                   Group& written = *find_group(name);
                   if (stored) return answer_join(reply, written, id, old_leader, {});
                   refuse_join(reply, write_error(), {});
                   Member* returned = written.find(id);
                   if (returned == nullptr || returned->parked_join || returned->parked_sync) return;
                   written.offer(*returned, std::move(old_protocols));
                   written.replace(id, old_id);
               });
}

void GroupCoordinator::update(Group& group, Member& member, JoinGroupRequest& request, Reply reply) {
    group.offer(member, std::move(request.protocols));
    member.session_timeout = Millis(request.session_timeout_ms);
    member.rebalance_timeout = Millis(request.rebalance_timeout_ms);
    group.park_join(member, reply);
}

void GroupCoordinator::prepare_or_complete(Group& group) {
    if (group.is(GroupState::preparing_rebalance))
        complete_if_all_joined(group);
    else
        prepare_rebalance(group);
}

void GroupCoordinator::prepare_rebalance(Group& group) {
    if (group.is(GroupState::completing_rebalance)) {
        for (const auto& [id, member, spread] : group.members()) member->assignment.clear();
        fail_syncs(group, Error::rebalance_in_progress);
    }
    group.pending_syncs.clear();
    group.sync_timer.clear();
    const bool initial = group.is(GroupState::empty);
    group.become(GroupState::preparing_rebalance);
    if (initial) {
        const Millis delay = config_.group_initial_rebalance_delay;
        group.initial_delay = {delay, std::max(group.rebalance_timeout() - delay, Millis(0))};
        group.join_timer.set(delay);
    } else if (group.all_joined()) {
        complete_join(group);
    } else {
        group.join_timer.set(group.rebalance_timeout());
    }
}

/// The initial delay is always waited out.
void GroupCoordinator::complete_if_all_joined(Group& group) {
    if (group.all_joined() && !group.initial_delay) complete_join(group);
}

void GroupCoordinator::join_timer_met(const std::string& name) {
    Group& group = *find_group(name);
    if (!group.is(GroupState::preparing_rebalance) || !group.join_timer.met()) return;
    if (group.initial_delay && group.new_member_added && group.initial_delay->remaining != Millis(0)) {
        group.new_member_added = false;
        const auto [delay, remaining] = *group.initial_delay;
        const Millis next = std::min(config_.group_initial_rebalance_delay, remaining);
        group.initial_delay = {next, std::max(remaining - delay, Millis(0))};
        group.join_timer.set(next);
        return;
    }
    complete_join(group);
}

void GroupCoordinator::complete_join(Group& group) {
    group.join_timer.clear();
    group.initial_delay.reset();
    remove_absent(group);
    if (group.size() != 0 && !group.elect_joined_leader()) {  // only static members, and none of them is here
        group.join_timer.set(group.rebalance_timeout());
        return;
    }
    group.next_generation();
    host_.note(note::GenerationStarted{group.name_id(), group.generation(), static_cast<std::int32_t>(group.size())});
    if (group.is(GroupState::empty))
        partition_of(group.name()).write({encode(snapshot(group))}, {}, {});
    else
        answer_joined(group);
}

/// Dynamic members that have not joined again are out.
void GroupCoordinator::remove_absent(Group& group) {
    std::vector<Member*> absent;
    for (const auto& [id, member, spread] : group.members())
        if (!member->parked_join && !member->is_static()) absent.push_back(member.get());
    for (Member* member : absent) take_out(group, *member, note::LeaveReason::rebalance_timeout);
}

void GroupCoordinator::answer_joined(Group& group) {
    for (const auto& [id, member, spread] : group.members()) {
        if (auto parked = group.unpark_join(*member)) {
            auto members = group.leader() == id ? joined_members(group) : std::vector<JoinedMember>();
            answer_join(*parked, group, id, group.leader(), std::move(members));
        }
        member->is_new = false;
        member->session.set(member->session_timeout);
        group.pending_syncs.insert(id);
    }
    group.sync_timer.set(group.rebalance_timeout());
}

std::vector<JoinedMember> GroupCoordinator::joined_members(const Group& group) const {
    std::vector<JoinedMember> members;
    for (const auto& [id, member, spread] : group.members())
        members.push_back({id, member->instance_id, member->metadata(group.protocol())});
    return members;
}

void GroupCoordinator::answer_join(Reply reply, const Group& group, const std::string& member_id,
                                   const std::string& leader, std::vector<JoinedMember> members) {
    answer(reply, JoinGroupResponse{.error = Error::none,
                                    .generation = group.generation(),
                                    .protocol = group.protocol(),
                                    .leader = leader,
                                    .member_id = member_id,
                                    .members = std::move(members)});
}

void GroupCoordinator::refuse_join(Reply reply, Error error, const std::string& member_id) {
    answer(reply, JoinGroupResponse{.error = error, .member_id = member_id});
}

}  // namespace brokersim::kafka
