#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/kafka/raw_group.h"

/// The coordinator against clients that say anything at any time.
namespace brokersim::kafka::testing {
namespace {

/// Ids and generations that may or may not be right.
class Babbler {
public:
    explicit Babbler(RawGroup& group) : group_(group) {}

    void speak() {
        switch (*rc::gen::inRange(0, 14)) {
            case 0:
            case 1:
            case 2:
                return join();
            case 3:
            case 4:
            case 5:
                return sync();
            case 6:
                return send<HeartbeatResponse>(HeartbeatRequest{orders, generation(), id(), instance()});
            case 7:
                return send<LeaveGroupResponse>(LeaveGroupRequest{orders, id(), instance()});
            case 8:
                return send<OffsetCommitResponse>(
                    OffsetCommitRequest{orders, generation(), id(), instance(), {{{"t@b", 0}, next_offset_++}}});
            case 9:
                group_.cluster.log().failing = *rc::gen::inRange(0, 4) == 0;
                group_.cluster.log().delay = std::chrono::milliseconds(*rc::gen::inRange(0, 8000));
                return;
            case 10:
                if (*rc::gen::inRange(0, 8) == 0) group_.cluster.start(0);
                return;
            case 11:
            case 12:
                return behave();
            default:
                return group_.run(std::chrono::milliseconds(*rc::gen::inRange(0, 20'000)));
        }
    }

private:
    template <class Response>
    void send(protocol::Payload request) {
        group_.client.send<Response>(std::move(request));
    }
    void join() {
        auto request = join_request(id(), *rc::gen::arbitrary<bool>() ? "topics" : "other", instance());
        if (*rc::gen::arbitrary<bool>()) request.protocols.push_back({"roundrobin", "x"});
        if (*rc::gen::inRange(0, 6) == 0) std::swap(request.protocols.front().name, request.protocols.back().name);
        answers_.push_back(group_.client.send<JoinGroupResponse>(request));
    }
    /// For once everybody does what it should; whether that leads to a stable group depends on what is under way.
    void behave() {
        const auto& there = members();
        std::vector<std::pair<std::string, std::string>> everybody;  // id, instance id
        for (const auto& [member, value, spread] : there) everybody.emplace_back(member, value->instance_id);
        const Group* group = group_.cluster.broker().coordinator.find(orders);
        if (group != nullptr)
            for (const auto& [handed_out, deadline] : group->pending_joins) everybody.emplace_back(handed_out, "");
        for (const auto& [member, instance] : everybody)
            answers_.push_back(group_.client.send<JoinGroupResponse>(join_request(member, "topics", instance)));
        group_.run(4s);
        for (const auto& [member, instance] : everybody)
            sync_as(member, instance, group == nullptr ? 0 : group->generation());
        group_.run(std::chrono::milliseconds(*rc::gen::inRange(0, 5000)));
    }
    void sync() {
        const std::string member = id();
        const std::string as = instance();
        sync_as(member, as, generation());
    }
    void sync_as(const std::string& as, const std::string& instance, std::int32_t generation) {
        SyncGroupRequest request{orders, generation, as, instance, {}};
        for (const auto& [member, value, spread] : members()) request.assignments.push_back({member, member});
        send<SyncGroupResponse>(request);
    }
    const JavaHashMap<std::string, std::unique_ptr<Member>>& members() {
        static const JavaHashMap<std::string, std::unique_ptr<Member>> nobody;
        const Group* group = group_.cluster.broker().coordinator.find(orders);
        return group == nullptr ? nobody : group->members();
    }
    /// Mostly the id of a member or one that was handed out.
    std::string id() {
        const int choice = *rc::gen::inRange(0, 8);
        if (choice == 0) return "stranger";
        if (choice < 3) return {};
        std::vector<std::string> known;
        for (const auto& [member, value, spread] : members()) known.push_back(member);
        for (const auto& answer : answers_)
            if (*answer && !(*answer)->member_id.empty()) known.push_back((*answer)->member_id);
        return known.empty() ? std::string() : known[*rc::gen::inRange<std::size_t>(0, known.size())];
    }
    std::string instance() {
        const int choice = *rc::gen::inRange(0, 6);
        return choice < 2 ? std::string(1, static_cast<char>('a' + choice)) : std::string();
    }
    std::int32_t generation() {
        const Group* group = group_.cluster.broker().coordinator.find(orders);
        return (group == nullptr ? 0 : group->generation()) - (*rc::gen::inRange(0, 5) == 0 ? 1 : 0);
    }

    RawGroup& group_;
    std::vector<RawClient::Pending<JoinGroupResponse>> answers_;
    std::int64_t next_offset_ = 0;
};

void check(const Group& group) {
    std::size_t parked = 0;
    for (const auto& [id, member, spread] : group.members()) {
        RC_ASSERT(member->id == id);
        parked += member->parked_join ? 1 : 0;
        if (member->is_static()) RC_ASSERT(*group.static_member(member->instance_id) == id);
        if (group.is(GroupState::stable)) RC_ASSERT(!member->parked_sync && !member->parked_join);
        if (!group.is(GroupState::preparing_rebalance)) RC_ASSERT(!member->parked_join);
        if (!group.is(GroupState::completing_rebalance)) RC_ASSERT(!member->parked_sync);
        // Somebody watches everybody: a session that runs, or an answer that restarts it.
        RC_ASSERT(member->session.remaining().has_value());
    }
    RC_ASSERT(parked == group.parked_joins());
    if (group.is(GroupState::empty)) RC_ASSERT(group.size() == 0U);
    if (group.is(GroupState::stable) || group.is(GroupState::completing_rebalance)) RC_ASSERT(group.size() != 0U);
    if (group.size() != 0) RC_ASSERT(group.find(group.leader()) != nullptr);
    for (const std::string& id : group.pending_syncs) RC_ASSERT(group.find(id) != nullptr);
}

RC_GTEST_PROP(CoordinatorHistories, keep_every_group_sound_and_end_empty_when_all_fall_silent, ()) {
    RawGroup group;
    Babbler babbler(group);
    const int words = *rc::gen::inRange(1, 120);
    bool was_stable = false;
    for (int i = 0; i < words; ++i) {
        babbler.speak();
        const Group* spoken_of = group.cluster.broker().coordinator.find(orders);
        if (spoken_of == nullptr) continue;
        check(*spoken_of);
        was_stable = was_stable || spoken_of->is(GroupState::stable);
    }
    RC_CLASSIFY(was_stable, "stable once");
    group.cluster.log().failing = false;
    group.run(1h);
    if (const Group* rest = group.cluster.broker().coordinator.find(orders)) {
        check(*rest);
        RC_ASSERT(rest->is(GroupState::empty));
        RC_ASSERT(rest->pending_joins.empty());
    }
}

}  // namespace
}  // namespace brokersim::kafka::testing
