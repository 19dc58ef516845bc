#include "tests/support/bare_host.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/check.h"

namespace brokersim::testing {
namespace {

constexpr std::int64_t epoch_start_ms = 1'700'000'000'000;

/// A file that is only memory.
class BufferRegion final : public MappedRegion {
public:
    BufferRegion(BareHost& host, std::uint64_t size)
        : host_(&host),
          size_(size),
          bytes_(static_cast<std::byte*>(std::calloc(std::max<std::uint64_t>(size, 1), 1)), &std::free) {
        BROKERSIM_CHECK(bytes_ != nullptr, "no memory for {} bytes", size);
    }
    std::uint64_t size() const override { return size_; }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
        return view(offset, length);
    }
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override {
        modified_ = host_->wall_ms();
        return view(offset, length);
    }
    WallTime modified() const { return modified_; }
    void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override {
        view(offset, length);
        host_->soon([done = std::move(done)]() mutable { done({}); });
    }
    void move_to(BareHost& host) { host_ = &host; }

private:
    std::span<std::byte> view(std::uint64_t offset, std::uint64_t length) {
        BROKERSIM_CHECK(offset <= size_ && length <= size_ - offset, "{}+{} of {}", offset, length, size_);
        return {bytes_.get() + offset, length};
    }
    BareHost* host_;
    WallTime modified_ = host_->wall_ms();
    std::uint64_t size_;
    std::unique_ptr<std::byte, decltype(&std::free)> bytes_;  // pages that nobody touches cost nothing
};

FileError error(FileErrorCode code, const std::string& path, const char* why) { return {code, path + ": " + why}; }

}  // namespace

BareWorld::BareWorld(std::uint64_t seed) : seed_(seed) {}

// What is dropped with the events may ask for new ones: they are dropped, too.
BareWorld::~BareWorld() {
    while (!due_.empty()) {
        const auto dropped = std::exchange(due_, {});
        by_id_.clear();
    }
}

BareHost& BareWorld::host(const std::string& name, int last_byte) {
    if (hosts_.contains(name)) kill(name);
    auto made = std::make_unique<BareHost>(*this, name, Address{0x0A000000U + static_cast<std::uint32_t>(last_byte), 0},
                                           lives_[name]++);
    for (auto& [path, region] : files_[name]) static_cast<BufferRegion&>(*region).move_to(*made);
    return *(hosts_[name] = std::move(made));
}

void BareWorld::kill(const std::string& name) {
    BareHost* host = hosts_.at(name).get();
    forget(host);
    dead_.push_back(std::move(hosts_.at(name)));  // lane servers may still refer to it
    hosts_.erase(name);
}

void BareWorld::forget(BareHost* host) {
    for (bool again = true; again;) {  // what is dropped may ask its host for more, which is dropped, too
        std::vector<Due> dropped;
        for (auto due = due_.begin(); due != due_.end();) {
            if (due->second.host != host) {
                ++due;
                continue;
            }
            dropped.push_back(std::move(due->second));
            due = due_.erase(due);
        }
        again = !dropped.empty();
    }
    std::erase_if(listeners_, [host](const auto& entry) { return entry.second.first == host; });
    std::erase_if(held_, [host](const Held& held) { return held.host == host; });
    for (auto& connection : connections_)
        for (int end : {0, 1})
            if (connection->ends[end] == host) {
                connection->ends[end] = nullptr;
                if (BareHost* peer = connection->ends[1 - end])
                    pass(*host, peer, [connection, end] {
                        if (connection->ends[1 - end] == nullptr) return;
                        connection->ends[1 - end] = nullptr;
                        connection->events[1 - end]->on_closed(connection->ids[1 - end], NetError::reset);
                    });
            }
}

void BareWorld::silence(const std::string& name, bool silent) {
    if (silent) {
        silent_.insert(name);
        return;
    }
    silent_.erase(name);
    for (Held& held : std::exchange(held_, {}))
        if (silent_.contains(held.from) || silent_.contains(held.to))
            held_.push_back(std::move(held));
        else
            schedule(now_, held.host, std::move(held.task));
}

/// Runs what comes from one host at another.
void BareWorld::pass(const BareHost& from, BareHost* to, Task task) {
    if (silent_.contains(from.name_) || silent_.contains(to->name_))
        held_.push_back({from.name_, to->name_, to, std::move(task)});
    else
        schedule(now_, to, std::move(task));
}

void BareWorld::run_for(Duration time_from_now) {
    const MonoTime end = now_ + time_from_now;
    while (!due_.empty() && due_.begin()->first.at <= end) {
        auto node = due_.extract(due_.begin());
        by_id_.erase(node.key().order);
        now_ = std::max(now_, node.key().at);
        node.mapped().task();
    }
    now_ = end;
}

