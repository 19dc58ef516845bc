#include "core/kafka/coordinator_service.h"

#include "core/kafka/consumer_group_topics.h"
#include "core/kafka/store_log.h"

namespace brokersim::kafka {

struct CoordinatorService::Parts {
    Parts(Host& host, broker::Broker& own_broker, CoordinatorCluster cluster, CoordinatorConfig config)
        : broker(own_broker),
          log(host, broker.store(), {host.address().ip, broker.identity().port}),
          topics(cluster.name_servers.empty() ? nullptr : std::make_unique<RouteTopics>(host, cluster.name_servers)),
          coordinator(host, broker.server(), log, std::move(cluster), std::move(config), topics.get()) {}

    broker::Broker& broker;
    StoreLog log;
    std::unique_ptr<RouteTopics> topics;
    GroupCoordinator coordinator;
};

CoordinatorService::CoordinatorService(Host& host, broker::Broker& broker, CoordinatorCluster cluster,
                                       CoordinatorConfig config)
    : parts_(std::make_unique<Parts>(host, broker, std::move(cluster), std::move(config))) {}

CoordinatorService::~CoordinatorService() = default;

void CoordinatorService::start() {
    parts_->broker.ensure_topic({.topic = std::string(offsets_topic),
                                 .read_queue_nums = offsets_partitions,
                                 .write_queue_nums = offsets_partitions});
    parts_->log.restore(parts_->coordinator, [this] { parts_->coordinator.start(); });
}

bool CoordinatorService::handle(ConnectionId connection, protocol::Frame&& frame) {
    return parts_->coordinator.handle(connection, std::move(frame));
}

void CoordinatorService::connection_closed(ConnectionId) {}

void CoordinatorService::stop() {
    parts_->log.stop();
    parts_->coordinator.stop();
    if (parts_->topics) parts_->topics->stop();
}

GroupCoordinator& CoordinatorService::coordinator() { return parts_->coordinator; }

}  // namespace brokersim::kafka
