#include "core/broker/subscription_groups.h"

#include <array>
#include <utility>
#include <vector>

#include "core/broker/config_json.h"
#include "core/broker/names.h"

namespace brokersim::broker {

namespace {

/// Groups that are there from the start (SubscriptionGroupManager.init).
constexpr std::array<std::string_view, 7> made_at_start{
    "TOOLS_CONSUMER",  "FILTERSRV_CONSUMER",    "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY",
    "CID_ONSAPI_PULL", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER"};

}  // namespace

SubscriptionGroups::SubscriptionGroups(Host& host, const BrokerConfig& config)
    : host_(host), config_(config), file_(host, "subscriptionGroup.json") {}

std::expected<void, std::string> SubscriptionGroups::load() {
    version_.timestamp = epoch_ms(host_.wall_ms());
    for (std::string_view name : made_at_start) insert({.name = std::string(name)});
    return file_.load([this](std::string_view content) { return read(content); });
}

const SubscriptionGroup* SubscriptionGroups::find_or_create(std::string_view name) {
    if (const SubscriptionGroup* known = find(name)) return known;
    const bool system_group = name.starts_with("CID_RMQ_SYS_");
    if (!config_.autoCreateSubscriptionGroup && !system_group) return nullptr;
    if (!valid_group_name(name)) return nullptr;
    put({.name = std::string(name)});
    return find(name);
}

void SubscriptionGroups::put(SubscriptionGroup group) {
    insert(std::move(group));
    version_.timestamp = epoch_ms(host_.wall_ms());
    ++version_.counter;
    file_.save(json());
}

const SubscriptionGroup& SubscriptionGroups::insert(SubscriptionGroup group) {
    group.name_id = host_.name(group.name);
    SubscriptionGroup& stored = groups_.get_or_make(group.name);
    stored = std::move(group);
    return stored;
}

std::string SubscriptionGroups::json() const {
    ConfigText text;
    text.version(version_);
    text.empty_object("forbiddenTable");
    text.open("subscriptionGroupTable");
    for (const auto& [name, group] : groups_) {
        text.open(name);
        text.empty_object("attributes");
        text.number("brokerId", group.broker_id);
        text.flag("consumeBroadcastEnable", group.consume_broadcast_enable);
        text.flag("consumeEnable", group.consume_enable);
        text.flag("consumeFromMinEnable", group.consume_from_min_enable);
        text.flag("consumeMessageOrderly", group.consume_message_orderly);
        text.number("consumeTimeoutMinute", 15);
        text.string("groupName", name);
        text.open("groupRetryPolicy");
        text.string("type", "CUSTOMIZED");
        text.close();
        text.number("groupSysFlag", 0);
        text.flag("notifyConsumerIdsChangedEnable", group.notify_consumer_ids_changed_enable);
        text.number("retryMaxTimes", group.retry_max_times);
        text.number("retryQueueNums", group.retry_queue_nums);
        text.number("whichBrokerWhenConsumeSlowly", group.which_broker_when_consume_slowly);
        text.close();
    }
    text.close();
    return text.finish();
}

std::expected<void, std::string> SubscriptionGroups::read(std::string_view json) {
    auto root = read_config(json);
    if (!root) return std::unexpected(root.error());
    std::vector<SubscriptionGroup> groups;
    for (const auto& [key, value] : members_at(*root, "subscriptionGroupTable")) {
        const SubscriptionGroup standard;
        groups.push_back(
            {.name = key.text,
             .consume_enable = flag_at(value, "consumeEnable", standard.consume_enable),
             .consume_from_min_enable = flag_at(value, "consumeFromMinEnable", standard.consume_from_min_enable),
             .consume_broadcast_enable = flag_at(value, "consumeBroadcastEnable", standard.consume_broadcast_enable),
             .consume_message_orderly = flag_at(value, "consumeMessageOrderly", standard.consume_message_orderly),
             .notify_consumer_ids_changed_enable =
                 flag_at(value, "notifyConsumerIdsChangedEnable", standard.notify_consumer_ids_changed_enable),
             .retry_queue_nums = number_at(value, "retryQueueNums", standard.retry_queue_nums),
             .retry_max_times = number_at(value, "retryMaxTimes", standard.retry_max_times),
             .broker_id = number_at(value, "brokerId", standard.broker_id),
             .which_broker_when_consume_slowly =
                 number_at(value, "whichBrokerWhenConsumeSlowly", standard.which_broker_when_consume_slowly)});
    }
    for (auto& group : groups) insert(std::move(group));
    version_ = version_at(*root, version_);
    return {};
}

}  // namespace brokersim::broker
