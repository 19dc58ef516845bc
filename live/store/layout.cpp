#include "live/store/layout.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "core/store/mapped_file_queue.h"
#include "core/store/topic_queue.h"
#include "core/whole_number.h"
#include "live/store/cut_files.h"
#include "live/store/index_division.h"

namespace brokersim::live {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t digits_of_a_time = 17;  // of which the name of an index file consists

/// Entries of a directory, sorted by name; those up to an error, none if it is not there.
std::vector<fs::directory_entry> entries_of(const fs::path& directory, std::error_code& failed) {
    std::vector<fs::directory_entry> found;
    for (fs::directory_iterator at(directory, failed), end; !failed && at != end; at.increment(failed))
        found.push_back(*at);
    std::ranges::sort(found, {}, [](const auto& entry) { return entry.path().filename().string(); });
    return found;
}

class LayoutReader {
public:
    LayoutReader(StoreLayout& layout, const StoreSizes& given) : layout_(layout), given_(given) {}

    void read() {
        layout_.log = read_run("commitlog", true);
        for (const auto& topic : entries_in("consumequeue")) read_topic(topic);
        layout_.index = read_run("index", false);
        for (const auto& entry : entries_in("config")) {
            const std::string name = entry.path().filename().string();
            std::error_code failed;
            if (!name.ends_with(".json") && !name.ends_with(".json.bak")) continue;
            if (entry.is_regular_file(failed))
                layout_.configs.push_back({"config/" + name, 0, static_cast<std::int64_t>(entry.file_size(failed))});
            else
                problem("config/" + name, "no regular file", false);
        }
        std::error_code failed;
        if (is_there("checkpoint", fs::file_type::regular))
            layout_.checkpoint_size = static_cast<std::int64_t>(fs::file_size(at("checkpoint"), failed));
        layout_.abort = is_there("abort", fs::file_type::regular);
        is_there("lock", fs::file_type::regular);
        layout_.queue_extensions = fs::is_directory(at("consumequeue_ext"), failed);
        std::ranges::sort(layout_.queues, {}, [](const StoreQueue& queue) { return std::pair(queue.topic, queue.id); });
        settle_sizes();
        check();
    }

private:
    fs::path at(const std::string& path) const { return fs::path(layout_.root) / path; }
    void problem(std::string path, std::string what, bool refused) {
        layout_.problems.push_back({std::move(path), std::move(what), refused});
    }

    /// Whether something of that kind is there and may be read; anything else of that name is a problem.
    bool is_there(const std::string& path, fs::file_type kind) {
        std::error_code failed;
        const fs::file_status status = fs::status(at(path), failed);
        const bool nothing = fs::symlink_status(at(path)).type() == fs::file_type::not_found;
        if (nothing) return false;
        if (status.type() == fs::file_type::not_found)
            problem(path, "a link that leads nowhere", true);
        else if (status.type() == fs::file_type::none || status.type() == fs::file_type::unknown)
            problem(path, failed.message(), true);
        else if (status.type() != kind)
            problem(path, kind == fs::file_type::directory ? "no directory" : "no regular file", true);
        else if (access(at(path).c_str(), R_OK) != 0)
            problem(path, std::error_code(errno, std::generic_category()).message(), true);
        else
            return true;
        return false;
    }

    /// What is in a directory of the store.
    std::vector<fs::directory_entry> entries_in(const std::string& directory) {
        if (!is_there(directory, fs::file_type::directory)) return {};
        std::error_code failed;
        auto entries = entries_of(at(directory), failed);
        if (failed) problem(directory, failed.message(), true);
        return entries;
    }

    std::vector<StoreFile> read_run(const std::string& directory, bool positions) {
        std::vector<StoreFile> files;
        for (const auto& entry : entries_in(directory)) {
            const std::string name = entry.path().filename().string();
            const std::string path = directory + "/" + name;
            const auto start = whole_number<std::int64_t>(name);
            const bool usual = start && *start >= 0 &&
                               (positions ? name == store::offset_file_name(*start) : name.size() == digits_of_a_time);
            std::error_code failed;
            if (!usual && entry.is_directory(failed)) continue;
            if (!usual)
                problem(path,
                        positions ? "the name is not a position of 20 digits" : "the name is not a time of 17 digits",
                        true);
            else if (positions && *start > store::MappedFileQueue::largest_start)
                problem(path, "no broker writes as far as this position", true);
            else if (!is_there(path, fs::file_type::regular))
                continue;
            else
                files.push_back({path, *start, static_cast<std::int64_t>(entry.file_size(failed))});
        }
        std::ranges::sort(files, {}, &StoreFile::start);
        return files;
    }

    void read_topic(const fs::directory_entry& topic) {
        std::error_code failed;
        const std::string name = topic.path().filename().string();
        if (!topic.is_directory(failed)) return problem("consumequeue/" + name, "no directory of a topic", false);
        for (const auto& queue : entries_in("consumequeue/" + name)) {
            const std::string id = queue.path().filename().string();
            const std::string directory = fmt::format("consumequeue/{}/{}", name, id);
            const auto number = store::queue_id_of(id);
            if (!number || *number < 0 || !queue.is_directory(failed))
                problem(directory, "no directory of a queue", false);
            else
                layout_.queues.push_back({name, *number, directory, read_run(directory, true)});
        }
    }

