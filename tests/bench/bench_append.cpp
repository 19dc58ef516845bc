#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/check.h"
#include "core/protocol/frame.h"
#include "core/store/commit_log.h"
#include "core/store/index_format.h"
#include "core/store/message_store.h"

/// How fast the log is appended to, against the least that could be done: copying the same bytes into the same kind of
/// mapping, and the checksum of the body. Both are timed in turns within one run, so that a busy machine slows both.

namespace {

std::size_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace brokersim::store {
namespace {

constexpr std::size_t file_size = 64U << 20;
constexpr int batch = 512;

/// Shared memory whose pages have been written once.
class WarmMapping {
public:
    explicit WarmMapping(std::size_t size) : size_(size) {
        const int fd = memfd_create("bench", 0);
        BROKERSIM_CHECK(fd >= 0 && ftruncate(fd, static_cast<off_t>(size)) == 0, "no memory file of {} bytes", size);
        void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        BROKERSIM_CHECK(at != MAP_FAILED, "a memory file cannot be mapped");
        std::memset(at, 1, size);
        bytes_ = static_cast<std::byte*>(at);
    }
    ~WarmMapping() { munmap(bytes_, size_); }
    WarmMapping(const WarmMapping&) = delete;
    WarmMapping& operator=(const WarmMapping&) = delete;
    std::byte* bytes() const { return bytes_; }
    std::size_t size() const { return size_; }

private:
    std::byte* bytes_;
    std::size_t size_;
};

class WarmRegion final : public MappedRegion {
public:
    explicit WarmRegion(const WarmMapping& mapping) : mapping_(mapping) {}
    std::uint64_t size() const override { return mapping_.size(); }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
        return {mapping_.bytes() + offset, length};
    }
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override {
        return {mapping_.bytes() + offset, length};
    }
    void flush(std::uint64_t, std::uint64_t, Callback<void(FileResult<void>)> done) override { done({}); }

private:
    const WarmMapping& mapping_;
};

/// A host whose work is done at once, and whose every file lies in warm memory: log files all in the same.
class WarmHost final : public Host, public LaneServer::Owner {
public:
    Address address() const override { return {0x0A000001, 0}; }
    std::string_view node_name() const override { return "broker/0"; }
    std::uint32_t incarnation() const override { return 0; }
    WallTime wall_ms() const override { return WallTime(std::chrono::milliseconds(1'700'000'000'000)); }
    MonoTime mono_ns() const override { return now_; }
    int cores() const override { return 4; }
    std::uint64_t memory_bytes() const override { return 8ULL << 30; }

    TimerId after(Duration delay, Task fn) override {
        if (keep_timers) timers_.push_back({now_ + delay, std::move(fn)});
        return {1};
    }
    void cancel(TimerId) override {}
    void soon(Task fn) override { tasks_.push_back(std::move(fn)); }
    void open_lane(Lane, int) override {}
    void start(Lane lane, Callback<void(LaneServer)> fn) override { fn(LaneServer(*this, lane)); }
    void free_server(Lane) override {}
    void owe(Duration cpu) override { now_ += cpu; }
    void paid(Task fn) override { tasks_.push_back(std::move(fn)); }
    /// Runs what has been begun, then what is due within a millisecond.
    void run() {
        const MonoTime end = now_ + std::chrono::milliseconds(1);
        while (true) {
            for (std::size_t i = 0; i < tasks_.size(); ++i) {
                Task task = std::move(tasks_[i]);  // it may add tasks
                task();
            }
            tasks_.clear();
            const auto due = std::ranges::find_if(timers_, [end](const Timer& timer) { return timer.at <= end; });
            if (due == timers_.end()) return;
            now_ = std::max(now_, due->at);
            tasks_.push_back(std::move(due->task));
            timers_.erase(due);
        }
    }

    void listen(std::uint16_t, ConnectionEvents&) override {}
    ConnectionId connect(Address, Duration, ConnectionEvents&) override { return {}; }
    void send(ConnectionId, protocol::Frame&&) override {}
    bool writable(ConnectionId) const override { return true; }
    void close(ConnectionId) override {}

    FileResult<std::vector<FileInfo>> list(const std::string&) override { return std::vector<FileInfo>{}; }
    FileResult<MappedRegionPtr> map(const std::string& path) override {
        return std::unexpected(FileError{FileErrorCode::not_found, path});
    }
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t) override {
        if (path.starts_with("index/")) {
            std::memset(index_.bytes(), 0, index_format::header_size);  // what its slots hold counts as nothing then
            return MappedRegionPtr(new WarmRegion(index_));
        }
        return MappedRegionPtr(new WarmRegion(path.starts_with("commitlog/") ? log_ : other_));
    }
    FileResult<void> remove(const std::string&) override { return {}; }
    FileResult<void> rename(const std::string&, const std::string&) override { return {}; }
    FileResult<void> set_length(const std::string&, std::uint64_t) override { return {}; }
    FileResult<std::string> read_file(const std::string& path) override {
        return std::unexpected(FileError{FileErrorCode::not_found, path});
    }
    FileResult<void> write_file(const std::string&, std::string_view) override { return {}; }
    DiskUsage disk_usage() const override { return {UINT64_MAX, 0}; }
    FileResult<WallTime> modified_time(const std::string&) override { return wall_ms(); }
    void sync_file(const std::string&, Callback<void(FileResult<void>)> done) override { done({}); }
    void sync_directory(const std::string&, Callback<void(FileResult<void>)> done) override { done({}); }
    void fetch(std::span<const Slice>, Task done) override { soon(std::move(done)); }
    std::uint64_t draw(Purpose, std::uint64_t, std::uint64_t) const override { return 0; }
    bool buggify(std::string_view) override { return false; }
    NameId name(std::string_view) override { return {}; }
    void note(const Note& note) override { benchmark::DoNotOptimize(&note); }

    bool keep_timers = false;

private:
    MonoTime now_{};
    WarmMapping log_{file_size};
    WarmMapping other_{8U << 20};
    WarmMapping index_{8U << 20};
    std::vector<Task> tasks_;
    struct Timer {
        MonoTime at;
        Task task;
    };
    std::vector<Timer> timers_;
};

const std::string properties =
    "UNIQ_KEY\x01"
    "0A0000010539000000000A3B5C7D0001\x02WAIT\x01true\x02TAGS\x01TagA\x02";

RecordFields sample(std::string_view body) {
    RecordFields fields;
    fields.born_host = Address{0x0A000009, 50'000};
    fields.store_host = Address{0x0A000001, 10'911};
    fields.topic = "orders";
    fields.properties = properties;
    fields.body = as_bytes(body);
    return fields;
}

/// CPU time of this thread: what others do on the machine does not count.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Copies of the record, one behind the other, each after the checksum of its body.
class LeastWork {
public:
    LeastWork(const RecordFields& fields)
        : record_(static_cast<std::size_t>(encoded_size(fields))), body_(fields.body) {
        encode_record(fields, record_);
    }
    void write() {
        for (int i = 0; i < batch; ++i) {
            if (at_ + record_.size() > mapping_.size()) at_ = 0;
            const std::int32_t crc = body_crc(body_);
            std::memcpy(mapping_.bytes() + at_, record_.data(), record_.size());
            save_big(mapping_.bytes() + at_ + 8, crc);
            at_ += record_.size();
        }
    }

private:
    std::vector<std::byte> record_;
    std::span<const std::byte> body_;
    WarmMapping mapping_{file_size};
    std::size_t at_ = 0;
};

/// Times `work`, which appends `batch` messages, in turns with the least work; reports their ratio. What `prepare` does
/// is not counted.
template <class Prepare, class Work>
void compare(benchmark::State& state, const std::string& body, Prepare prepare, Work work) {
    LeastWork least(sample(body));
    for (int i = 0; i < 64; ++i) {
        least.write();
        prepare();
        work();
    }
    double least_seconds = 0;
    double work_seconds = 0;
    std::size_t allocated = 0;
    for (auto _ : state) {
        prepare();
        const double begin = cpu_seconds();
        least.write();
        const double middle = cpu_seconds();
        const std::size_t before = allocations;
        work();
        allocated += allocations - before;
        const double end = cpu_seconds();
        least_seconds += middle - begin;
        work_seconds += end - middle;
        state.SetIterationTime(end - middle);
    }
    const double messages = static_cast<double>(state.iterations()) * batch;
    state.counters["ratio"] = least_seconds / work_seconds;
    state.counters["ns_per_message"] = work_seconds / messages * 1e9;
    state.counters["least_ns"] = least_seconds / messages * 1e9;
    state.counters["allocations"] = static_cast<double>(allocated) / messages;
    state.SetItemsProcessed(state.iterations() * batch);
}

/// The log alone: checksum, encoding into the mapping, rolls.
void append_to_log(benchmark::State& state) {
    WarmHost host;
    CommitLog log(host, file_size);
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    RecordFields fields = sample(body);
    compare(
        state, body, [] {},
        [&] {
            for (int i = 0; i < batch; ++i) {
                fields.body_crc = body_crc(fields.body);
                fields.store_timestamp = i;
                fields.queue_offset = i;
                benchmark::DoNotOptimize(log.append(fields));
                log.publish(fields.store_timestamp);
            }
        });
}
BENCHMARK(append_to_log)->Arg(128)->Arg(1024)->UseManualTime();

/// A whole put: checks, lock, notes, result; with `dispatch` also the queues.
void put(benchmark::State& state, bool dispatch) {
    WarmHost host;
    StoreConfig config;
    config.mappedFileSizeCommitLog = file_size;
    config.maxHashSlotNum = 100'000;
    config.maxIndexNum = 300'000;
    MessageStore store(host, "broker-0", config);
    if (!store.load()) return state.SkipWithError("the store does not open");
    host.keep_timers = dispatch;
    store.start();
    const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
    const Slice body = copy_slice(text);
    std::vector<MessageToPut> messages(batch);
    std::size_t done = 0;
    const auto prepare = [&] {
        for (int i = 0; i < batch; ++i) {
            MessageToPut& message = messages[static_cast<std::size_t>(i)];
            message.topic = "orders";
            message.queue_id = i % 8;
            message.born_host = Address{0x0A000009, 50'000};
            message.store_host = Address{0x0A000001, 10'911};
            message.properties = properties;
            message.body = body;
        }
    };
    compare(state, text, prepare, [&] {
        for (int i = 0; i < batch; ++i) {
            store.put(std::move(messages[static_cast<std::size_t>(i)]), {}, {},
                      [&done](const PutResult& result) { done += result.status == PutStatus::ok ? 1 : 0; });
            if (i % 16 == 15) host.run();
        }
    });
    if (done == 0) state.SkipWithError("nothing was stored");
}
BENCHMARK_CAPTURE(put, store, false)->Arg(128)->Arg(1024)->UseManualTime();
BENCHMARK_CAPTURE(put, store_and_dispatch, true)->Arg(128)->Arg(1024)->UseManualTime();

}  // namespace
}  // namespace brokersim::store

BENCHMARK_MAIN();