std::uint64_t BareWorld::schedule(MonoTime at, BareHost* host, Task task) {
    const Event event{at, ++order_};
    due_.emplace(event, Due{host, std::move(task)});
    by_id_.emplace(event.order, event);
    return event.order;
}

BareHost::BareHost(BareWorld& world, std::string name, Address address, std::uint32_t incarnation)
    : world_(world), name_(std::move(name)), address_(address), incarnation_(incarnation) {}

WallTime BareHost::wall_ms() const {
    return WallTime(std::chrono::milliseconds(epoch_start_ms) +
                    std::chrono::duration_cast<std::chrono::milliseconds>(world_.now_.time_since_epoch()));
}

TimerId BareHost::after(Duration delay, Task fn) { return {world_.schedule(world_.now_ + delay, this, std::move(fn))}; }

void BareHost::cancel(TimerId timer) {
    if (auto found = world_.by_id_.find(timer.value); found != world_.by_id_.end()) {
        world_.due_.erase(found->second);
        world_.by_id_.erase(found);
    }
}

void BareHost::soon(Task fn) { world_.schedule(world_.now_, this, std::move(fn)); }

void BareHost::open_lane(Lane lane, int servers) {
    BROKERSIM_CHECK(!lanes_.contains(lane) && servers >= 1, "lane opened twice");
    lanes_[lane].free = servers;
}

void BareHost::start(Lane lane, Callback<void(LaneServer)> fn) {
    lanes_.at(lane).waiting.push_back(std::move(fn));
    grant(lane);
}

void BareHost::grant(Lane lane) {
    auto& state = lanes_.at(lane);
    if (state.free == 0 || state.waiting.empty()) return;
    --state.free;
    soon([this, lane, fn = std::move(state.waiting.front())]() mutable { fn(LaneServer(*this, lane)); });
    state.waiting.pop_front();
}

void BareHost::free_server(Lane lane) {
    if (!world_.hosts_.contains(name_) || world_.hosts_[name_].get() != this) return;
    ++lanes_.at(lane).free;
    grant(lane);
}

void BareHost::listen(std::uint16_t port, ConnectionEvents& events) {
    BROKERSIM_CHECK(world_.listeners_.emplace(Address{address_.ip, port}, std::pair(this, &events)).second,
                    "port {} is taken", port);
}

ConnectionId BareHost::connect(Address peer, Duration timeout, ConnectionEvents& events) {
    const ConnectionId id{world_.next_connection_++};
    auto found = world_.listeners_.find(peer);
    if (world_.silent_.contains(name_) ||
        (found != world_.listeners_.end() && world_.silent_.contains(found->second.first->name_))) {
        after(timeout, [&events, id] { events.on_closed(id, NetError::timed_out); });
        return id;
    }
    if (found == world_.listeners_.end()) {
        soon([&events, id] { events.on_closed(id, NetError::refused); });
        return id;
    }
    auto connection = std::make_shared<BareWorld::Connection>();
    connection->ends[0] = this;
    connection->events[0] = &events;
    connection->ids[0] = id;
    connection->ends[1] = found->second.first;
    connection->events[1] = found->second.second;
    connection->ids[1] = {world_.next_connection_++};
    world_.connections_.push_back(connection);
    const Address own = address_;
    world_.schedule(world_.now_, connection->ends[1], [connection, own] {
        if (connection->ends[1] != nullptr) connection->events[1]->on_accepted(connection->ids[1], own);
    });
    soon([connection] {
        if (connection->ends[0] != nullptr) connection->events[0]->on_opened(connection->ids[0]);
    });
    return id;
}

void BareHost::send(ConnectionId id, protocol::Frame&& frame) {
    for (auto& connection : world_.connections_)
        for (int end : {0, 1})
            if (connection->ends[end] == this && connection->ids[end] == id && connection->ends[1 - end] != nullptr) {
                auto moved = std::make_shared<protocol::Frame>(std::move(frame));
                world_.pass(*this, connection->ends[1 - end], [connection, end, moved] {
                    if (connection->ends[1 - end] != nullptr)
                        connection->events[1 - end]->on_frame(connection->ids[1 - end], std::move(*moved));
                });
                return;
            }
}

void BareHost::close(ConnectionId id) {
    for (auto& connection : world_.connections_)
        for (int end : {0, 1})
            if (connection->ends[end] == this && connection->ids[end] == id) {
                connection->ends[end] = nullptr;
                if (BareHost* peer = connection->ends[1 - end])
                    world_.pass(*this, peer, [connection, end] {
                        if (connection->ends[1 - end] == nullptr) return;
                        connection->ends[1 - end] = nullptr;
                        connection->events[1 - end]->on_closed(connection->ids[1 - end], NetError::closed);
                    });
                return;
            }
}