    void settle_sizes() {
        const store::StoreConfig defaults;
        const auto settle = [](std::optional<std::int64_t> given, std::int64_t agreed, std::int64_t otherwise) {
            return given ? *given : agreed > 0 ? agreed : otherwise;
        };
        layout_.log_file_size = settle(given_.log_file, agreed_size({&layout_.log}), defaults.mappedFileSizeCommitLog);
        std::vector<const std::vector<StoreFile>*> runs;
        for (const StoreQueue& queue : layout_.queues) runs.push_back(&queue.files);
        layout_.queue_file_size = settle(given_.queue_file, agreed_size(runs), defaults.mappedFileSizeConsumeQueue);
        const IndexDivision division =
            divide_index(layout_.root, layout_.index, given_.index_slots, given_.index_entries);
        layout_.index_slots = division.slots;
        layout_.index_entries = division.entries;
        if (!division.fits && !layout_.index.empty())
            problem("index",
                    "no division into slots and entries fits the content: a file was cut short, or is damaged "
                    "(--slots and --index-entries say how it was divided)",
                    true);
    }

    /// Files that agree with none but themselves about their size.
    void check_lone_files() {
        if (!given_.log_file && layout_.log.size() == 1 && layout_.log.front().size > 0)
            if (const auto sign = sign_of_cut_log(layout_.root, layout_.log.front()))
                problem(layout_.log.front().path, "cut short: " + *sign + " (--log-file-size says how long it was)",
                        true);
        const StoreQueue* lone = nullptr;
        std::size_t files = 0;
        for (const StoreQueue& queue : layout_.queues) {
            if (!queue.files.empty()) lone = &queue;
            files += queue.files.size();
        }
        if (given_.queue_file || files != 1) return;
        if (const auto sign = sign_of_cut_queue(layout_.root, layout_.log, *lone))
            problem(lone->files.front().path, "cut short: " + *sign + " (--queue-file-size says how long it was)",
                    true);
    }

    void check() {
        check_lone_files();
        check_run(layout_.log, layout_.log_file_size);
        for (const StoreQueue& queue : layout_.queues) check_run(queue.files, layout_.queue_file_size);
        if (layout_.queue_file_size % 20 != 0)
            problem("consumequeue",
                    fmt::format("files of {} bytes hold no whole number of units of 20 bytes", layout_.queue_file_size),
                    true);
        const std::int64_t size = 40 + 4 * layout_.index_slots + 20 * layout_.index_entries;
        for (const StoreFile& file : layout_.index)
            if (file.size != size)
                problem(file.path, fmt::format("{} bytes where index files of this store have {}", file.size, size),
                        false);
    }

    void check_run(const std::vector<StoreFile>& files, std::int64_t size) {
        for (std::size_t i = 0; i < files.size(); ++i) {
            const StoreFile& file = files[i];
            if (file.size == 0 && i + 1 == files.size())
                problem(file.path, "empty; a broker removes it when it starts", false);
            else if (file.size != size)
                problem(file.path, fmt::format("{} bytes where files of this kind have {}", file.size, size), true);
            if (file.start % size != 0)
                problem(file.path, fmt::format("the name is no multiple of the file size, {}", size), true);
            else if (i > 0 && file.start - files[i - 1].start != size)
                problem(file.path,
                        fmt::format("the file before it is missing: {} should be there",
                                    store::offset_file_name(file.start - size)),
                        true);
        }
    }

    StoreLayout& layout_;
    const StoreSizes& given_;
};

/// Why a directory is none, and which of those below it may have been meant.
std::string no_store(const std::string& root) {
    std::string why = root + ": no store: it has no commitlog and no consumequeue directory";
    std::error_code failed;
    for (const auto& entry : entries_of(root, failed))
        if (fs::is_directory(entry.path() / "commitlog", failed)) return why + "; " + entry.path().string() + " is one";
    return why;
}

}  // namespace

std::int64_t agreed_size(const std::vector<const std::vector<StoreFile>*>& runs) {
    std::map<std::int64_t, std::int64_t> votes;
    for (const auto* files : runs)
        for (std::size_t i = 0; i < files->size(); ++i) {
            ++votes[(*files)[i].size];
            if (i > 0) ++votes[(*files)[i].start - (*files)[i - 1].start];
        }
    std::int64_t agreed = 0;
    std::int64_t most = 0;
    for (const auto& [size, count] : votes)
        if (size > 0 && count >= most) {
            agreed = size;
            most = count;
        }
    return agreed;
}

store::StoreConfig StoreLayout::config() const {
    store::StoreConfig config;
    config.mappedFileSizeCommitLog = log_file_size;
    config.mappedFileSizeConsumeQueue = queue_file_size;
    config.maxHashSlotNum = index_slots;
    config.maxIndexNum = index_entries;
    return config;
}

std::expected<StoreLayout, std::string> read_layout(const std::string& root, const StoreSizes& given) {
    std::error_code failed;
    if (!fs::exists(root, failed)) return std::unexpected(root + ": no such directory");
    if (!fs::is_directory(root, failed)) return std::unexpected(root + ": no directory");
    if (!fs::is_directory(fs::path(root) / "commitlog", failed) &&
        !fs::is_directory(fs::path(root) / "consumequeue", failed))
        return std::unexpected(no_store(root));
    StoreLayout layout{.root = root};
    LayoutReader(layout, given).read();
    return layout;
}

}  // namespace brokersim::live
