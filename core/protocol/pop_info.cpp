#include "core/protocol/pop_info.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/protocol/messages.h"

namespace brokersim::protocol {
namespace {

/// The part before the next `separator`; takes it and the separator off `text`.
std::string_view take_part(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

template <class Int>
bool read(std::string_view text, Int& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

bool read_source(std::string_view text, PopSource& source) {
    if (text != "0" && text != "1") return false;
    source = text == "1" ? PopSource::retry : PopSource::normal;
    return true;
}

bool read_start(std::string_view entry, PopOffsets& offsets) {
    const std::string_view source = take_part(entry, ' ');
    const std::string_view queue = take_part(entry, ' ');
    return read_source(source, offsets.source) && read(queue, offsets.queue_id) && read(entry, offsets.start);
}

}  // namespace

std::string pop_retry_topic(std::string_view topic, std::string_view group) {
    return fmt::format("{}{}_{}", retry_topic_prefix, group, topic);
}

std::string_view normal_topic(std::string_view topic, std::string_view group) {
    const std::size_t front = retry_topic_prefix.size() + group.size() + 1;
    if (!topic.starts_with(retry_topic_prefix) || topic.size() < front) return topic;
    return topic.substr(front);
}

std::string to_text(const PopHandle& handle) {
    return fmt::format("{} {} {} {} {} {} {} {}", handle.start_offset, handle.pop_time, handle.invisible_time,
                       handle.revive_queue_id, static_cast<int>(handle.source), handle.broker, handle.queue_id,
                       handle.offset);
}

std::optional<PopHandle> parse_pop_handle(std::string_view text) {
    PopHandle handle;
    if (!read(take_part(text, ' '), handle.start_offset)) return std::nullopt;
    if (!read(take_part(text, ' '), handle.pop_time)) return std::nullopt;
    if (!read(take_part(text, ' '), handle.invisible_time)) return std::nullopt;
    if (!read(take_part(text, ' '), handle.revive_queue_id)) return std::nullopt;
    if (!read_source(take_part(text, ' '), handle.source)) return std::nullopt;
    handle.broker = take_part(text, ' ');
    if (!read(take_part(text, ' '), handle.queue_id)) return std::nullopt;
    if (!text.empty() && !read(text, handle.offset)) return std::nullopt;
    return handle;
}

void add_start_offset(std::string& info, PopSource source, std::int32_t queue_id, std::int64_t start) {
    if (!info.empty()) info += ';';
    info += fmt::format("{} {} {}", static_cast<int>(source), queue_id, start);
}

void add_message_offsets(std::string& info, PopSource source, std::int32_t queue_id,
                         const std::vector<std::int64_t>& offsets) {
    if (!info.empty()) info += ';';
    info += fmt::format("{} {} {}", static_cast<int>(source), queue_id, fmt::join(offsets, ","));
}

std::optional<std::vector<PopOffsets>> parse_pop_offsets(std::string_view start_info, std::string_view message_info) {
    std::vector<PopOffsets> all;
    while (!start_info.empty())
        if (!read_start(take_part(start_info, ';'), all.emplace_back())) return std::nullopt;
    while (!message_info.empty()) {
        std::string_view entry = take_part(message_info, ';');
        PopOffsets named;
        const std::string_view source = take_part(entry, ' ');
        const std::string_view queue = take_part(entry, ' ');
        if (!read_source(source, named.source) || !read(queue, named.queue_id)) return std::nullopt;
        const auto known = std::find_if(all.begin(), all.end(), [&](const PopOffsets& offsets) {
            return offsets.source == named.source && offsets.queue_id == named.queue_id;
        });
        if (known == all.end()) return std::nullopt;
        while (!entry.empty())
            if (!read(take_part(entry, ','), known->offsets.emplace_back())) return std::nullopt;
    }
    return all;
}

}  // namespace brokersim::protocol
