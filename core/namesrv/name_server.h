#pragma once

#include <memory>

#include "core/host.h"
#include "core/namesrv/name_server_config.h"

namespace brokersim::namesrv {

/// CPU time of the name server's handlers. Assumptions, not measurements of the real one: decoding, a table or two,
/// encoding.
struct NameServerCosts {
    Duration route{10'000};                // a route request
    Duration registration{20'000};         // a registration, and besides
    Duration registration_per_topic{500};  //   for each topic that it brings
    Duration unregistration{10'000};
};

/// RocketMQ's name server: brokers register with each of them, clients ask one of them; they do not know each other,
/// and forget everything when they die. Answers REGISTER_BROKER, UNREGISTER_BROKER and GET_ROUTEINFO_BY_TOPIC; any
/// other request is answered "not supported". A broker is forgotten when it says so, when its connection goes, and
/// when nothing was heard of it for its time-out (DefaultRequestProcessor, ClientRequestProcessor, RouteInfoManager).
class NameServer final : public Node {
public:
    NameServer(Host& host, NameServerConfig config, NameServerCosts costs = {});
    ~NameServer() override;

    /// Opens the lanes and listens on config.listenPort (9876).
    void start() override;
    /// Closes all connections, then calls `done`.
    void shutdown(Task done) override;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace brokersim::namesrv
