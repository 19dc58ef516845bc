#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/kafka/consumer_protocol.h"
#include "tests/kafka/test_group.h"

/// What a member does about each error of each request.
namespace brokersim::kafka::testing {
namespace {

enum class Asked : std::uint8_t { find, join, sync, heartbeat, commit, fetch };

/// One error, and the requests that follow its answer: "m" is a request under the member's own id, "-" one without an
/// id, then the generation (of a JoinGroup: the one in its subscription).
struct Reaction {
    Asked asked;
    Error error;
    std::vector<std::string> then;
    bool fatal = false;
};

const Reaction reactions[] = {
    {Asked::find, Error::coordinator_not_available, {"find", "join m 1"}},

    {Asked::join, Error::coordinator_load_in_progress, {"join m 1", "sync m 2"}},
    {Asked::join, Error::coordinator_not_available, {"find", "join m 1", "sync m 2"}},
    {Asked::join, Error::not_coordinator, {"find", "join m 1", "sync m 2"}},
    {Asked::join, Error::unknown_member_id, {"join - -1", "join n -1"}},
    {Asked::join, Error::member_id_required, {"join n -1"}},
    {Asked::join, Error::inconsistent_group_protocol, {}, true},
    {Asked::join, Error::invalid_group_id, {}, true},
    {Asked::join, Error::invalid_session_timeout, {}, true},
    {Asked::join, Error::group_max_size_reached, {}, true},
    {Asked::join, Error::fenced_instance_id, {}, true},

    {Asked::sync, Error::coordinator_load_in_progress, {"join m 2"}},
    {Asked::sync, Error::coordinator_not_available, {"find", "join m 2"}},
    {Asked::sync, Error::not_coordinator, {"find", "join m 2"}},
    {Asked::sync, Error::rebalance_in_progress, {"join m 2"}},
    {Asked::sync, Error::illegal_generation, {"join m -1"}},
    {Asked::sync, Error::unknown_member_id, {"join - -1", "join n -1"}},
    {Asked::sync, Error::inconsistent_group_protocol, {}, true},
    {Asked::sync, Error::fenced_instance_id, {}, true},

    {Asked::heartbeat, Error::coordinator_not_available, {"find", "heartbeat m 1"}},
    {Asked::heartbeat, Error::not_coordinator, {"find", "heartbeat m 1"}},
    {Asked::heartbeat, Error::rebalance_in_progress, {"commit m 1", "join m 1"}},
    {Asked::heartbeat, Error::illegal_generation, {"join m -1", "sync m 2"}},
    {Asked::heartbeat, Error::unknown_member_id, {"join - -1", "join n -1"}},
    {Asked::heartbeat, Error::fenced_instance_id, {}, true},

    {Asked::commit, Error::coordinator_load_in_progress, {"commit m 1", "heartbeat m 1"}},
    {Asked::commit, Error::coordinator_not_available, {"find", "commit m 1", "heartbeat m 1"}},
    {Asked::commit, Error::not_coordinator, {"find", "commit m 1", "heartbeat m 1"}},
    {Asked::commit, Error::request_timed_out, {"find", "commit m 1", "heartbeat m 1"}},
    {Asked::commit, Error::rebalance_in_progress, {"commit m 1", "join m 1"}},
    {Asked::commit, Error::illegal_generation, {"join m -1"}},
    {Asked::commit, Error::unknown_member_id, {"join - -1", "join n -1"}},
    {Asked::commit, Error::fenced_instance_id, {}, true},

    {Asked::fetch, Error::coordinator_load_in_progress, {"fetch", "heartbeat m 2"}},
    {Asked::fetch, Error::coordinator_not_available, {"find", "fetch", "heartbeat m 2"}},
    {Asked::fetch, Error::not_coordinator, {"find", "fetch", "heartbeat m 2"}},
};

/// A member alone in its group, stable in generation 1, whose next request of one kind is answered with an error.
class Accident {
public:
    explicit Accident(const Reaction& reaction) : reaction_(reaction) {
        group_.start(0);
        group_.run(5s);
        own_id_ = group_.group().leader();
        group_.cluster.broker().interceptor = [this](ConnectionId id, const protocol::Frame& frame) {
            return see(id, frame);
        };
        provoke();
        group_.run(20s);
        after_.resize(std::min(after_.size(), reaction.then.size()));
    }

    const std::vector<std::string>& after() const { return after_; }
    std::optional<Error> fatal() { return group_.consumer(0).member.fatal_error(); }
    bool struck() const { return struck_; }
    TestGroup& group() { return group_; }
    bool quiet() const { return requests_ == requests_at_error_; }

private:
    /// Something after which the request is sent, if it would not be anyway.
    void provoke() {
        switch (reaction_.asked) {
            case Asked::find:
                told_to_look_ = false;
                [[fallthrough]];
            case Asked::join:
            case Asked::sync:
            case Asked::fetch:
                rejoin_ = true;  // its next heartbeat says so
                break;
            case Asked::commit:
                group_.consumer(0).member.persist_offsets();
                break;
            case Asked::heartbeat:
                break;
        }
    }

