#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/broker/housekeeping.h"
#include "core/broker/subscription_groups.h"
#include "core/host.h"
#include "core/named_table.h"
#include "core/protocol/messages.h"
#include "core/protocol/remoting.h"

namespace brokersim::broker {

/// The members of a consumer group that are known to this broker, and what the group subscribes to (RocketMQ's
/// ConsumerGroupInfo).
class ConsumerGroup {
public:
    ConsumerGroup(std::string name, NameId id) : name_(std::move(name)), id_(id) {}

    const std::string& name() const { return name_; }
    bool broadcasting() const { return model_ == protocol::MessageModel::broadcasting; }
    /// Null if the group does not subscribe to the topic.
    const protocol::SubscriptionData* subscription(std::string_view topic) const { return subscriptions_.find(topic); }
    /// Client ids by age of their connections; one immutable list until a member comes or goes.
    std::shared_ptr<const protocol::MemberList> members() const;

private:
    friend class ConsumerRegistry;
    struct Member {
        std::string client_id;
        NameId id;
        MonoTime heartbeat;
    };

    bool update_subscriptions(const std::vector<protocol::SubscriptionData>& subscriptions);

    std::string name_;
    NameId id_;
    protocol::MessageModel model_ = protocol::MessageModel::clustering;
    std::map<ConnectionId, Member> members_;
    NamedTable<protocol::SubscriptionData> subscriptions_;  // by topic
    mutable std::shared_ptr<const protocol::MemberList> list_;
};

/// Consumer groups and their members by connection (RocketMQ's ConsumerManager). Whoever changes a group's membership
/// makes it push NOTIFY_CONSUMER_IDS_CHANGED to all members that the group then has, unless it broadcasts or does not
/// want that. A group is forgotten, subscriptions and all, when its last member goes.
class ConsumerRegistry {
public:
    /// `notify` is the broker's notifyConsumerIdsChangedEnable; references must outlive the registry.
    ConsumerRegistry(Host& host, protocol::RemotingServer& server, const SubscriptionGroups& settings, bool notify)
        : host_(host), server_(server), settings_(settings), notify_(notify) {}

    /// A heartbeat for one group.
    void heartbeat(ConnectionId connection, const std::string& client_id, const protocol::ConsumerData& data);
    /// UNREGISTER_CLIENT for one group.
    void unregister(ConnectionId connection, const std::string& group);
    /// The connection is gone (or is closed because its client fell silent): its members leave.
    void remove(ConnectionId connection, note::LeaveReason reason);

    /// Null if the group has no member here.
    const ConsumerGroup* find(std::string_view group) const { return groups_.find(group); }
    /// Shows every member to a scan.
    void show(HeartbeatScan& scan) const;

private:
    using Groups = NamedTable<ConsumerGroup>;

    /// Takes a member out if it is there, and the group if it becomes empty. Returns the next group.
    Groups::Iterator leave(Groups::Iterator group, ConnectionId connection, note::LeaveReason reason);
    void notify_members(const ConsumerGroup& group);

    Host& host_;
    protocol::RemotingServer& server_;
    const SubscriptionGroups& settings_;
    bool notify_;
    Groups groups_;
};

}  // namespace brokersim::broker
