#include "live/store/opened_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/store/mapped_file_queue.h"
#include "core/store/topic_queue.h"
#include "core/whole_number.h"

namespace brokersim::live {
namespace {

constexpr std::int64_t unit_size = store::ConsumeQueue::unit_size;

}  // namespace

std::string refusal(const StoreLayout& layout) {
    std::string why;
    for (const LayoutProblem& problem : layout.problems)
        if (problem.refused) why += fmt::format("{}{}: {}", why.empty() ? "" : "\n", problem.path, problem.what);
    return why;
}

OpenedStore::OpenedStore(const StoreLayout& layout, const store::StoreConfig& config)
    : files_(loop_, layout.root),
      host_(loop_, files_, "broker"),
      log_file_size_(config.mappedFileSizeCommitLog),
      queue_file_size_(config.mappedFileSizeConsumeQueue),
      store_(std::make_unique<store::MessageStore>(host_, "broker", config)) {}

std::expected<std::unique_ptr<OpenedStore>, std::string> OpenedStore::open(const StoreLayout& layout,
                                                                           const store::StoreConfig& config) {
    if (auto why = refusal(layout); !why.empty()) return std::unexpected(std::move(why));
    std::unique_ptr<OpenedStore> opened(new OpenedStore(layout, config));
    if (auto loaded = opened->store_->load(); !loaded) return std::unexpected(loaded.error().what);
    opened->learn_files();
    return opened;
}

std::vector<StoreFile> OpenedStore::files_in(const std::string& directory) {
    std::vector<StoreFile> found;
    const auto listed = files_.list(directory);
    if (!listed) return found;
    for (const FileInfo& info : *listed) {
        const auto start = whole_number<std::int64_t>(info.name);
        if (!info.directory && start)
            found.push_back({directory + "/" + info.name, *start, static_cast<std::int64_t>(info.size)});
    }
    std::ranges::sort(found, {}, &StoreFile::start);
    return found;
}

void OpenedStore::learn_files() {
    log_ = files_in("commitlog");
    index_ = files_in("index");
    const auto topics = files_.list("consumequeue");
    if (!topics) return;
    for (const FileInfo& topic : *topics) {
        const auto ids = files_.list("consumequeue/" + topic.name);
        if (!topic.directory || !ids) continue;
        for (const FileInfo& entry : *ids) {
            const auto id = store::queue_id_of(entry.name);
            if (!entry.directory || !id) continue;
            Queue queue{topic.name, *id, store_->min_offset(topic.name, *id).value,
                        store_->max_offset(topic.name, *id).value,
                        files_in(fmt::format("consumequeue/{}/{}", topic.name, entry.name))};
            if (!queue.files.empty()) queues_.push_back(std::move(queue));
        }
    }
    std::ranges::sort(queues_, {}, [](const Queue& queue) { return std::pair(queue.topic, queue.id); });
}

std::span<const std::byte> OpenedStore::bytes(const std::string& path, std::uint64_t offset, std::uint64_t length) {
    const auto region = files_.map(path);
    if (!region || offset > (*region)->size() || length > (*region)->size() - offset) return {};
    return (*region)->read(offset, length);
}

std::optional<store::ConsumeUnit> OpenedStore::unit(const Queue& queue, std::int64_t offset) {
    const std::int64_t position = offset * unit_size;
    auto behind = std::ranges::upper_bound(queue.files, position, {}, &StoreFile::start);
    if (behind == queue.files.begin()) return std::nullopt;
    const StoreFile& file = *(behind - 1);
    const auto at = bytes(file.path, static_cast<std::uint64_t>(position - file.start), unit_size);
    if (at.empty()) return std::nullopt;
    return store::ConsumeQueue::decode(at.data());
}

std::expected<store::RecordView, store::RecordError> OpenedStore::record(std::int64_t at) {
    auto behind = std::ranges::upper_bound(log_, at, {}, &StoreFile::start);
    if (behind == log_.begin() || at >= (behind - 1)->start + (behind - 1)->size)
        return std::unexpected(store::RecordError::truncated);
    const StoreFile& file = *(behind - 1);
    const auto rest = bytes(file.path, static_cast<std::uint64_t>(at - file.start),
                            static_cast<std::uint64_t>(file.start + file.size - at));
    return store::decode_record(rest);
}

}  // namespace brokersim::live
