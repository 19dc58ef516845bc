#include "core/client/local_offsets.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/protocol/json_reader.h"

namespace brokersim::client {
namespace {

using protocol::JsonValue;

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

}  // namespace

std::string offsets_json(const LocalOffsets::Table& positions) {
    std::string text = "{\n\t\"offsetTable\":{";
    bool first = true;
    for (const auto& [queue, position] : positions) {
        text += fmt::format("{}{{\n\t\t\t\"brokerName\":{},\n\t\t\t\"queueId\":{},\n\t\t\t\"topic\":{}\n\t\t}}:{}",
                            first ? "" : ",", quoted(queue.broker), queue.queue_id, quoted(queue.topic), position);
        first = false;
    }
    return text + (first ? "}\n}" : "\n\t}\n}");
}

std::optional<LocalOffsets::Table> read_offsets_json(std::string_view text) {
    const auto json = protocol::read_json(text);
    if (!json || json->kind != JsonValue::Kind::object) return std::nullopt;
    const JsonValue* table = json->find("offsetTable");
    if (table == nullptr || table->kind != JsonValue::Kind::object) return std::nullopt;
    LocalOffsets::Table positions;
    for (const auto& [key, value] : table->members) {
        const JsonValue* topic = key.find("topic");
        const JsonValue* broker = key.find("brokerName");
        const JsonValue* id = key.find("queueId");
        const auto position = value.as_int64();
        if (topic == nullptr || broker == nullptr || id == nullptr || !id->as_int32() || !position) return std::nullopt;
        positions[{topic->text, broker->text, *id->as_int32()}] = *position;
    }
    return positions;
}

LocalOffsets::LocalOffsets(Host& host, const std::string& client_id, const std::string& group)
    : host_(host), path_(fmt::format(".rocketmq_offsets/{}/{}/offsets.json", client_id, group)) {}

std::optional<LocalOffsets::Table> LocalOffsets::read(const std::string& path) const {
    const auto content = host_.read_file(path);
    return content ? read_offsets_json(*content) : std::nullopt;
}

LocalOffsets::Table LocalOffsets::load() const {
    if (auto table = read(path_)) return *std::move(table);
    return read(path_ + ".bak").value_or(Table{});
}

// MixAll.string2File: into a new file, which takes the place of the old one. A step that fails does not stop the next.
void LocalOffsets::save(const Table& positions) {
    Table table = load();
    for (const auto& [queue, position] : positions) table[queue] = position;
    (void)host_.write_file(path_ + ".tmp", offsets_json(table));
    (void)host_.rename(path_, path_ + ".bak");
    (void)host_.rename(path_ + ".tmp", path_);
}

}  // namespace brokersim::client
