#include "live/store/recover.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/store/consume_queue.h"
#include "live/directory_files.h"
#include "live/store/opened_store.h"

namespace brokersim::live {
namespace {

constexpr std::int64_t unit_size = store::ConsumeQueue::unit_size;

/// Bytes behind the end of the log or of a queue that are not zero.
struct Tail {
    std::string path;
    std::uint64_t from;
    std::uint64_t to;  // behind the last byte that is not zero
    std::string what;  // of the log's
};

/// Where the units of a queue end in its last file.
struct QueueEnd {
    std::string path;
    std::uint64_t at;
    std::int64_t next;  // the offset that the next unit will have
};

std::uint64_t behind_last_non_zero(std::span<const std::byte> bytes) {
    static constexpr std::byte zeros[4096]{};
    std::size_t size = bytes.size();
    while (size >= sizeof zeros && std::memcmp(bytes.data() + size - sizeof zeros, zeros, sizeof zeros) == 0)
        size -= sizeof zeros;
    while (size > 0 && bytes[size - 1] == std::byte{0}) --size;
    return size;
}

/// The end of a file from `from` on, if it holds anything.
std::optional<Tail> tail_of(OpenedStore& store, const StoreFile& file, std::int64_t from) {
    if (from >= file.size) return std::nullopt;
    const auto rest =
        store.bytes(file.path, static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(file.size - from));
    const std::uint64_t used = behind_last_non_zero(rest);
    if (used == 0) return std::nullopt;
    return Tail{file.path, static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(from) + used, ""};
}

const char* why_log_ends(const std::expected<store::RecordView, store::RecordError>& record) {
    if (record) return store::body_intact(*record) ? "a record that does not belong there" : "a broken body";
    switch (record.error()) {
        case store::RecordError::bad_magic:
            return "bytes that are no record";
        case store::RecordError::bad_size:
            return "a record whose parts do not add up to its size";
        default:
            return "a record that is cut short";
    }
}

void add_log_tail(OpenedStore& store, std::vector<Tail>& tails) {
    if (store.log_files().empty()) return;
    const StoreFile& file = store.log_files().back();
    const auto at_end = store.record(store.log_end());
    if (!at_end && at_end.error() == store::RecordError::blank) return;  // the next append writes it again
    if (auto tail = tail_of(store, file, store.log_end() - file.start)) {
        tail->what = fmt::format("{} bytes from {} on cut: the log ends there, before {}", tail->to - tail->from,
                                 tail->from, why_log_ends(at_end));
        tails.push_back(std::move(*tail));
    }
}

void add_queue_tails(OpenedStore& store, std::vector<Tail>& tails, std::vector<QueueEnd>& ends) {
    for (const auto& queue : store.queues()) {
        const StoreFile& file = queue.files.back();
        const std::int64_t end = std::max<std::int64_t>(0, queue.max * unit_size - file.start);
        if (auto tail = tail_of(store, file, end)) tails.push_back(std::move(*tail));
        ends.push_back({file.path, static_cast<std::uint64_t>(end), queue.max});
    }
}

/// How far the checkpoint may be.
struct Reached {
    std::int64_t time;      // ms: when the last record was stored; -1: there is none
    std::int64_t position;  // the end of the log
};

Reached reached_by(OpenedStore& store) {
    Reached reached{-1, store.log_end()};
    for (auto file = store.log_files().rbegin(); file != store.log_files().rend() && reached.time < 0; ++file)
        for (std::int64_t at = file->start; at < std::min(store.log_end(), file->start + file->size);) {
            const auto record = store.record(at);
            if (!record) break;
            reached.time = record->store_timestamp();
            at += record->size();
        }
    return reached;
}

/// The steps behind the loading of a store, over files that keep changes or forget them.
class Ending {
public:
    Ending(Files& files, TaskLoop& loop) : files_(files), loop_(loop) {}

    /// Takes a checkpoint back that is ahead of the log (it would have the next recovery begin too late), or that says
    /// what can't be.
    std::expected<void, std::string> take_back_checkpoint(const Reached& reached) {
        constexpr std::uint64_t used = 40;    // three times, then two positions
        constexpr std::uint64_t master = 24;  // of which the first is of another broker's log
        const auto region = files_.map("checkpoint");
        if (!region || (*region)->size() < used || reached.time < 0) return {};
        for (std::uint64_t at = 0; at < used; at += 8) {
            const std::int64_t most = at < master ? reached.time : at == master ? INT64_MAX : reached.position;
            const auto stored = store::load_big<std::int64_t>((*region)->read(at, 8).data());
            if (stored >= 0 && stored <= most) continue;
            store::save_big((*region)->write(at, 8).data(), stored < 0 ? 0 : most);
            flush(**region, at, 8);
        }
        return outcome();
    }

