#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/broker/broker_config.h"
#include "core/broker/config_file.h"
#include "core/host.h"
#include "core/named_table.h"
#include "core/protocol/messages.h"

namespace brokersim::broker {

/// RocketMQ's SubscriptionGroupConfig, with its defaults.
struct SubscriptionGroup {
    std::string name;
    NameId name_id;
    bool consume_enable = true;
    bool consume_from_min_enable = true;
    bool consume_broadcast_enable = true;
    bool consume_message_orderly = false;
    bool notify_consumer_ids_changed_enable = true;
    std::int32_t retry_queue_nums = 1;
    std::int32_t retry_max_times = 16;
    std::int64_t broker_id = 0;
    std::int64_t which_broker_when_consume_slowly = 1;
};

/// What groups may do (RocketMQ's SubscriptionGroupManager), kept in config/subscriptionGroup.json.
class SubscriptionGroups {
public:
    /// `config` must outlive this object.
    SubscriptionGroups(Host& host, const BrokerConfig& config);

    /// Makes the groups that every broker has, then takes what the file says.
    std::expected<void, std::string> load();

    /// The group, made with default settings if it is not known and autoCreateSubscriptionGroup allows it; else null. A
    /// group stays at its address as long as this object lives.
    const SubscriptionGroup* find_or_create(std::string_view name);
    /// Null if the group is not known.
    const SubscriptionGroup* find(std::string_view name) const { return groups_.find(name); }
    /// Sets a group's settings, as an operator does; persists them.
    void put(SubscriptionGroup group);
    void when_saved(Task done) { file_.when_saved(std::move(done)); }

private:
    const SubscriptionGroup& insert(SubscriptionGroup group);
    std::string json() const;
    std::expected<void, std::string> read(std::string_view json);

    Host& host_;
    const BrokerConfig& config_;
    ConfigFile file_;
    NamedTable<SubscriptionGroup> groups_;
    protocol::DataVersion version_;
};

}  // namespace brokersim::broker
