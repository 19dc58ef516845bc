#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/client/ownership.h"
#include "core/kafka/consumer_group_records.h"
#include "core/kafka/consumer_member_positions.h"
#include "core/kafka/coordinator_link.h"
#include "core/kafka/deadline.h"
#include "core/kafka/group_config.h"
#include "core/kafka/messages.h"

namespace brokersim::kafka {

struct ConsumerMemberOptions {
    /// Session and heartbeat times are the coordinator's under this protocol.
    MemberConfig config;
    std::string server_assignor;  // group.remote.assignor; empty: the coordinator's first
    StartPosition start;
};

/// Membership of a consumer in a Kafka group under the consumer protocol (KIP-848; AbstractMembershipManager,
/// ConsumerMembershipManager, AbstractHeartbeatRequestManager). Heartbeats carry what the member owns and bring what it
/// may use; it gives up what is missing, says so at once, and goes on with the rest all the while.
///
/// As in GroupMember, what Kafka does at the next poll() happens at once, and a poll loop that is held up is what
/// QueueOwner::quiesce waits for. It waits for the handlers of the queues that are to be given up before it commits;
/// the real client commits first, which may cover what was handed out and is not handled yet.
///
/// Queues are called as queue_names.h says; on the wire they stand under the id of that name, which the member resolves
/// by its routes. All calls come from the consumer's handlers.
class ConsumerMember final : public client::Ownership {
public:
    enum class State : std::uint8_t {
        unsubscribed,   // not started, or ended
        joining,        // asks to become a member
        reconciling,    // gives up and takes over what its assignment says
        acknowledging,  // has done that, and says so
        stable,
        fenced,  // is no member any more, and has to give up everything before it joins again
        prepare_leaving,
        leaving,
        fatal,
        stale,  // left because handlers held it up; joins again when they let it
    };

    /// `owner` must outlive the member, and is asked for its host only until start().
    explicit ConsumerMember(client::QueueOwner& owner, ConsumerMemberOptions options = {});

    void start() override;
    /// Gives everything up and commits, then leaves (a static member goes away for a while); ends after 30 s at most,
    /// plus what the handlers under way take.
    void shutdown(Task done) override;
    void persist_offsets() override;
    void wake() override {}
    void offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) override;

    State state() const { return state_; }
    std::int32_t epoch() const { return epoch_; }
    const std::string& member_id() const { return member_id_; }
    /// The error that ended the membership for good; none while it goes on.
    std::optional<Error> fatal_error() const { return fatal_; }

private:
    using Queues = std::map<TopicIdPartition, protocol::MessageQueue>;
    enum class CommitOutcome : std::uint8_t { done, retry, failed };

    // heartbeats
    void beat_now();
    void send_heartbeat();
    ConsumerGroupHeartbeatRequest next_heartbeat();
    void answered(std::uint64_t life, ConsumerGroupHeartbeatResponse&& response);
    void refused(Error error);
    void coordinator_found();
    void join();
    void fenced();
    void poll_expired();
    void give_up_all();
    void fail(Error error);

    // reconciling
    bool reconciled() const { return adopted_version_ == target_version_ && !unresolved_; }
    void assigned(IdPartitions target);
    void reconcile();
    Queues resolve();
    void resolve_again();
    void refresh_routes(std::size_t next, Task then);
    void commit_before_revoke(std::uint64_t round);
    void adopt();
    bool has(const protocol::MessageQueue& queue) const;

    // committing and leaving
    void commit(Callback<void(CommitOutcome)> done);
    CommitOutcome commit_answered(Error error);
    void commit_before_leaving();
    void leave();
    void send_leave(Callback<void(ConsumerGroupHeartbeatResponse&&)> done);
    void end();

    client::QueueOwner& owner_;
    Host& host_;
    ConsumerMemberOptions options_;
    CoordinatorLink link_;
    MemberPositions positions_;
    NameId group_{};

    State state_ = State::unsubscribed;
    std::string member_id_;
    std::int32_t epoch_ = 0;
    std::optional<Error> fatal_;

    Deadline heartbeat_;
    Duration interval_{};             // as the coordinator says; none yet: at once
    bool in_flight_ = false;          // a heartbeat of this life of the membership
    bool overdue_ = false;            // to be sent as soon as a coordinator is known and the one before is answered
    bool said_all_ = false;           // the coordinator knows what never changes
    std::uint64_t said_version_ = 0;  // what it was told last of owned_version_
    std::int64_t failures_ = 0;       // heartbeats refused in a row
    std::uint64_t life_ = 0;          // answers to heartbeats of earlier ones do not count

    IdPartitions target_;  // the newest assignment
    std::uint64_t target_version_ = 0;
    std::uint64_t adopted_version_ = 0;
    bool unresolved_ = false;                          // part of the adopted assignment has no name yet
    bool resolving_ = false;                           // routes are asked for
    std::map<TopicId, protocol::MessageQueue> names_;  // topic and broker behind an id; the queue id does not count
    std::uint64_t owned_version_ = 0;                  // counts adoptions
    Queues assigned_;                 // the adopted assignment; a queue is owned once its position is known
    std::uint64_t round_ = 0;         // makes earlier reconciliations stale
    bool reconciling_ = false;        // one is under way
    std::uint64_t next_version_ = 0;  // what it adopts
    Queues next_;

    Deadline poll_deadline_;    // max.poll.interval.ms, while handlers hold a reconciliation up
    Deadline revoke_deadline_;  // the commit before a revocation is not repeated beyond
    Deadline close_deadline_;
    bool commit_retry_ = false;  // an automatic commit is to be repeated
    Task closed_;
};

}  // namespace brokersim::kafka
