#include "core/broker/request_modes.h"

#include <fmt/format.h>

#include "core/broker/config_json.h"
#include "core/protocol/bodies.h"

namespace brokersim::broker {

std::expected<void, std::string> RequestModes::load() {
    return file_.load([this](std::string_view content) { return read(content); });
}

void RequestModes::put(protocol::SetRequestModeRequest mode) {
    const auto key = std::pair(mode.topic, mode.consumer_group);
    modes_[key] = std::move(mode);
    file_.save(json());
}

const protocol::SetRequestModeRequest* RequestModes::find(std::string_view topic, std::string_view group) const {
    const auto found = modes_.find(std::pair(std::string(topic), std::string(group)));
    return found == modes_.end() ? nullptr : &found->second;
}

std::string RequestModes::json() const {
    ConfigText text;
    text.open("messageRequestModeMap");
    const std::string* topic = nullptr;
    for (const auto& [key, mode] : modes_) {
        if (topic == nullptr || *topic != key.first) {
            if (topic != nullptr) text.close();
            text.open(key.first);
            topic = &key.first;
        }
        text.open(key.second);
        text.string("consumerGroup", mode.consumer_group);
        text.string("mode", protocol::request_mode_name(mode.mode));
        text.number("popShareQueueNum", mode.pop_share_queue_num);
        text.string("topic", mode.topic);
        text.close();
    }
    if (topic != nullptr) text.close();
    text.close();
    return text.finish();
}

std::expected<void, std::string> RequestModes::read(std::string_view json) {
    const auto root = read_config(json);
    if (!root) return std::unexpected(root.error());
    for (const auto& [topic, groups] : members_at(*root, "messageRequestModeMap"))
        for (const auto& [group, value] : groups.members) {
            const protocol::JsonValue* mode = value.find("mode");
            if (mode == nullptr || (mode->text != "PULL" && mode->text != "POP"))
                return std::unexpected(fmt::format("the mode of group \"{}\" is neither PULL nor POP", group.text));
            modes_[{topic.text, group.text}] = {
                .topic = topic.text,
                .consumer_group = group.text,
                .mode = mode->text == "POP" ? protocol::RequestMode::pop : protocol::RequestMode::pull,
                .pop_share_queue_num = number_at<std::int32_t>(value, "popShareQueueNum", 0)};
        }
    return {};
}

}  // namespace brokersim::broker
