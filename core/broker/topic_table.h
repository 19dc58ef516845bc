#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/broker/broker_config.h"
#include "core/broker/config_file.h"
#include "core/host.h"
#include "core/named_table.h"
#include "core/protocol/messages.h"

namespace brokersim::broker {

/// A topic of this broker. Lives as long as the table, at one address.
struct Topic {
    protocol::TopicConfig config;
    bool takes_messages = false;      // its name is legal, and clients may send to it
    std::vector<NameId> queue_names;  // "topic@broker:id", of the queues that were named so far
};

/// The broker's topics (RocketMQ's TopicConfigManager), kept in config/topics.json.
class TopicTable {
public:
    /// `broker` and `cluster` are names; `config` must outlive the table.
    TopicTable(Host& host, std::string broker, std::string cluster, const BrokerConfig& config);

    /// Makes the system topics, then takes what the file says. A file that cannot be read as JSON counts as absent if
    /// its .bak can be; else the reason is returned.
    std::expected<void, std::string> load();
    /// Called whenever a topic was made or changed: the broker then tells the name servers.
    void on_change(std::function<void()> listener) { changed_ = std::move(listener); }

    /// Null if there is no such topic.
    Topic* find(std::string_view name) { return topics_.find(name); }
    /// Makes a topic unless it is there, in any shape; persists it.
    Topic& ensure(const protocol::TopicConfig& config);
    /// TopicConfigManager.createTopicInSendMessageMethod: makes `name` after the template topic, if the template is
    /// there and can be inherited from. Null if not.
    Topic* create_from_template(const std::string& name, std::string_view template_name, std::int32_t queue_nums,
                                std::int32_t sys_flag);
    /// The name of a queue in notes.
    NameId queue_name(Topic& topic, std::int32_t queue_id);

    const protocol::DataVersion& version() const { return version_; }
    /// All topics as they are told to name servers: what the whole broker may not do, no topic may (brokerPermission).
    std::shared_ptr<const std::vector<protocol::TopicConfig>> registered();
    /// Calls `done` when everything that was written so far is on disk, or has failed to get there.
    void when_saved(Task done) { file_.when_saved(std::move(done)); }

private:
    void add_system_topics();
    void add(std::string name, std::int32_t queues, std::int32_t perm = protocol::perm::read_write);
    Topic& insert(protocol::TopicConfig config);
    void change();
    std::string json() const;
    std::expected<void, std::string> read(std::string_view json);

    Host& host_;
    std::string broker_;
    std::string cluster_;
    const BrokerConfig& config_;
    ConfigFile file_;
    NamedTable<Topic> topics_;
    protocol::DataVersion version_;
    std::function<void()> changed_;
    std::shared_ptr<const std::vector<protocol::TopicConfig>> registered_;
};

}  // namespace brokersim::broker
