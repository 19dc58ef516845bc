#pragma once

#include <memory>

#include "core/broker/broker.h"
#include "core/broker/request_handler.h"
#include "core/kafka/group_coordinator.h"

namespace brokersim::kafka {

/// Makes a RocketMQ broker a group coordinator as well: broker.plug(std::make_unique<CoordinatorService>(...)). Its
/// records go into the topic __consumer_offsets of the broker's own store, partition p into queue p.
class CoordinatorService final : public broker::RequestHandler {
public:
    /// `broker` must outlive the service. `cluster.self` is the index of this broker.
    CoordinatorService(Host& host, broker::Broker& broker, CoordinatorCluster cluster, CoordinatorConfig config = {});
    ~CoordinatorService() override;

    void start() override;
    bool handle(ConnectionId connection, protocol::Frame&& frame) override;
    /// Nothing to do: requests stay parked, and an answer to nobody is lost, as in Kafka.
    void connection_closed(ConnectionId connection) override;
    void stop() override;

    GroupCoordinator& coordinator();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace brokersim::kafka
