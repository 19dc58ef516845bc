#include "core/broker/consumer_offsets.h"

#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "core/broker/config_json.h"
#include "core/broker/tick.h"
#include "core/config.h"
#include "core/whole_number.h"

namespace brokersim::broker {

namespace {
constexpr Duration first_save_after = Millis(10'000);
constexpr char separator = '@';
}  // namespace

ConsumerOffsets::ConsumerOffsets(Host& host, std::string broker, Duration interval)
    : host_(host),
      broker_(std::move(broker)),
      interval_(interval),
      first_save_(host.mono_ns() + first_save_after),
      file_(host, "consumerOffset.json") {}

std::expected<void, std::string> ConsumerOffsets::load() {
    version_.timestamp = epoch_ms(host_.wall_ms());
    return file_.load([this](std::string_view content) { return read(content); });
}

void ConsumerOffsets::commit(std::string_view group, std::string_view topic, std::int32_t queue_id,
                             std::int64_t offset) {
    NameId group_id;
    Committed& committed = entry(group, topic, queue_id, group_id);
    if (committed.offset == offset) return;
    committed.offset = offset;
    if (offset >= 0) host_.note(note::OffsetCommitted{group_id, committed.queue, {offset}});
    changed_ = true;
    arm();
}

std::int64_t ConsumerOffsets::query(std::string_view group, std::string_view topic, std::int32_t queue_id) const {
    const auto found = offsets_.find(std::pair(topic, group));
    if (found == offsets_.end()) return -1;
    const auto queue = found->second.queues.find(queue_id);
    return queue == found->second.queues.end() ? -1 : queue->second.offset;
}

void ConsumerOffsets::persist(Task done) {
    if (changed_) {
        changed_ = false;
        version_.timestamp = epoch_ms(host_.wall_ms());
        ++version_.counter;
        file_.save(json());
    }
    file_.when_saved(std::move(done));
}

ConsumerOffsets::Committed& ConsumerOffsets::entry(std::string_view group, std::string_view topic,
                                                   std::int32_t queue_id, NameId& group_id) {
    auto found = offsets_.find(std::pair(topic, group));
    if (found == offsets_.end()) found = offsets_.emplace(Key(topic, group), Offsets{host_.name(group), {}}).first;
    group_id = found->second.group;
    auto [queue, added] = found->second.queues.try_emplace(queue_id);
    if (added) queue->second.queue = host_.name(protocol::queue_name(found->first.first, broker_, queue_id));
    return queue->second;
}

void ConsumerOffsets::arm() {
    if (armed_) return;
    armed_ = true;
    const MonoTime now = host_.mono_ns();
    host_.after(next_tick(first_save_, interval_, now + Duration(1)) - now, [this] {
        armed_ = false;
        persist([] {});
    });
}

std::string ConsumerOffsets::json() {
    ConfigText text;
    text.version(version_);
    text.open("offsetTable");
    for (const auto& [key, offsets] : offsets_) {
        text.open(fmt::format("{}{}{}", key.first, separator, key.second));
        for (const auto& [queue_id, committed] : offsets.queues) text.number(queue_id, committed.offset);
        text.close();
    }
    text.close();
    return text.finish();
}

std::expected<void, std::string> ConsumerOffsets::read(std::string_view json) {
    auto root = read_config(json);
    if (!root) return std::unexpected(root.error());
    std::vector<std::tuple<std::string_view, std::string_view, std::int32_t, std::int64_t>> found;
    for (const auto& [key, queues] : members_at(*root, "offsetTable")) {
        const std::string_view name = key.text;
        const auto at = name.find(separator);
        if (at == std::string_view::npos) return std::unexpected(fmt::format("\"{}\" is no topic@group", name));
        for (const auto& [queue, offset] : queues.members) {
            const auto id = whole_number<std::int32_t>(queue.text);
            const auto value = offset.as_int64();
            if (!id || !value) return std::unexpected(fmt::format("an offset of \"{}\" is no number", name));
            found.emplace_back(name.substr(at + 1), name.substr(0, at), *id, *value);
        }
    }
    for (const auto& [group, topic, id, value] : found) {
        NameId group_id;
        entry(group, topic, id, group_id).offset = value;
    }
    version_ = version_at(*root, version_);
    return {};
}

}  // namespace brokersim::broker
