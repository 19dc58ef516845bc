#include "core/broker/config_file.h"

#include <utility>

#include <fmt/format.h>

namespace brokersim::broker {

namespace {

/// Empty if there is no such file.
std::expected<std::string, std::string> content_of(Host& host, const std::string& path) {
    auto content = host.read_file(path);
    if (content) return std::move(*content);
    if (content.error().code == FileErrorCode::not_found) return std::string{};
    return std::unexpected(content.error().what);
}

}  // namespace

std::expected<void, std::string> ConfigFile::load(
    const std::function<std::expected<void, std::string>(std::string_view content)>& read) {
    if (const auto content = content_of(host_, path_); content && !content->empty())
        if (read(*content)) return {};
    keep_backup_ = true;
    const auto backup = content_of(host_, path_ + ".bak");
    if (!backup) return std::unexpected(backup.error());
    if (backup->empty()) return {};
    auto result = read(*backup);
    if (!result) return std::unexpected(fmt::format("{}.bak: {}", path_, result.error()));
    return {};
}

void ConfigFile::save(std::string content) {
    content_ = std::move(content);
    if (saving_) {
        again_ = true;
        return;
    }
    begin();
}

void ConfigFile::when_saved(Task done) {
    if (saving_)
        waiting_.push_back(std::move(done));
    else
        done();
}

/// A failed step does not stop the next one, as in RocketMQ: the newest content is what counts.
void ConfigFile::begin() {
    saving_ = true;
    again_ = false;
    if (synced_) return replace();
    // A life that was killed may have left it in the page cache: as the backup it must be on disk.
    host_.sync_file(path_, [this](const FileResult<void>&) {
        synced_ = true;
        replace();
    });
}

void ConfigFile::replace() {
    if (!keep_backup_) (void)host_.rename(path_, path_ + ".bak");
    host_.sync_directory("config", [this](const FileResult<void>&) {
        (void)host_.write_file(path_, content_);
        host_.sync_file(path_, [this](const FileResult<void>& synced) {
            if (synced) keep_backup_ = false;
            finish();
        });
    });
}

void ConfigFile::finish() {
    if (again_) {
        begin();
        return;
    }
    saving_ = false;
    for (Task& task : std::exchange(waiting_, {})) task();
}

}  // namespace brokersim::broker
