#include "core/store/former_units.h"

namespace brokersim::store {

void FormerUnits::keep(TopicQueue& queue, QueueOffset from) {
    MappedFileQueue& files = queue.units.files();
    std::vector<File> kept;
    for (std::size_t i = files.file_count(); i-- > 0;) {
        const std::int64_t start = files.file_start(i);
        const std::int64_t size = files.rest(start) / ConsumeQueue::unit_size * ConsumeQueue::unit_size;
        if (start + size <= from.value * ConsumeQueue::unit_size) break;
        Slice content = files.pin(start, size);
        if (content.empty()) break;
        kept.push_back({start, std::move(content)});
    }
    if (!kept.empty()) files_[{queue.topic, queue.id}] = std::move(kept);
}

std::optional<ConsumeUnit> FormerUnits::at(const TopicQueue& queue, QueueOffset offset) const {
    const auto found = files_.find({queue.topic, queue.id});
    if (found == files_.end() || offset.value < 0) return std::nullopt;
    for (const File& file : found->second) {
        const std::int64_t in_file = offset.value * ConsumeQueue::unit_size - file.start;
        if (in_file < 0 || in_file >= static_cast<std::int64_t>(file.content.size())) continue;
        const ConsumeUnit unit = ConsumeQueue::decode(file.content.bytes.data() + in_file);
        if (!unit.valid() || unit.stands_for_none()) return std::nullopt;
        return unit;
    }
    return std::nullopt;
}

}  // namespace brokersim::store
