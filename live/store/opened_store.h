#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store/consume_queue.h"
#include "core/store/message_store.h"
#include "core/store/record.h"
#include "live/file_host.h"
#include "live/overlay_files.h"
#include "live/store/layout.h"

namespace brokersim::live {

/// A store as a broker would see it after opening it: loaded, and so recovered, over files that take no changes. The
/// directory stays as it is. Bytes are read through the files as they would be after the recovery.
class OpenedStore {
public:
    /// The error says why a broker refuses the store.
    static std::expected<std::unique_ptr<OpenedStore>, std::string> open(const StoreLayout& layout,
                                                                         const store::StoreConfig& config);
    OpenedStore(const OpenedStore&) = delete;
    OpenedStore& operator=(const OpenedStore&) = delete;

    struct Queue {
        std::string topic;
        std::int32_t id;
        std::int64_t min;  // queue offset of the first message
        std::int64_t max;  // one past the last
        std::vector<StoreFile> files;
    };
    /// By topic, then by id; those without files are left out.
    const std::vector<Queue>& queues() const { return queues_; }
    /// Unit `offset` of a queue, min <= offset < max.
    std::optional<store::ConsumeUnit> unit(const Queue& queue, std::int64_t offset);

    std::int64_t log_begin() const { return store_->min_physical_offset().value; }
    std::int64_t log_end() const { return store_->max_physical_offset().value; }
    const std::vector<StoreFile>& log_files() const { return log_; }
    const std::vector<StoreFile>& index_files() const { return index_; }
    std::int64_t log_file_size() const { return log_file_size_; }
    std::int64_t queue_file_size() const { return queue_file_size_; }
    /// The record at `at`, if one lies there; valid as long as the store is.
    std::expected<store::RecordView, store::RecordError> record(std::int64_t at);
    /// `length` bytes of a file of the store; empty if they are not there.
    std::span<const std::byte> bytes(const std::string& path, std::uint64_t offset, std::uint64_t length);

    OverlayFiles& files() { return files_; }
    TaskLoop& loop() { return loop_; }
    store::MessageStore& store() { return *store_; }

private:
    explicit OpenedStore(const StoreLayout& layout, const store::StoreConfig& config);
    void learn_files();
    std::vector<StoreFile> files_in(const std::string& directory);

    TaskLoop loop_;
    OverlayFiles files_;
    FileHost host_;
    std::int64_t log_file_size_;
    std::int64_t queue_file_size_;
    std::unique_ptr<store::MessageStore> store_;
    std::vector<StoreFile> log_;
    std::vector<StoreFile> index_;
    std::vector<Queue> queues_;
};

/// Why no broker should open a store with these names and sizes, one line each; empty if nothing is against it.
std::string refusal(const StoreLayout& layout);

}  // namespace brokersim::live
