#pragma once

#include <cstdint>
#include <span>

#include "core/config.h"

namespace brokersim::namesrv {

/// RocketMQ's NamesrvConfig (and the port of its NettyServerConfig), by its own names and with its own defaults, as far
/// as the name server acts on it. Read when the name server is made.
struct NameServerConfig {
    std::int64_t listenPort = 9876;
    Millis scanNotActiveBrokerInterval{5'000};
    std::int64_t clientRequestThreadPoolNums = 8;
    std::int64_t clientRequestThreadPoolQueueCapacity = 50'000;
    std::int64_t defaultThreadPoolNums = 16;
    std::int64_t defaultThreadPoolQueueCapacity = 10'000;
    bool needWaitForService = false;
    std::int64_t waitSecondsForService = 45;
    bool deleteTopicWithBrokerRegistration = false;
};

/// The keys of NameServerConfig under their real names, and real keys that have no effect here.
std::span<const ConfigKey<NameServerConfig>> name_server_config_keys();

}  // namespace brokersim::namesrv