    bool see(ConnectionId connection, const protocol::Frame& frame) {
        const auto answer = [&](protocol::Payload payload) {
            group_.cluster.broker().server.respond(connection, frame.opaque, std::move(payload));
            return true;
        };
        if (get_if<FindCoordinatorRequest>(&frame.payload) != nullptr) {
            record("find");
            if (strikes(Asked::find))
                return answer(FindCoordinatorResponse{.error = reaction_.error, .node_id = -1, .address = {}});
        } else if (const auto* join = get_if<JoinGroupRequest>(&frame.payload)) {
            const auto said = decode_subscription(join->protocols.front().metadata);
            record(fmt::format("join {} {}", id(join->member_id), said->generation));
            if (reaction_.asked == Asked::find && !told_to_look_) {
                told_to_look_ = true;
                return answer(refusal(Error::not_coordinator, ""));
            }
            if (strikes(Asked::join)) {
                const bool new_id = reaction_.error == Error::member_id_required;
                return answer(refusal(reaction_.error, new_id ? "another" : ""));
            }
        } else if (const auto* sync = get_if<SyncGroupRequest>(&frame.payload)) {
            record(fmt::format("sync {} {}", id(sync->member_id), sync->generation));
            if (strikes(Asked::sync)) return answer(SyncGroupResponse{.error = reaction_.error, .assignment = {}});
        } else if (const auto* heartbeat = get_if<HeartbeatRequest>(&frame.payload)) {
            record(fmt::format("heartbeat {} {}", id(heartbeat->member_id), heartbeat->generation));
            if (strikes(Asked::heartbeat)) return answer(HeartbeatResponse{.error = reaction_.error});
            if (std::exchange(rejoin_, false)) return answer(HeartbeatResponse{.error = Error::rebalance_in_progress});
        } else if (const auto* commit = get_if<OffsetCommitRequest>(&frame.payload)) {
            record(fmt::format("commit {} {}", id(commit->member_id), commit->generation));
            if (strikes(Asked::commit)) return answer(OffsetCommitResponse{.error = reaction_.error, .partitions = {}});
        } else if (get_if<OffsetFetchRequest>(&frame.payload) != nullptr) {
            record("fetch");
            if (strikes(Asked::fetch)) return answer(OffsetFetchResponse{.error = reaction_.error, .offsets = {}});
        }
        return false;
    }
    static JoinGroupResponse refusal(Error error, const std::string& member_id) {
        JoinGroupResponse refused;
        refused.error = error;
        refused.member_id = member_id;
        return refused;
    }
    bool strikes(Asked asked) {
        if (asked != reaction_.asked || struck_) return false;
        struck_ = true;
        requests_at_error_ = requests_;
        return true;
    }
    void record(const std::string& request) {
        ++requests_;
        if (struck_) after_.push_back(request);
    }
    /// "m" for the id that the member had, "n" for a new one.
    std::string id(const std::string& member) const { return member.empty() ? "-" : member == own_id_ ? "m" : "n"; }

    const Reaction& reaction_;
    TestGroup group_;
    std::string own_id_;
    std::vector<std::string> after_;
    bool struck_ = false;
    bool rejoin_ = false;
    bool told_to_look_ = true;
    int requests_ = 0;
    int requests_at_error_ = 0;
};

TEST(ErrorsAtTheMember, are_met_as_kafkas_client_meets_them) {
    for (const Reaction& reaction : reactions) {
        SCOPED_TRACE(
            fmt::format("request {}, error {}", static_cast<int>(reaction.asked), static_cast<int>(reaction.error)));
        Accident accident(reaction);
        EXPECT_TRUE(accident.struck());
        EXPECT_EQ(accident.after(), reaction.then);
        EXPECT_EQ(accident.fatal(), reaction.fatal ? std::optional(reaction.error) : std::nullopt);
        if (reaction.fatal) {
            EXPECT_TRUE(accident.quiet()) << "it says nothing any more";
            EXPECT_EQ(accident.group().owned(0), 0U);
        }
    }
}

TEST(ErrorsAtTheMember, an_assignment_of_what_it_did_not_subscribe_to_makes_it_join_again) {
    TestGroup group;
    int answered = 0;
    group.cluster.broker().interceptor = [&](ConnectionId connection, const protocol::Frame& frame) {
        if (get_if<SyncGroupRequest>(&frame.payload) == nullptr || answered++ > 0) return false;
        const Assignment foreign{.partitions = {{"orders@broker-0", 1}, {"bills@broker-0", 0}}, .user_data = {}};
        group.cluster.broker().server.respond(
            connection, frame.opaque,
            SyncGroupResponse{.error = Error::none, .assignment = encode_assignment(foreign)});
        return true;
    };
    group.start(0);
    group.run(10s);
    EXPECT_EQ(answered, 2);
    EXPECT_EQ(group.cluster.world.notes_of<note::Owned>().size(), 12U) << "nothing of the first assignment";
    EXPECT_TRUE(group.every_queue_has_one_owner());
}

}  // namespace
}  // namespace brokersim::kafka::testing
