#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/client/ownership.h"
#include "core/kafka/assignor.h"
#include "core/kafka/coordinator_link.h"
#include "core/kafka/deadline.h"
#include "core/kafka/group_config.h"
#include "core/kafka/heartbeat_thread.h"
#include "core/kafka/messages.h"

namespace brokersim::kafka {

struct GroupMemberOptions {
    MemberConfig config;
    /// Where to begin if the group has no committed offset of a queue: last_offset is auto.offset.reset = latest,
    /// first_offset is earliest.
    protocol::ConsumeFromWhere from = protocol::ConsumeFromWhere::last_offset;
    std::int64_t from_timestamp = 0;  // ms, for ConsumeFromWhere::timestamp
    /// The rack (`broker.rack`) of a broker, by its name; empty: it has none. Null: nobody's rack is known.
    std::function<std::string(const std::string& broker)> rack_of;
};

/// Membership of a consumer in a Kafka group: the client's side of the classic protocol (AbstractCoordinator,
/// ConsumerCoordinator). It decides what the consumer owns; pulling, handling and the commit interval stay the
/// consumer's. What Kafka does "at the next poll()" happens at once, because this consumer has no poll loop; a poll
/// loop that is held up by handlers is what QueueOwner::quiesce waits for, so max.poll.interval.ms bounds it.
///
/// EAGER, unless all its assignors are COOPERATIVE: it stops, commits and gives everything up before it joins.
/// COOPERATIVE: it commits, goes on with what it owns, and when the new assignment has come, gives up what that lacks
/// (without another commit, as Kafka does) and joins again, so that somebody else can have it.
///
/// Names. A queue travels as TopicPartition{"TOPIC@BROKER", queue id} in assignments and offsets: its identity, the
/// same in everybody's view of the route. For the assignor the leader numbers a topic's queues: partition p is the
/// p-th of its MessageQueues, sorted, over all brokers of the leader's route. What members say they own is put into
/// these numbers before the assignor sees it.
///
/// A RocketMQ route loses the queues of a broker that is down, which Kafka's metadata keeps. The leader does not
/// rebalance for that; it does for queues that are new in the route, or gone from a broker that is still there.
///
/// The leader puts a digest of its whole plan into the user data of every assignment, which Rebalanced notes carry:
/// equal views are equal plans of the same generation.
///
/// The member opens Lane::group_heartbeat when it is started. All calls come from the consumer's handlers.
class GroupMember final : public client::Ownership, private HeartbeatThread::Member {
public:
    /// `assignors` by preference, at least one. `owner` must outlive the member, and is asked for its host
    /// only until start().
    GroupMember(client::QueueOwner& owner, std::vector<std::unique_ptr<Assignor>> assignors,
                GroupMemberOptions options = {});

    void start() override;
    /// Commits (unless a rebalance is under way), gives everything up, and, if dynamic, sends LeaveGroup; ends after 30
    /// s at most, plus what the handlers under way take.
    void shutdown(Task done) override;
    void persist_offsets() override;
    void wake() override {}
    void offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) override;

    /// The error that ended the membership for good (an application would see it thrown by poll()); none while it goes
    /// on.
    std::optional<Error> fatal_error() const { return fatal_; }

private:
    enum class Phase : std::uint8_t { idle, running, closing, ended };
    enum class State : std::uint8_t { unjoined, preparing_rebalance, completing_rebalance, stable };
    struct Generation {
        std::int32_t id = -1;  // -1: none
        std::string member_id;
        std::string protocol;

        bool same(const Generation& other) const { return id == other.id && member_id == other.member_id; }
        bool reset() const { return id < 0 || member_id.empty(); }
    };
    /// Queues by partition number, of one topic of the leader's view.
    using Numbering = std::map<std::string, std::vector<protocol::MessageQueue>>;

    // HeartbeatThread::Member
    bool coordinator_known() const override { return link_.known(); }
    void send_heartbeat() override;
    void session_expired() override { link_.mark_unknown(); }
    void poll_expired() override;
    Duration backoff(std::int64_t n) override { return link_.backoff(n); }
    void heartbeat_answered(const Generation& sent, Error error);

    // the join loop
    void request_rejoin();
    void join();
    void join_again(Duration delay);
    void prepare();
    void commit_before_join();
    void prepared();
    void give_up();
    void send_join();
    void join_answered(const Generation& sent, JoinGroupResponse&& response);
    void join_failed(const Generation& sent, Error error);
    void send_sync(std::vector<MemberAssignment> assignments);
    void sync_answered(const Generation& sent, SyncGroupResponse&& response);
    void reset_generation(bool forget_member_id);
    void fail(Error error);

    // leading
    void lead(const JoinGroupResponse& response);
    void refresh_routes(std::vector<std::string> topics, std::size_t next, Task then);
    void assign(std::vector<Subscriber> members);
    void renumber_claims(std::vector<Subscriber>& members, const Assignor& assignor) const;
    std::optional<TopicPartition> numbered(const TopicPartition& named) const;
    bool leads() const { return route_check_.remaining().has_value(); }
    void refresh_watched_routes();
    void look_at_routes();
    std::vector<protocol::MessageQueue> queues_of(const std::string& topic) const;
    TopicMetadata metadata_of(const std::string& topic, const std::vector<protocol::MessageQueue>& queues) const;

    // having
    void complete(const Assignment& assignment);
    void adopt(const Assignment& assignment, std::vector<protocol::MessageQueue> queues);
    void end_join();
    void fetch_positions(std::uint64_t taking);
    void positions_fetched(std::uint64_t taking, OffsetFetchResponse&& response);
    void reset_position(std::uint64_t taking, const protocol::MessageQueue& queue);
    void take(std::uint64_t taking, const protocol::MessageQueue& queue, QueueOffset from);
    void all_taken();

    // committing
    enum class CommitOutcome : std::uint8_t { done, retry, failed };
    void commit(Callback<void(CommitOutcome)> done);
    CommitOutcome commit_answered(const Generation& sent, Error error);

    // leaving
    void commit_before_leaving();
    void leave();
    void end();

    client::QueueOwner& owner_;
    Host& host_;
    GroupMemberOptions options_;
    std::vector<std::unique_ptr<Assignor>> assignors_;
    const bool cooperative_;  // all assignors are
    CoordinatorLink link_;
    HeartbeatThread heartbeats_;
    NameId group_{};
    Phase phase_ = Phase::idle;
    State state_ = State::unjoined;
    Generation generation_;
    bool joining_ = false;       // the join loop runs
    bool needs_prepare_ = true;  // the next turn of the join loop begins with onJoinPrepare
    bool rejoin_needed_ = true;
    bool commit_retry_ = false;  // an automatic commit is to be repeated
    std::uint64_t round_ = 0;    // counts what makes earlier steps of preparing and giving up stale
    std::uint64_t taking_ = 0;   // counts what makes earlier searches for positions stale
    Deadline prepare_deadline_;
    Deadline route_check_;  // set while this member leads
    Deadline close_deadline_;
    Numbering numbering_;                            // what the leader assigned last
    std::vector<protocol::MessageQueue> assigned_;   // sorted; owned, or about to be taken
    std::vector<protocol::MessageQueue> giving_up_;  // part of assigned_, sorted: quiet until it is dropped
    std::set<protocol::MessageQueue> untaken_;       // part of assigned_: the position is being looked for
    std::vector<protocol::MessageQueue> before_;     // what was assigned when all was taken last
    std::uint64_t view_ = 0;                         // generation and digest of the plan
    std::optional<Error> fatal_;
    Task closed_;
};

}  // namespace brokersim::kafka
