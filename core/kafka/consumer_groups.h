#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/kafka/consumer_group.h"
#include "core/kafka/consumer_group_topics.h"
#include "core/kafka/deadline.h"
#include "core/kafka/group_config.h"
#include "core/kafka/group_runtime.h"

namespace brokersim::kafka {

/// The broker's side of the consumer protocol (KIP-848; Kafka's GroupMetadataManager): members say what they own in
/// heartbeats and are told what they may use; the coordinator computes a target for each and moves them there one by
/// one, so that a partition goes to somebody only after the one before has said that it gave it up, or was fenced.
///
/// A request changes a group by records, at once in memory; its answer leaves when they are stored. If storing fails,
/// the group is refused until all that is under way has ended, and then is what the log says.
///
/// Classic members in such a group, and moving a group with members from one protocol to the other, are left out. All
/// calls on Lane::coordinator.
class ConsumerGroups {
public:
    /// All references must outlive the object, and `topics` must call it no more after stop().
    ConsumerGroups(Host& host, GroupRuntime& runtime, GroupTopics& topics, const CoordinatorConfig& config);

    /// Feeds a record of the log, in order, before start().
    void restore(const ConsumerGroupRecord& record);
    /// Everything has been restored: sessions start afresh.
    void start();
    /// Gives the groups up; requests whose answers wait for the log are answered by the log's partition.
    void stop();

    /// Works on a heartbeat. The topics that it names must have been looked for. `host` is the member's address, as
    /// Kafka writes it into its records.
    void heartbeat(Reply reply, const ConsumerGroupHeartbeatRequest& request, const std::string& host);

    /// Null if there is no such group.
    const ConsumerGroup* find(const std::string& group) const;
    /// Whether a member may commit or fetch offsets; a negative epoch is somebody who assigns queues to himself.
    Error may_commit(const std::string& group, const std::string& member_id, std::int32_t epoch) const;
    /// Removes an empty group, so that a classic one may have its name. False if the group has members.
    bool make_way(const std::string& group);

private:
    struct Timers {
        std::unique_ptr<Deadline> session;
        std::unique_ptr<Deadline> revocation;  // while the member is to give something up
        std::int32_t revoking_epoch = 0;       // the member's, when that began
    };
    struct Live {
        std::string name;
        NameId name_id;
        ConsumerGroup now;
        ConsumerGroup stored;  // what the log is known to say
        int writes = 0;        // under way
        bool failed = false;   // one of them
        bool topics_changed = false;
        bool was_stable = false;
        std::map<std::string, Timers> timers;  // by member id
    };
    using LivePtr = std::shared_ptr<Live>;
    /// Who a heartbeat comes from.
    struct Sender {
        std::string id;
        std::string replaces;  // the member whose place a returning static member takes; empty: none
        bool is_new = false;
    };
    using Records = std::vector<ConsumerGroupRecord>;

    // heartbeats
    Error check(const ConsumerGroupHeartbeatRequest& request) const;
    void leave(Reply reply, const ConsumerGroupHeartbeatRequest& request);
    std::expected<Sender, Error> sender_of(const std::string& group, const ConsumerGroup& now,
                                           const ConsumerGroupHeartbeatRequest& request);
    /// Puts the member's own words into the group; true if its subscription is another one now.
    bool take_metadata(Live& live, Records& records, const Sender& sender, const ConsumerGroupHeartbeatRequest& request,
                       const std::string& host);
    void refresh_topics(Live& live, Records& records, bool bump_epoch);
    bool retarget(Live& live, Records& records, const std::vector<std::string>& order);
    void reconcile(Live& live, Records& records, const std::string& member_id,
                   const ConsumerGroupHeartbeatRequest& request);
    std::string new_member_id(const std::string& group);

    // membership
    LivePtr find_live(const std::string& group) const;
    LivePtr make(const std::string& group);
    void take_out(Live& live, Records& records, const std::string& member_id, note::LeaveReason reason);
    void watch_session(Live& live, const std::string& member_id);
    void watch_revocation(Live& live, const ConsumerGroupMember& member);
    void session_met(const std::string& group, const std::string& member_id);
    void revocation_met(const std::string& group, const std::string& member_id);
    std::vector<GroupTopic> subscribed_topics(const ConsumerGroup& group) const;

    // writing
    void change(Live& live, Records& records, decltype(ConsumerGroupRecord::what) what);
    void write(const LivePtr& live, Records records, Callback<void(bool stored)> done);
    void written(const LivePtr& live, const Records& records, bool stored);
    void resume(Live& live);

    void refuse(Reply reply, Error error);

    Host& host_;
    GroupRuntime& runtime_;
    GroupTopics& topics_;
    const CoordinatorConfig& config_;
    std::vector<std::string> assignors_;
    std::map<std::string, LivePtr> groups_;
    std::map<std::string, std::uint64_t> ids_given_;  // by group
    bool stopped_ = false;
};

}  // namespace brokersim::kafka
