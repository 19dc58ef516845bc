#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/kafka/group_world.h"

/// Requests of the group "orders", made with few words, and members that a test moves by hand.
namespace brokersim::kafka::testing {

using namespace std::chrono_literals;

inline const std::string orders = "orders";

inline JoinGroupRequest join_request(std::string member_id = {}, std::string metadata = "topics",
                                     std::string instance_id = {}) {
    return {.group = orders,
            .session_timeout_ms = 10'000,
            .rebalance_timeout_ms = 60'000,
            .member_id = std::move(member_id),
            .instance_id = std::move(instance_id),
            .protocols = {{"range", std::move(metadata)}}};
}

struct RawMember {
    std::string id;
    std::int32_t generation = -1;
    std::string instance_id;
};

class RawGroup {
public:
    explicit RawGroup(CoordinatorConfig config = {}) : cluster(1, config), client(cluster, 1) {}

    /// An id, handed out by a first JoinGroup.
    RawMember stranger() {
        const auto answer = client.ask<JoinGroupResponse>(join_request());
        BROKERSIM_CHECK(answer.error == Error::member_id_required, "error {}", static_cast<int>(answer.error));
        return {answer.member_id, -1, {}};
    }
    RawClient::Pending<JoinGroupResponse> join(const RawMember& member, const std::string& metadata = "topics") {
        return client.send<JoinGroupResponse>(join_request(member.id, metadata, member.instance_id));
    }
    RawClient::Pending<SyncGroupResponse> sync(const RawMember& member, std::vector<MemberAssignment> plan = {}) {
        return client.send<SyncGroupResponse>(
            SyncGroupRequest{orders, member.generation, member.id, member.instance_id, std::move(plan)});
    }
    Error beat(const RawMember& member) {
        return client.ask<HeartbeatResponse>(HeartbeatRequest{orders, member.generation, member.id, member.instance_id})
            .error;
    }
    Error leave(const RawMember& member) {
        return client.ask<LeaveGroupResponse>(LeaveGroupRequest{orders, member.id, member.instance_id}).error;
    }
    Error commit(const RawMember& member, std::int64_t offset, const TopicPartition& partition = {"t@b", 0}) {
        return client
            .ask<OffsetCommitResponse>(
                OffsetCommitRequest{orders, member.generation, member.id, member.instance_id, {{partition, offset}}})
            .error;
    }
    std::int64_t fetch(const TopicPartition& partition = {"t@b", 0}) {
        const auto answer = client.ask<OffsetFetchResponse>(OffsetFetchRequest{orders, {partition}});
        BROKERSIM_CHECK(answer.error == Error::none, "error {}", static_cast<int>(answer.error));
        return answer.offsets.at(0).offset;
    }
    void run(Duration time) { cluster.world.run_for(time); }

    /// A stable group of `count` members, the leader first. The plan gives each member its own id as assignment.
    std::vector<RawMember> stable(int count) {
        std::vector<RawMember> members;
        std::vector<RawClient::Pending<JoinGroupResponse>> joined;
        for (int i = 0; i < count; ++i) {
            members.push_back(stranger());
            joined.push_back(join(members.back()));
        }
        while (!*joined.back()) run(1s);
        for (int i = 0; i < count; ++i)
            accept(members[static_cast<std::size_t>(i)], **joined[static_cast<std::size_t>(i)]);
        agree(members);
        return members;
    }
    /// A static member, as far as JoinGroup goes.
    RawClient::Pending<JoinGroupResponse> join_static(const std::string& instance,
                                                      const std::string& metadata = "topics") {
        return client.send<JoinGroupResponse>(join_request({}, metadata, instance));
    }
    /// A stable group of static members "a", "b" ... in this order.
    std::vector<RawMember> stable_statics(int count) {
        std::vector<RawMember> members;
        std::vector<RawClient::Pending<JoinGroupResponse>> joined;
        for (int i = 0; i < count; ++i) joined.push_back(join_static(std::string(1, static_cast<char>('a' + i))));
        run(10s);
        for (int i = 0; i < count; ++i) {
            members.push_back({"", -1, std::string(1, static_cast<char>('a' + i))});
            accept(members.back(), **joined[static_cast<std::size_t>(i)]);
        }
        agree(members);
        return members;
    }
    /// Takes over what the answer to a JoinGroup says.
    static void accept(RawMember& member, const JoinGroupResponse& answer) {
        BROKERSIM_CHECK(answer.error == Error::none, "error {}", static_cast<int>(answer.error));
        member.id = answer.member_id;
        member.generation = answer.generation;
    }
    /// Everybody sends SyncGroup, the leader (wherever it stands) with the plan.
    void agree(const std::vector<RawMember>& members) {
        std::vector<MemberAssignment> plan;
        for (const RawMember& member : members) plan.push_back({member.id, member.id});
        for (const RawMember& member : members)
            sync(member, member.id == group().leader() ? plan : std::vector<MemberAssignment>());
        run(20ms);
        BROKERSIM_CHECK(group().is(GroupState::stable), "state {}", static_cast<int>(group().state()));
    }
    const Group& group() { return cluster.group(orders); }

    Cluster cluster;
    RawClient client;
};

}  // namespace brokersim::kafka::testing
