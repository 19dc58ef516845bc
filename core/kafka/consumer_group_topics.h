#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/client/name_servers.h"
#include "core/host.h"
#include "core/protocol/remoting.h"

/// What a coordinator knows of the topics that consumer groups subscribe to. A Kafka broker has an image of all
/// metadata, of whose changes it is told; a RocketMQ broker knows its own queues only, so it asks a name server.
namespace brokersim::kafka {

class GroupTopics {
public:
    /// How many queues of a topic can be read on each broker.
    using Queues = std::map<std::string, std::int32_t>;

    virtual ~GroupTopics() = default;
    /// What is known of the topic's queues; empty if nothing is.
    virtual Queues queues(const std::string& topic) const = 0;
    /// Whether all the topics are watched, and have been looked for at least once.
    virtual bool looked_for(const std::vector<std::string>& topics) const = 0;
    /// From now on the topics are watched. Runs `then`, never within the call, when each has been looked for.
    virtual void watch(const std::vector<std::string>& topics, Task then) = 0;
    /// Something that was known before this life of the broker.
    virtual void remember(const std::string& topic, const std::string& broker, std::int32_t queues) = 0;
    /// `listener` is called when the queues of a watched topic are others than before.
    virtual void on_change(std::function<void(const std::string& topic)> listener) = 0;
};

/// Asks name servers for the routes of watched topics, once a second. A broker that is missing from a route keeps its
/// queues: in Kafka a partition stays a partition while its broker is down.
class RouteTopics final : public GroupTopics, private protocol::ClientEvents {
public:
    /// `host` must outlive the object; `name_servers` is not empty.
    RouteTopics(Host& host, std::vector<Address> name_servers);

    Queues queues(const std::string& topic) const override;
    bool looked_for(const std::vector<std::string>& topics) const override;
    void watch(const std::vector<std::string>& topics, Task then) override;
    void remember(const std::string& topic, const std::string& broker, std::int32_t queues) override;
    void on_change(std::function<void(const std::string&)> listener) override { changed_ = std::move(listener); }
    /// Asks no more; who still waits is forgotten.
    void stop();

private:
    struct Topic {
        Queues queues;
        bool watched = false;
        bool looked_for = false;
        bool asking = false;
    };
    struct Waiting {
        std::set<std::string> topics;  // not looked for yet
        Task then;
    };

    void on_push(Address, ConnectionId, protocol::Frame&&) override {}
    void ask(const std::string& topic);
    void answered(const std::string& topic, const protocol::CallResult& result);
    void ask_all_later();

    Host& host_;
    protocol::RemotingClient remoting_;
    client::NameServers name_servers_;
    std::map<std::string, Topic> topics_;
    std::vector<Waiting> waiting_;
    std::function<void(const std::string&)> changed_;
    TimerId timer_{};
    bool asking_later_ = false;
    bool stopped_ = false;
};

}  // namespace brokersim::kafka
