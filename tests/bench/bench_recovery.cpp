#include <time.h>

#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/check.h"
#include "core/store/checkpoint.h"
#include "core/store/commit_log.h"
#include "core/store/delay_levels.h"
#include "core/store/dispatch.h"
#include "core/store/index.h"
#include "core/store/queue_builder.h"
#include "core/store/recovery.h"
#include "tests/support/bare_host.h"

/// How fast a log is read: checked only, with queues and index rebuilt after a crash, and dispatched behind appends.

namespace brokersim::store {
namespace {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;

constexpr std::int64_t log_file_size = 64LL << 20;
constexpr std::int64_t queue_file_size = 6'000'000;
constexpr int queue_count = 8;

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

StoreConfig index_config() {
    StoreConfig config;
    config.maxHashSlotNum = 500'000;
    config.maxIndexNum = 2'000'000;
    return config;
}

/// A log of records with a tag, a unique key and a key, in memory that was touched before.
class WrittenLog {
public:
    WrittenLog(int records, std::size_t body_size) : records_(records) {
        const std::string body(body_size, 'x');
        for (int i = 0; i < records; ++i) {
            const std::string properties =
                fmt::format("UNIQ_KEY\x01{:032X}\x02WAIT\x01true\x02KEYS\x01order-{}\x02TAGS\x01TagA\x02", i, i);
            RecordFields fields;
            fields.born_host = Address{0x0A000009, 50'000};
            fields.store_host = Address{0x0A000001, 10'911};
            fields.topic = "orders";
            fields.queue_id = i % queue_count;
            fields.queue_offset = i / queue_count;
            fields.store_timestamp = 1'700'000'000'000 + i / 100;
            fields.properties = properties;
            fields.body = as_bytes(body);
            fields.body_crc = body_crc(fields.body);
            BROKERSIM_CHECK(log.append(fields) == CommitLog::Append::done, "record {} is not written", i);
            log.publish(fields.store_timestamp);
        }
    }
    int records() const { return records_; }

    BareWorld world;
    BareHost& host = world.host("broker/0", 1);
    CommitLog log{host, log_file_size};

private:
    int records_;
};

class NoEvents final : public IndexEvents, public DispatchEvents {
public:
    void on_index_flushed() override {}
    void on_index_flush_failed(const FileError&) override {}
    void on_dispatched(TopicQueue&) override {}
    void on_arrived(const TopicQueue&, std::int64_t, QueueOffset) override {}
    void on_run_ended() override {}
    void on_queue_write_failed(const FileError& error) override { BROKERSIM_CHECK(false, "{}", error.what); }
    void on_index_write_failed(const FileError& error) override { BROKERSIM_CHECK(false, "{}", error.what); }
};

/// Queues and index of a log, empty, on a host of their own.
struct Derived {
    Derived() : delay_levels(*DelayLevels::parse("1s")) { BROKERSIM_CHECK(checkpoint.load().has_value(), "no file"); }

    BareWorld world;
    BareHost& host = world.host("broker/0", 1);
    NoEvents events;
    StoreConfig config = index_config();
    Checkpoint checkpoint{host};
    QueueTable queues{host, "broker-0", queue_file_size};
    DelayLevels delay_levels;
    QueueBuilder builder{queues, checkpoint, delay_levels};
    Index index{host, checkpoint, config, events};
};

/// A checksum over all bytes of the log, one after another: the least that a check can cost.
void check_bytes(WrittenLog& written) {
    for (std::size_t i = 0; i < written.log.files().file_count(); ++i) {
        const std::int64_t start = written.log.files().file_start(i);
        benchmark::DoNotOptimize(body_crc(written.log.files().read(start, written.log.files().rest(start))));
    }
}

void scan(benchmark::State& state) {
    WrittenLog written(200'000, 1024);
    check_bytes(written);
    double least_seconds = 0;
    double scan_seconds = 0;
    for (auto _ : state) {
        const double begin = cpu_seconds();
        check_bytes(written);
        const double middle = cpu_seconds();
        LogCursor cursor(written.log.files(), {0});
        std::int64_t records = 0;
        for (auto step = cursor.next(); step == LogCursor::Step::record || step == LogCursor::Step::blank;
             step = cursor.next()) {
            if (step == LogCursor::Step::blank) {
                cursor.move_to(written.log.next_file(cursor.position()));
                continue;
            }
            BROKERSIM_CHECK(body_intact(cursor.record()), "record at {} is broken", cursor.record_position().value);
            ++records;
        }
        BROKERSIM_CHECK(records == written.records(), "{} records of {}", records, written.records());
        const double end = cpu_seconds();
        least_seconds += middle - begin;
        scan_seconds += end - middle;
        state.SetIterationTime(end - middle);
    }
    state.counters["times_the_least"] = scan_seconds / least_seconds;
    state.SetItemsProcessed(state.iterations() * written.records());
}
BENCHMARK(scan)->UseManualTime();

void recover_after_a_crash(benchmark::State& state) {
    WrittenLog written(200'000, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        auto derived = std::make_unique<Derived>();
        const double begin = cpu_seconds();
        const auto recovered =
            recover(written.log, derived->queues, derived->builder, &derived->index, derived->checkpoint,
                    {.orderly_exit = false, .check_crc = true, .check_record_crc = false, .index_safe = false});
        state.SetIterationTime(cpu_seconds() - begin);
        BROKERSIM_CHECK(recovered && recovered->records_read == written.records(), "the log is not read to its end");
    }
    state.SetItemsProcessed(state.iterations() * written.records());
}
BENCHMARK(recover_after_a_crash)->Arg(128)->Arg(1024)->UseManualTime();

void dispatch_a_backlog(benchmark::State& state) {
    WrittenLog written(200'000, 128);
    for (auto _ : state) {
        auto derived = std::make_unique<Derived>();
        Dispatch dispatch(derived->host, written.log, derived->builder, &derived->index, Duration::zero(), false,
                          derived->events);
        dispatch.start({0});
        const double begin = cpu_seconds();
        derived->world.run_for(std::chrono::milliseconds(2));
        state.SetIterationTime(cpu_seconds() - begin);
        BROKERSIM_CHECK(dispatch.dispatched() == written.log.max_offset(), "not all is dispatched");
    }
    state.SetItemsProcessed(state.iterations() * written.records());
}
BENCHMARK(dispatch_a_backlog)->UseManualTime();

}  // namespace
}  // namespace brokersim::store

BENCHMARK_MAIN();