FileResult<std::vector<FileInfo>> BareHost::list(const std::string& directory) {
    const std::string prefix = directory.empty() ? "" : directory + "/";
    std::map<std::string, FileInfo> found;
    for (const auto& [path, region] : files()) {
        if (!path.starts_with(prefix)) continue;
        const std::string rest = path.substr(prefix.size());
        if (const auto slash = rest.find('/'); slash != std::string::npos)
            found.try_emplace(rest.substr(0, slash), FileInfo{rest.substr(0, slash), 0, true});
        else
            found.try_emplace(rest, FileInfo{rest, region->size(), false});
    }
    if (found.empty()) return std::unexpected(error(FileErrorCode::not_found, directory, "no such directory"));
    std::vector<FileInfo> sorted;
    for (auto& [name, info] : found) sorted.push_back(info);
    return sorted;
}

FileResult<MappedRegionPtr> BareHost::map(const std::string& path) {
    auto found = files().find(path);
    if (found == files().end()) return std::unexpected(error(FileErrorCode::not_found, path, "no such file"));
    if (found->second->size() == 0) return std::unexpected(error(FileErrorCode::wrong_size, path, "empty file"));
    return found->second;
}

DiskUsage BareHost::disk_usage() const {
    std::uint64_t used = 0;
    for (const auto& [name, region] : world_.files_[name_]) used += region->size();
    return {disk_bytes, used};
}

FileResult<MappedRegionPtr> BareHost::create(const std::string& path, std::uint64_t size) {
    const std::uint64_t used = disk_usage().used;
    if (files().contains(path)) return std::unexpected(error(FileErrorCode::exists, path, "exists"));
    if (disk_bytes < used || size > disk_bytes - used)
        return std::unexpected(error(FileErrorCode::no_space, path, "no space left"));
    MappedRegionPtr region(new BufferRegion(*this, size));
    files().emplace(path, region);
    return region;
}

FileResult<void> BareHost::remove(const std::string& path) {
    if (files().erase(path) == 0) return std::unexpected(error(FileErrorCode::not_found, path, "no such file"));
    return {};
}

FileResult<void> BareHost::rename(const std::string& from, const std::string& to) {
    auto node = files().extract(from);
    if (node.empty()) return std::unexpected(error(FileErrorCode::not_found, from, "no such file"));
    files()[to] = node.mapped();
    return {};
}

FileResult<void> BareHost::set_length(const std::string& path, std::uint64_t size) {
    auto found = files().find(path);
    if (found == files().end()) return std::unexpected(error(FileErrorCode::not_found, path, "no such file"));
    MappedRegionPtr region(new BufferRegion(*this, size));
    const std::uint64_t kept = std::min(size, found->second->size());
    if (kept > 0) std::memcpy(region->write(0, kept).data(), found->second->read(0, kept).data(), kept);
    found->second = region;
    return {};
}

FileResult<std::string> BareHost::read_file(const std::string& path) {
    auto found = files().find(path);
    if (found == files().end()) return std::unexpected(error(FileErrorCode::not_found, path, "no such file"));
    const auto bytes = found->second->read(0, found->second->size());
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

FileResult<void> BareHost::write_file(const std::string& path, std::string_view content) {
    MappedRegionPtr region(new BufferRegion(*this, content.size()));
    if (!content.empty()) std::memcpy(region->write(0, content.size()).data(), content.data(), content.size());
    files()[path] = region;
    return {};
}

FileResult<WallTime> BareHost::modified_time(const std::string& path) {
    const auto found = files().find(path);
    if (found == files().end()) return std::unexpected(error(FileErrorCode::not_found, path, "no such file"));
    return static_cast<const BufferRegion&>(*found->second).modified();
}

void BareHost::sync_file(const std::string&, Callback<void(FileResult<void>)> done) {
    soon([done = std::move(done)]() mutable { done({}); });
}

void BareHost::sync_directory(const std::string&, Callback<void(FileResult<void>)> done) {
    soon([done = std::move(done)]() mutable { done({}); });
}

void BareHost::fetch(std::span<const Slice>, Task done) { soon(std::move(done)); }

std::uint64_t BareHost::draw(Purpose purpose, std::uint64_t identity, std::uint64_t n) const {
    return draw_key(world_.seed_, purpose, identity, n);
}

NameId BareHost::name(std::string_view text) {
    if (auto found = world_.name_ids_.find(text); found != world_.name_ids_.end()) return found->second;
    const NameId id{static_cast<std::uint32_t>(world_.names_.size())};
    world_.names_.emplace_back(text);
    world_.name_ids_.emplace(text, id);
    return id;
}

}  // namespace brokersim::testing
