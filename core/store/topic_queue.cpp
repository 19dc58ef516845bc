#include "core/store/topic_queue.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/protocol/messages.h"
#include "core/whole_number.h"

namespace brokersim::store {
namespace {

const std::string root = "consumequeue";

FileResult<std::vector<std::string>> directories(Host& host, const std::string& in) {
    auto listed = host.list(in);
    if (!listed) {
        if (listed.error().code == FileErrorCode::not_found) return {};
        return std::unexpected(std::move(listed.error()));
    }
    std::vector<std::string> names;
    for (auto& info : *listed)
        if (info.directory) names.push_back(std::move(info.name));
    return names;
}

}  // namespace

TopicQueue::TopicQueue(Host& host, std::string topic_name, std::int32_t queue_id, NameId interned,
                       std::int64_t file_size)
    : topic(std::move(topic_name)),
      id(queue_id),
      name(interned),
      units(host, fmt::format("{}/{}/{}", root, topic, queue_id), file_size) {}

std::optional<std::int32_t> queue_id_of(std::string_view directory) {
    const auto id = whole_number<std::int32_t>(directory);
    return id && std::to_string(*id) == directory ? id : std::nullopt;
}

QueueTable::QueueTable(Host& host, std::string broker, std::int64_t file_size)
    : host_(host), broker_(std::move(broker)), file_size_(file_size) {}

FileResult<void> QueueTable::load() {
    auto topics = directories(host_, root);
    if (!topics) return std::unexpected(std::move(topics.error()));
    for (const auto& topic : *topics) {
        auto names = directories(host_, root + "/" + topic);
        if (!names) return std::unexpected(std::move(names.error()));
        std::vector<std::int32_t> ids;
        for (const auto& name : *names)
            if (const auto id = queue_id_of(name)) ids.push_back(*id);
        std::ranges::sort(ids);
        for (const std::int32_t id : ids)
            if (auto loaded = get(topic, id).units.load(); !loaded) return loaded;
    }
    return {};
}

QueueTable::Ids* QueueTable::ids_of(std::string_view topic) const {
    if (last_ != nullptr && last_->first == topic) return &last_->second;
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return nullptr;
    last_ = &*found;
    return &found->second;
}

TopicQueue* QueueTable::find(std::string_view topic, std::int32_t id) const {
    const Ids* ids = ids_of(topic);
    if (ids == nullptr) return nullptr;
    const auto found = ids->find(id);
    return found == ids->end() ? nullptr : found->second;
}

TopicQueue& QueueTable::get(std::string_view topic, std::int32_t id) {
    if (TopicQueue* found = find(topic, id)) return *found;
    const std::string text(topic);
    const NameId name = host_.name(protocol::queue_name(text, broker_, id));
    all_.push_back(std::make_unique<TopicQueue>(host_, text, id, name, file_size_));
    topics_[text].emplace(id, all_.back().get());
    return *all_.back();
}

}  // namespace brokersim::store
