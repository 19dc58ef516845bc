#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.h"

namespace brokersim::broker {

/// A JSON file under config/, kept as RocketMQ's ConfigManager keeps it. To save: the file becomes NAME.bak, the
/// directory is forced to disk, a new file is written and forced. To load: the file, or NAME.bak if the file is
/// missing, empty, or cannot be understood; a file that could not be loaded does not become the backup, nor does
/// one of an earlier life before it is forced to disk.
class ConfigFile {
public:
    ConfigFile(Host& host, std::string name) : host_(host), path_("config/" + std::move(name)) {}
    ConfigFile(const ConfigFile&) = delete;
    ConfigFile& operator=(const ConfigFile&) = delete;

    /// Hands the content to `read`; nothing is handed over if there is no file. The error is `read`'s own, or says that
    /// the file could not be read.
    std::expected<void, std::string> load(
        const std::function<std::expected<void, std::string>(std::string_view content)>& read);
    /// Writes `content`. While a save is under way the newest content waits; those between are skipped.
    void save(std::string content);
    /// Calls `done` when no save is under way any more (at once if none is).
    void when_saved(Task done);

private:
    void begin();
    void replace();
    void finish();

    Host& host_;
    std::string path_;
    std::string content_;
    bool keep_backup_ = false;  // there is no usable file that could take its place
    bool synced_ = false;       // what an earlier life wrote
    bool saving_ = false;
    bool again_ = false;
    std::vector<Task> waiting_;
};

}  // namespace brokersim::broker
