#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/broker/broker_config.h"
#include "core/broker/request_handler.h"
#include "core/host.h"
#include "core/protocol/messages.h"
#include "core/protocol/pop_messages.h"
#include "core/protocol/remoting.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

struct BrokerIdentity {
    std::string cluster = "DefaultCluster";
    std::string name = "broker-0";
    std::int64_t id = protocol::master_id;
    std::uint16_t port = 10911;
};

struct BrokerOptions {
    BrokerIdentity identity;
    BrokerConfig config;
    store::StoreConfig store;
    /// Topics of the operator: made at the first start, as if by an admin tool; what the files say about them wins
    /// later.
    std::vector<protocol::TopicConfig> topics;
    /// How groups get messages where not by pulling; set at each start, as if by an admin tool.
    std::vector<protocol::SetRequestModeRequest> request_modes{};
    std::vector<Address> name_servers;
    BrokerCosts costs{};
    store::StoreCosts store_costs{};
};

/// A RocketMQ broker (master): topics, a message store, producers, consumers and their groups. One life: made, started,
/// then shut down or destroyed. The files under the host's root survive it.
class Broker final : public Node {
public:
    Broker(Host& host, BrokerOptions options);
    ~Broker() override;

    /// Lets `handler` answer what arrives on Lane::coordinator (Kafka's group protocol). Before start() only.
    void plug(std::unique_ptr<RequestHandler> handler);

    /// Loads the files and then, when that has been paid for, opens the lanes, listens, and registers with every name
    /// server. If the files cannot be opened, the broker stays deaf (a real one exits) and start_error() says why.
    void start() override;
    /// Unregisters, closes all connections, shuts the store down and writes the offsets; then calls `done`.
    void shutdown(Task done) override;

    const std::optional<std::string>& start_error() const;

    /// For handlers that are plugged in, and for inspection. The store may be used after start() has loaded it.
    protocol::RemotingServer& server();
    store::MessageStore& store();
    const BrokerIdentity& identity() const;
    /// Whether nothing that was popped is still open: all is acknowledged, or lies in a retry topic again.
    bool pops_idle() const;
    /// Makes the topic unless it is there; persists and announces it (RocketMQ's createTopicInSendMessageBackMethod).
    void ensure_topic(const protocol::TopicConfig& config);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace brokersim::broker
