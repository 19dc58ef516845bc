#pragma once

#include <vector>

#include "core/broker/broker_config.h"
#include "core/broker/topic_table.h"
#include "core/host.h"
#include "core/protocol/remoting.h"

namespace brokersim::broker {

/// Keeps the broker and its topics known to every name server (BrokerController.registerBrokerAll and BrokerOuterAPI):
/// at the start, 10 s later, then every registerNameServerPeriod, and at once when a topic was made or changed.
class Registration final : private protocol::ClientEvents {
public:
    /// Who registers, and where it can be reached.
    struct Broker {
        std::string cluster;
        std::string name;
        std::int64_t id = protocol::master_id;
        Address address;
        Address ha_server;
    };

    /// `topics` and `config` must outlive this object.
    Registration(Host& host, Broker broker, std::vector<Address> name_servers, TopicTable& topics,
                 const BrokerConfig& config);

    void start();
    /// Registers without waiting for an answer. Ignored before start() and after stop().
    void announce();
    /// Unregisters from all name servers; calls `done` when all have answered, or cannot be reached.
    void stop(Task done);

private:
    void on_push(Address, ConnectionId, protocol::Frame&&) override {}
    void register_all();
    protocol::RegisterBrokerRequest request() const;
    void next_in(Duration delay);

    Host& host_;
    Broker broker_;
    std::vector<Address> name_servers_;
    TopicTable& topics_;
    const BrokerConfig& config_;
    protocol::RemotingClient client_;
    TimerId timer_{};
    bool running_ = false;
    std::size_t farewells_ = 0;
    Task stopped_;
};

}  // namespace brokersim::broker
