#include "live/file_host.h"

#include <unistd.h>

#include <utility>

#include "core/check.h"

namespace brokersim::live {

FileHost::FileHost(TaskLoop& loop, Files& files, std::string name)
    : loop_(loop), files_(files), name_(std::move(name)) {}

int FileHost::cores() const { return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)); }

std::uint64_t FileHost::memory_bytes() const {
    return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void FileHost::open_lane(Lane lane, int servers) {
    auto& state = lanes_.at(static_cast<std::size_t>(lane));
    BROKERSIM_CHECK(!state && servers >= 1, "a lane is opened twice, or with {} servers", servers);
    state.emplace().free = servers;
}

void FileHost::start(Lane lane, Callback<void(LaneServer)> fn) {
    auto& state = lanes_.at(static_cast<std::size_t>(lane));
    BROKERSIM_CHECK(state.has_value(), "a lane is used before it is opened");
    state->waiting.push_back(std::move(fn));
    grant(lane);
}

void FileHost::grant(Lane lane) {
    LaneState& state = *lanes_.at(static_cast<std::size_t>(lane));
    while (state.free > 0 && !state.waiting.empty()) {
        --state.free;
        loop_.soon([this, lane, fn = std::move(state.waiting.front())]() mutable { fn(LaneServer(*this, lane)); });
        state.waiting.pop_front();
    }
}

void FileHost::free_server(Lane lane) {
    ++lanes_.at(static_cast<std::size_t>(lane))->free;
    grant(lane);
}

void FileHost::listen(std::uint16_t port, ConnectionEvents&) {
    BROKERSIM_CHECK(false, "{} listens on port {}, but this host has no network", name_, port);
}

ConnectionId FileHost::connect(Address, Duration, ConnectionEvents& events) {
    const ConnectionId id{next_connection_++};
    loop_.soon([&events, id] { events.on_closed(id, NetError::refused); });
    return id;
}

void FileHost::sync_file(const std::string& path, Callback<void(FileResult<void>)> done) {
    loop_.soon([done = std::move(done), result = files_.sync(path)]() mutable { done(std::move(result)); });
}

void FileHost::sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) {
    sync_file(path, std::move(done));
}

void FileHost::fetch(std::span<const Slice>, Task done) { loop_.soon(std::move(done)); }

std::uint64_t FileHost::draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const {
    return draw_key(text_identity(name_), purpose, identity, n);
}

NameId FileHost::name(std::string_view text) {
    const auto found = names_.find(text);
    if (found != names_.end()) return found->second;
    const NameId id{static_cast<std::uint32_t>(names_.size())};
    names_.emplace(text, id);
    return id;
}

}  // namespace brokersim::live
