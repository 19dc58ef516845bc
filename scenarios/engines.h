#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/broker/broker_config.h"
#include "core/store/message_store.h"
#include "sim/collector.h"

/// What runs the brokers and the clients: the costs of their handlers, and how garbage collection stops them.
namespace brokersim::scenario {

struct Engine {
    std::string_view name;
    broker::BrokerCosts broker;
    store::StoreCosts store;
    std::optional<sim::CollectorSpec> collector;  // of every process; none: nothing stops
    std::string_view about;
};

/// In a fixed order, the default first.
std::span<const Engine> engines();
/// The engine of that name; null if there is none.
const Engine* find_engine(std::string_view name);

}  // namespace brokersim::scenario
