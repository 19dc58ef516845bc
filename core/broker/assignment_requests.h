#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/broker/answers.h"
#include "core/broker/broker_config.h"
#include "core/broker/consumer_registry.h"
#include "core/broker/request_modes.h"
#include "core/broker/small_requests.h"
#include "core/broker/topic_table.h"
#include "core/client/allocate.h"
#include "core/client/name_servers.h"
#include "core/client/route_table.h"
#include "core/protocol/pop_messages.h"
#include "core/protocol/remoting.h"

namespace brokersim::broker {

/// What a group's member shall pop in a topic (QueryAssignmentProcessor.allocate4Pop). All lists are sorted. With
/// `share_num` <= 0, or at least all other members: everything, as one entry (any_queue) for each broker. Else its own
/// part and those of the next `share_num` members; if there are more members than queues, one queue for each.
std::expected<client::Queues, std::string> allocate_for_pop(const client::AllocateStrategy& strategy,
                                                            std::string_view client_id, const client::Queues& queues,
                                                            const client::ClientIds& members, std::int32_t share_num);

/// Shares queues out to consumers that leave it to the broker (RocketMQ's QueryAssignmentProcessor), and keeps the mode
/// in which groups get messages. The routes that it needs it asks the name servers for, at the first question about a
/// topic and then every 30 s.
class AssignmentRequests final : public SmallRequests, private protocol::ClientEvents {
public:
    struct Surroundings {
        Host& host;
        TopicTable& topics;
        ConsumerRegistry& consumers;
        RequestModes& modes;
        Answers& answers;
    };
    AssignmentRequests(const Surroundings& around, std::vector<Address> name_servers, Duration cost);

    void stop();

private:
    void on_push(Address, ConnectionId, protocol::Frame&&) override {}
    void work(Request request) override;
    void set_mode(const Origin& origin, const protocol::SetRequestModeRequest& request);
    void query(const Origin& origin, const protocol::QueryAssignmentRequest& request);
    void answer(const Origin& origin, const protocol::QueryAssignmentRequest& request);
    protocol::QueryAssignmentResponse assign(const protocol::QueryAssignmentRequest& request) const;
    void ask_route(const std::string& topic, Task done);
    void ask_again();

    Surroundings around_;
    bool any_name_server_;
    protocol::RemotingClient remoting_;
    std::optional<client::NameServers> name_servers_;
    std::map<std::string, client::RoutePtr> routes_;  // of the topics that were asked for; null: not known
    TimerId timer_{};
    bool stopped_ = false;
};

}  // namespace brokersim::broker
