#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/broker/config_file.h"
#include "core/host.h"
#include "core/protocol/pop_messages.h"

namespace brokersim::broker {

/// How groups get the messages of topics (RocketMQ's MessageRequestModeManager), kept in
/// config/messageRequestMode.json.
class RequestModes {
public:
    explicit RequestModes(Host& host) : file_(host, "messageRequestMode.json") {}

    std::expected<void, std::string> load();
    /// Sets a mode, as an operator does; persists it.
    void put(protocol::SetRequestModeRequest mode);
    /// Null if nothing was set.
    const protocol::SetRequestModeRequest* find(std::string_view topic, std::string_view group) const;
    void when_saved(Task done) { file_.when_saved(std::move(done)); }

private:
    std::string json() const;
    std::expected<void, std::string> read(std::string_view json);

    ConfigFile file_;
    std::map<std::pair<std::string, std::string>, protocol::SetRequestModeRequest> modes_;  // by topic and group
};

}  // namespace brokersim::broker
