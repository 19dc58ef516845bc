#include "core/broker/pop_check_point.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/protocol/json_reader.h"
#include "core/protocol/json_text.h"
#include "core/whole_number.h"

namespace brokersim::broker {
namespace {

using protocol::JsonValue;

constexpr std::int32_t most_messages = 32;      // a bit map has no more bits
constexpr std::int32_t unreadable_times = 127;  // PopCheckPoint.parseRePutTimes, for a text that is no number

std::string quoted(std::string_view text) {
    std::string out(protocol::escaped_size(text) + 2, '"');
    protocol::write_escaped(out.data() + 1, text);
    return out;
}

/// The first of the names that an object has; null if it has none.
const JsonValue* either(const JsonValue& object, std::string_view name, std::string_view old_name) {
    const JsonValue* value = object.find(name);
    return value != nullptr ? value : object.find(old_name);
}

std::int64_t number(const JsonValue* value) { return value == nullptr ? 0 : value->as_int64().value_or(0); }
std::int32_t small_number(const JsonValue* value) { return value == nullptr ? 0 : value->as_int32().value_or(0); }
std::string text(const JsonValue* value) { return value == nullptr ? std::string() : value->text; }

std::optional<JsonValue> read_object(std::string_view json) {
    auto value = protocol::read_json(json);
    if (!value || value->kind != JsonValue::Kind::object) return std::nullopt;
    return value;
}

std::int32_t re_put_times(const JsonValue* value) {
    if (value == nullptr) return 0;
    return whole_number<std::int32_t>(value->text).value_or(unreadable_times);
}

}  // namespace

std::optional<std::int32_t> PopCheckPoint::index_of(std::int64_t offset) const {
    const std::int64_t delta = offset - start_offset;
    if (delta < 0) return std::nullopt;
    if (offset_deltas.empty()) return delta < num ? std::optional(static_cast<std::int32_t>(delta)) : std::nullopt;
    const auto found = std::find(offset_deltas.begin(), offset_deltas.end(), delta);
    if (found == offset_deltas.end()) return std::nullopt;
    return static_cast<std::int32_t>(found - offset_deltas.begin());
}

std::int64_t PopCheckPoint::offset_of(std::int32_t index) const {
    if (offset_deltas.empty()) return start_offset + index;
    return start_offset + offset_deltas.at(static_cast<std::size_t>(index));
}

std::string to_json(const PopCheckPoint& point) {
    std::string json =
        fmt::format(R"({{"bm":{},"bn":{},"c":{},"d":[{}],"it":{},"n":{},"pt":{},"q":{},"reviveTime":{},)",
                    point.bit_map, quoted(point.broker), quoted(point.group), fmt::join(point.offset_deltas, ","),
                    point.invisible_time, point.num, point.pop_time, point.queue_id, point.revive_time());
    json += fmt::format(R"("ro":{},)", point.revive_offset);
    if (point.re_put_times > 0) json += fmt::format(R"("rp":"{}",)", point.re_put_times);
    return json + fmt::format(R"("so":{},"t":{}}})", point.start_offset, quoted(point.topic));
}

std::string to_json(const PopAck& ack) {
    std::string json = fmt::format(R"({{"ao":{},)", ack.ack_offset);
    if (!ack.ack_offsets.empty()) json += fmt::format(R"("aol":[{}],)", fmt::join(ack.ack_offsets, ","));
    return json + fmt::format(R"("bn":{},"c":{},"pt":{},"q":{},"so":{},"t":{}}})", quoted(ack.broker),
                              quoted(ack.group), ack.pop_time, ack.queue_id, ack.start_offset, quoted(ack.topic));
}

std::optional<PopCheckPoint> parse_check_point(std::string_view json) {
    const auto object = read_object(json);
    if (!object || object->find("t") == nullptr || object->find("c") == nullptr) return std::nullopt;
    PopCheckPoint point;
    point.start_offset = number(object->find("so"));
    point.pop_time = number(object->find("pt"));
    point.invisible_time = number(object->find("it"));
    point.bit_map = small_number(object->find("bm"));
    point.num = std::clamp(small_number(object->find("n")), 0, most_messages);
    point.queue_id = small_number(object->find("q"));
    point.topic = text(object->find("t"));
    point.group = text(object->find("c"));
    point.revive_offset = number(object->find("ro"));
    if (const JsonValue* deltas = object->find("d"))
        for (const JsonValue& delta : deltas->items) point.offset_deltas.push_back(small_number(&delta));
    if (!point.offset_deltas.empty())
        point.num = std::min(point.num, static_cast<std::int32_t>(point.offset_deltas.size()));
    point.broker = text(object->find("bn"));
    point.re_put_times = re_put_times(object->find("rp"));
    return point;
}

std::optional<PopAck> parse_ack(std::string_view json) {
    const auto object = read_object(json);
    if (!object) return std::nullopt;
    PopAck ack;
    ack.ack_offset = number(either(*object, "ao", "ackOffset"));
    ack.start_offset = number(either(*object, "so", "startOffset"));
    ack.pop_time = number(either(*object, "pt", "popTime"));
    ack.queue_id = small_number(either(*object, "q", "queueId"));
    ack.topic = text(either(*object, "t", "topic"));
    ack.group = text(either(*object, "c", "consumerGroup"));
    ack.broker = text(either(*object, "bn", "brokerName"));
    if (const JsonValue* offsets = either(*object, "aol", "ackOffsetList"))
        for (const JsonValue& offset : offsets->items) ack.ack_offsets.push_back(number(&offset));
    return ack;
}

std::string merge_key(const PopCheckPoint& point) {
    return fmt::format("{}{}{}{}{}{}", point.topic, point.group, point.queue_id, point.start_offset, point.pop_time,
                       point.broker);
}

std::string merge_key(const PopAck& ack) {
    return fmt::format("{}{}{}{}{}{}", ack.topic, ack.group, ack.queue_id, ack.start_offset, ack.pop_time, ack.broker);
}

std::string unique_key(const PopCheckPoint& point) {
    return fmt::format("{}@{}@{}@{}@{}@{}@{}", point.topic, point.queue_id, point.start_offset, point.group,
                       point.pop_time, point.broker, check_point_tag);
}

std::string unique_key(const PopAck& ack) {
    return fmt::format("{}@{}@{}@{}@{}@{}@{}", ack.topic, ack.queue_id, ack.ack_offset, ack.group, ack.pop_time,
                       ack.broker, ack_tag);
}

}  // namespace brokersim::broker