    std::expected<void, std::string> clear(const std::vector<Tail>& tails) {
        for (const Tail& tail : tails) {
            const auto region = files_.map(tail.path);
            if (!region) return std::unexpected(region.error().what);
            std::ranges::fill((*region)->write(tail.from, tail.to - tail.from), std::byte{0});
            flush(**region, tail.from, tail.to - tail.from);
        }
        return outcome();
    }

    /// Starts the loaded store and closes it in order.
    std::expected<void, std::string> close(store::MessageStore& store) {
        store.start();
        bool closed = false;
        store.shutdown([&closed] { closed = true; });
        const bool ended = loop_.run_until(closed);
        if (store.failure() != nullptr) return std::unexpected(store.failure()->what);
        if (!ended) return std::unexpected("the store could not be closed in order");
        return {};
    }

    std::expected<void, std::string> run(store::MessageStore& store, const std::vector<Tail>& tails,
                                         const Reached& reached) {
        auto done = clear(tails);
        if (done) done = close(store);
        if (done) done = take_back_checkpoint(reached);
        return done;
    }

private:
    void flush(MappedRegion& region, std::uint64_t from, std::uint64_t size) {
        region.flush(from, size, [this](FileResult<void> result) {
            if (!result) failed_ = result.error().what;
        });
    }
    std::expected<void, std::string> outcome() {
        loop_.run_until_idle();
        if (!failed_.empty()) return std::unexpected(failed_);
        return {};
    }

