#include "core/broker/consumer_registry.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace brokersim::broker {

std::shared_ptr<const protocol::MemberList> ConsumerGroup::members() const {
    if (list_ == nullptr) {
        auto list = std::make_shared<protocol::MemberList>();
        list->client_ids.reserve(members_.size());
        for (const auto& [connection, member] : members_) list->client_ids.push_back(member.client_id);
        list_ = std::move(list);
    }
    return list_;
}

/// ConsumerGroupInfo.updateSubscription: a topic that comes or goes is a change; a newer version of a known topic's
/// subscription is taken over silently (clients raise it at every rebalance, and would otherwise never come to rest).
bool ConsumerGroup::update_subscriptions(const std::vector<protocol::SubscriptionData>& subscriptions) {
    bool changed = false;
    for (const auto& subscription : subscriptions) {
        if (auto* known = subscriptions_.find(subscription.topic)) {
            if (subscription.sub_version > known->sub_version) *known = subscription;
        } else {
            subscriptions_.get_or_make(subscription.topic, subscription);
            changed = true;
        }
    }
    const auto wanted = [&subscriptions](const std::string& topic) {
        return std::ranges::any_of(subscriptions, [&topic](const auto& data) { return data.topic == topic; });
    };
    for (auto known = subscriptions_.begin(); known != subscriptions_.end();) {
        const bool gone = !wanted(known->first);
        known = gone ? subscriptions_.erase(known) : std::next(known);
        changed |= gone;
    }
    return changed;
}

void ConsumerRegistry::heartbeat(ConnectionId connection, const std::string& client_id,
                                 const protocol::ConsumerData& data) {
    ConsumerGroup* known = groups_.find(data.group);
    ConsumerGroup& group =
        known != nullptr ? *known : groups_.get_or_make(data.group, data.group, host_.name(data.group));
    group.model_ = data.message_model;
    auto [member, joined] = group.members_.try_emplace(connection);
    member->second.heartbeat = host_.mono_ns();
    if (joined || member->second.client_id != client_id) {
        member->second.client_id = client_id;
        member->second.id = host_.name(client_id);
        group.list_ = nullptr;
    }
    if (joined) host_.note(note::MemberJoined{group.id_, member->second.id});
    const bool resubscribed = group.update_subscriptions(data.subscriptions);
    if (joined || resubscribed) notify_members(group);
}

void ConsumerRegistry::unregister(ConnectionId connection, const std::string& group) {
    if (auto found = groups_.locate(group); found != groups_.end())
        leave(found, connection, note::LeaveReason::unregistered);
}

void ConsumerRegistry::remove(ConnectionId connection, note::LeaveReason reason) {
    for (auto group = groups_.begin(); group != groups_.end();) group = leave(group, connection, reason);
}

void ConsumerRegistry::show(HeartbeatScan& scan) const {
    for (const auto& [name, group] : groups_)
        for (const auto& [connection, member] : group.members_) scan.see(connection, member.heartbeat);
}

ConsumerRegistry::Groups::Iterator ConsumerRegistry::leave(Groups::Iterator group, ConnectionId connection,
                                                           note::LeaveReason reason) {
    auto member = group->second.members_.find(connection);
    if (member == group->second.members_.end()) return std::next(group);
    host_.note(note::MemberLeft{group->second.id_, member->second.id, reason});
    group->second.members_.erase(member);
    group->second.list_ = nullptr;
    if (group->second.members_.empty()) return groups_.erase(group);
    notify_members(group->second);
    return std::next(group);
}

void ConsumerRegistry::notify_members(const ConsumerGroup& group) {
    if (!notify_ || group.broadcasting()) return;
    const SubscriptionGroup* settings = settings_.find(group.name());
    if (settings != nullptr && !settings->notify_consumer_ids_changed_enable) return;
    for (const auto& [connection, member] : group.members_)
        server_.push(connection, protocol::NotifyConsumerIdsChanged{group.name()});
}

}  // namespace brokersim::broker
