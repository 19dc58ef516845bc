#include "core/namesrv/name_server_config.h"

#include <array>

namespace brokersim::namesrv {

namespace {

using Key = ConfigKey<NameServerConfig>;
using C = NameServerConfig;

constexpr std::int64_t most_threads = 10'000;
constexpr std::int64_t most_queued = 100'000'000;
constexpr std::int64_t day_ms = 86'400'000;

constexpr std::array keys{
    Key{"listenPort", &C::listenPort, 1, UINT16_MAX, "port for brokers and clients"},
    Key{"scanNotActiveBrokerInterval", &C::scanNotActiveBrokerInterval, 1, day_ms,
        "ms between two searches for silent brokers"},
    Key{"clientRequestThreadPoolNums", &C::clientRequestThreadPoolNums, 1, most_threads, "threads for route requests"},
    Key{"clientRequestThreadPoolQueueCapacity", &C::clientRequestThreadPoolQueueCapacity, 1, most_queued,
        "route requests that may wait"},
    Key{"defaultThreadPoolNums", &C::defaultThreadPoolNums, 1, most_threads, "threads for everything else"},
    Key{"defaultThreadPoolQueueCapacity", &C::defaultThreadPoolQueueCapacity, 1, most_queued,
        "other requests that may wait"},
    Key{"needWaitForService", &C::needWaitForService, 0, 0, "refuses route requests for a while after the start"},
    Key{"waitSecondsForService", &C::waitSecondsForService, 0, day_ms / 1000, "seconds of that while"},
    Key{"deleteTopicWithBrokerRegistration", &C::deleteTopicWithBrokerRegistration, 0, 0,
        "topics that a broker no longer names are forgotten"},
    Key{"rocketmqHome"},
    Key{"kvConfigPath"},
    Key{"configStorePath"},
    Key{"productEnvName"},
    Key{"clusterTest"},
    Key{"orderMessageEnable"},
    Key{"returnOrderTopicConfigToBroker"},
    Key{"unRegisterBrokerQueueCapacity"},
    Key{"supportActingMaster"},
    Key{"enableAllTopicList"},
    Key{"enableTopicList"},
    Key{"notifyMinBrokerIdChanged"},
    Key{"enableControllerInNamesrv"},
    Key{"configBlackList"},
};

}  // namespace

std::span<const ConfigKey<NameServerConfig>> name_server_config_keys() { return keys; }

}  // namespace brokersim::namesrv