    Files& files_;
    TaskLoop& loop_;
    std::string failed_;
};

std::string text_of(const OverlayFiles::Change& change) {
    switch (change.kind) {
        case OverlayFiles::Kind::created:
            return fmt::format("made, {} bytes", change.size);
        case OverlayFiles::Kind::removed:
            return fmt::format("removed, {} bytes", change.size);
        case OverlayFiles::Kind::resized:
            return fmt::format("set to {} bytes", change.size);
        default:
            return fmt::format("bytes {} to {} written", change.from, change.to - 1);
    }
}

/// What was cut from a file, if nothing else is done to it.
std::optional<std::string> cut_of(const OverlayFiles::Change& change, const std::vector<Tail>& tails,
                                  const std::vector<QueueEnd>& ends) {
    if (change.kind != OverlayFiles::Kind::rewritten) return std::nullopt;
    if (const auto end = std::ranges::find(ends, change.path, &QueueEnd::path); end != ends.end()) {
        if (change.from < end->at) return std::nullopt;
        const auto units = static_cast<std::int64_t>(change.to - end->at + unit_size - 1) / unit_size;
        return units == 1 ? fmt::format("unit {} cut", end->next)
                          : fmt::format("units {} to {} cut", end->next, end->next + units - 1);
    }
    const auto tail = std::ranges::find(tails, change.path, &Tail::path);
    if (tail == tails.end() || change.from < tail->from || change.to > tail->to) return std::nullopt;
    return tail->what;
}

/// Every file that differs in the end, with what was cut from it or is written into it.
std::vector<RecoveryStep> steps_of(const std::vector<OverlayFiles::Change>& changes, const std::vector<Tail>& tails,
                                   const std::vector<QueueEnd>& ends) {
    std::vector<RecoveryStep> steps;
    for (const auto& change : changes)
        steps.push_back({change.path, cut_of(change, tails, ends).value_or(text_of(change))});
    return steps;
}

/// Whether a broker has the store open: it holds a lock on the file `lock`.
bool in_use(const std::string& root) {
    const int file = open((root + "/lock").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return false;
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool held = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(file);
    return held;
}

/// Does to one file of the directory what was done to it in the overlay, and forces it to the disk.
FileResult<void> apply(const OverlayFiles::Change& change, OverlayFiles& overlay, DirectoryFiles& directory) {
    using Kind = OverlayFiles::Kind;
    if (change.kind == Kind::removed) return directory.remove(change.path);
    if (change.size == 0) return directory.write_file(change.path, "");
    if (change.kind == Kind::resized)
        if (auto resized = directory.set_length(change.path, change.size); !resized) return resized;
    const auto from = overlay.map(change.path);
    if (!from) return std::unexpected(from.error());
    const auto to =
        change.kind == Kind::created ? directory.create(change.path, change.size) : directory.map(change.path);
    if (!to) return std::unexpected(to.error());
    const std::uint64_t first = change.kind == Kind::rewritten ? change.from : 0;
    const std::uint64_t behind = change.kind == Kind::rewritten ? change.to : change.size;
    static constexpr std::byte zeros[4096]{};
    for (std::uint64_t at = first; at < behind; at += sizeof zeros) {
        const auto part = (*from)->read(at, std::min<std::uint64_t>(sizeof zeros, behind - at));
        // Pages of a new file that hold nothing are left alone.
        if (change.kind == Kind::rewritten || std::memcmp(part.data(), zeros, part.size()) != 0)
            std::ranges::copy(part, (*to)->write(at, part.size()).begin());
    }
    return directory.sync(change.path);
}

/// When a change is made: files that others rely on first, and the abort file goes last, so that whatever interrupts
/// this leaves a store that is recovered again.
int rank_of(const OverlayFiles::Change& change) {
    if (change.path == "abort") return 3;
    if (change.path == "checkpoint") return 2;
    return change.kind == OverlayFiles::Kind::removed ? 1 : 0;
}

/// Does to the directory what was done to the overlay.
FileResult<void> apply_all(std::vector<OverlayFiles::Change> changes, OpenedStore& store, const std::string& root) {
    DirectoryFiles directory(store.loop(), root);
    std::ranges::sort(changes, {}, [](const auto& change) { return std::pair(rank_of(change), change.path); });
    std::set<std::string> touched;  // directories whose entries have changed
    const auto sync_touched = [&]() -> FileResult<void> {
        for (const std::string& path : touched)
            if (auto synced = directory.sync(path); !synced) return synced;
        touched.clear();
        return {};
    };
    int rank = 0;
    for (const auto& change : changes) {
        if (rank_of(change) != rank)
            if (auto synced = sync_touched(); !synced) return synced;
        rank = rank_of(change);
        if (auto applied = apply(change, store.files(), directory); !applied) return applied;
        for (auto slash = change.path.rfind('/'); slash != std::string::npos && slash != 0;
             slash = change.path.rfind('/', slash - 1))
            touched.insert(change.path.substr(0, slash));
        touched.insert(".");
    }
    return sync_touched();
}

std::unexpected<std::string> refused(const std::string& why) {
    return std::unexpected(why + "\nrefused; nothing was changed");
}

}  // namespace

std::expected<RecoveryReport, std::string> recover(const StoreLayout& layout, const store::StoreConfig& config,
                                                   bool dry_run) {
    if (in_use(layout.root)) return refused("lock: a running broker holds it");
    auto opened = OpenedStore::open(layout, config);
    if (!opened) return refused(opened.error());
    OpenedStore& store = **opened;
    RecoveryReport report{.log_begin = store.log_begin(), .log_end = store.log_end()};
    std::vector<Tail> tails;
    add_log_tail(store, tails);
    std::vector<QueueEnd> ends;
    add_queue_tails(store, tails, ends);
    const Reached reached = reached_by(store);
    Ending ending(store.files(), store.loop());
    if (auto taken = ending.take_back_checkpoint(reached); !taken) return refused(taken.error());
    const auto loaded = store.files().changes();
    if (!loaded) return refused(loaded.error().what);
    report.needed = layout.abort || !loaded->empty() || !tails.empty();
    report.why =
        layout.abort ? "abort is there: the broker did not end in order" : "no abort: the broker ended in order";
    if (!report.needed) return report;
    if (auto ended = ending.run(store.store(), tails, reached); !ended) return refused(ended.error());
    const auto changes = store.files().changes();
    if (!changes) return refused(changes.error().what);
    report.steps = steps_of(*changes, tails, ends);
    if (dry_run) return report;
    if (auto applied = apply_all(*changes, store, layout.root); !applied)
        return std::unexpected(applied.error().what + "\nthe recovery is not complete: try it again");
    return report;
}

}  // namespace brokersim::live
