#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/broker/broker_config.h"
#include "core/client/client_config.h"
#include "core/kafka/group_config.h"
#include "core/namesrv/name_server_config.h"
#include "core/store/message_store.h"
#include "core/store/store_config.h"
#include "scenarios/document.h"
#include "scenarios/scenario.h"
#include "scenarios/vm_config.h"

/// Keys of the real systems: which ones a scenario may set where, and what a resolved scenario sets them to.
namespace brokersim::scenario {

/// Where a scenario sets real keys.
enum class ConfigPlace : std::uint8_t {
    vm,        // hardware.vm.KEY: the kernel's
    broker,    // cluster.broker.KEY: BrokerConfig, MessageStoreConfig, Kafka's coordinator
    namesrv,   // cluster.namesrv.KEY: NamesrvConfig
    store,     // store.KEY: MessageStoreConfig
    producer,  // producer.NAME.client.KEY: RocketMQ's client
    consumer,  // group.NAME.client.KEY: RocketMQ's client, Kafka's member
};

struct ConfigValue {
    std::string text;  // as set_key takes it
    bool modelled;     // false: a key of the real system that has no effect here
};

/// Checks one key and its value as a scenario writes them. Times may be plain milliseconds, as in the real files, or
/// have a unit; sizes may be plain bytes or have a unit. An error is a sentence that says what is wrong, with the
/// nearest key.
std::expected<ConfigValue, std::string> check_config(ConfigPlace place, const std::string& key, const Item& value);

/// Where a real key may be set, as a path ("cluster.broker.KEY"): inside `section` if it may be set there; empty if
/// nowhere.
std::string config_home(const std::string& key, std::string_view section);

/// The real configurations of a resolved scenario: the release's defaults, the scenario's keys, and what its own words
/// stand for (`threads`, `from`).
broker::BrokerConfig broker_config(const Scenario& scenario);
store::StoreConfig store_config(const Scenario& scenario);
/// What a message costs the store's CPU: as [costs] says, else as the engine does.
store::StoreCosts store_costs(const Scenario& scenario);
kafka::CoordinatorConfig coordinator_config(const Scenario& scenario);
namesrv::NameServerConfig name_server_config(const Scenario& scenario);
VmConfig vm_config(const Scenario& scenario);
client::ClientConfig client_config(const ProducerSpec& producer);
client::ClientConfig client_config(const GroupSpec& group);
kafka::MemberConfig member_config(const GroupSpec& group);

}  // namespace brokersim::scenario
