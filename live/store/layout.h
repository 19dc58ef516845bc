#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store_config.h"

/// What lies in the directory of a store, ours or RocketMQ's, as its names and sizes tell it. Nothing is opened.
namespace brokersim::live {

/// Sizes of a store's files. They stand in no file of it, so they are read off the files (below); what is given here is
/// taken as it is.
struct StoreSizes {
    std::optional<std::int64_t> log_file;       // bytes
    std::optional<std::int64_t> queue_file;     // bytes
    std::optional<std::int64_t> index_slots;    // hash slots of an index file
    std::optional<std::int64_t> index_entries;  // entries of an index file, the unused one among them
};

struct StoreFile {
    std::string path;    // within the store
    std::int64_t start;  // position of its first byte, from its name; of an index file the name as a number
    std::int64_t size;   // bytes
};

struct StoreQueue {
    std::string topic;
    std::int32_t id;
    std::string directory;
    std::vector<StoreFile> files;  // by start
};

/// A name or a size that should not be.
struct LayoutProblem {
    std::string path;
    std::string what;
    bool refused;  // no broker should open such a store
};

struct StoreLayout {
    std::string root;
    std::vector<StoreFile> log;      // by start
    std::vector<StoreQueue> queues;  // by topic, then by id
    std::vector<StoreFile> index;    // by name: the oldest first
    std::vector<StoreFile> configs;  // config/*.json and their .bak
    std::optional<std::int64_t> checkpoint_size;
    bool abort = false;             // the broker did not end in order, or is running
    bool queue_extensions = false;  // consumequeue_ext is there: tags codes may be addresses in it

    std::int64_t log_file_size = 0;  // bytes
    std::int64_t queue_file_size = 0;
    std::int64_t index_slots = 0;
    std::int64_t index_entries = 0;

    std::vector<LayoutProblem> problems;

    /// What a store with these files was configured with.
    store::StoreConfig config() const;
};

/// Looks into `root`. The sizes of log and queue files are those on which most files and most distances between names
/// agree; RocketMQ's defaults where there is no file. How an index file is divided into slots and entries is read off a
/// file that holds entries: RocketMQ's default and its proportion of 1 : 4 are tried first, then every division; the
/// first is taken under which the file's own offsets, hashes and links fit. Of a file that is the only one of its kind
/// the content is asked whether it was cut short (cut_files.h). The error says why `root` is no store.
std::expected<StoreLayout, std::string> read_layout(const std::string& root, const StoreSizes& given);

/// The size on which most of a run of files agree: each file of that size counts, and each two neighbours whose names
/// are that far apart. 0 without files.
std::int64_t agreed_size(const std::vector<const std::vector<StoreFile>*>& runs);

}  // namespace brokersim::live
