#include "tests/store/store_trial.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "sim/machine.h"
#include "tests/store/batch_body.h"

namespace brokersim::store::testing {
namespace {

using namespace std::chrono_literals;
using brokersim::testing::CrashWorld;
using brokersim::testing::How;

constexpr std::int64_t log_file = 8192;
constexpr Duration reserved = 1h;
constexpr Duration retention_done = 150s;  // from when it may act: also a file that somebody read is tried once more
constexpr const char* names[] = {"put",    "batch", "pass", "read",   "save",  "restart",
                                 "expire", "fill",  "hold", "let_go", "crash", "crash_at"};

sim::WorldOptions world_options() {
    sim::WorldOptions options;
    options.check_unpaid = true;
    return options;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
    out << fmt::format("{{.kind = Step::Kind::{}", names[static_cast<std::size_t>(step.kind)]);
    switch (step.kind) {
        case Step::Kind::put:
        case Step::Kind::batch:
            out << fmt::format(", .topic = {}, .queue = {}, .size = {}, .count = {}, .waits = {}", step.topic,
                               step.queue, step.size, step.count, step.waits);
            break;
        case Step::Kind::fill:
            out << fmt::format(", .percent = {}", step.percent);
            break;
        case Step::Kind::hold:
            out << fmt::format(", .topic = {}, .queue = {}", step.topic, step.queue);
            break;
        case Step::Kind::pass:
            out << fmt::format(", .time = {}us", step.time.count() / 1000);
            break;
        case Step::Kind::crash:
        case Step::Kind::crash_at:
            out << fmt::format(", .how = How::{}, .call = {}, .again = {}",
                               step.how == How::kill ? "kill" : "power_cut", step.call, step.again);
            break;
        default:
            break;
    }
    return out << "}";
}

std::ostream& operator<<(std::ostream& out, const TrialOptions& options) {
    return out << fmt::format("{{.sync = {}, .index_safe = {}, .record_crc = {}, .warm = {}, .pool = {}, .seed = {}}}",
                              options.sync, options.index_safe, options.record_crc, options.warm, options.pool,
                              options.seed);
}

/// One life of the node.
class StoreTrial::Life final : public Node {
public:
    Life(StoreTrial& trial, Host& host)
        : trial_(trial),
          witness(host, config(trial.options_), trial.disk_, trial),
          wrapped_(trial.options_.wrap ? trial.options_.wrap(witness) : nullptr),
          host(wrapped_ ? *wrapped_ : witness),
          store(this->host, "broker-0", config(trial.options_)),
          offsets(this->host, "broker-0", 1h) {}
    ~Life() override {
        if (trial_.life_ == this) trial_.life_ = nullptr;
    }

    void start() override {
        trial_.life_ = this;
        const auto loaded = store.load();
        const auto read = offsets.load();
        if (trial_.crash_.dead()) return;
        if (!loaded) return trial_.fail("the store can't be opened: " + loaded.error().what);
        if (!read) return trial_.fail("the consumer offsets can't be read: " + read.error());
        const std::int64_t offset = offsets.query("group", "t0", 0);
        if (offset < trial_.offset_saved_ || offset > trial_.offset_tried_)
            return trial_.fail(fmt::format("consumer offset {} was read; {} was saved, {} the last to be tried", offset,
                                           trial_.offset_saved_, trial_.offset_tried_));
        if (trial_.open_only_) return;
        trial_.started_ = true;
        store.start();
        witness.watch(true);
    }
    void shutdown(Task done) override {
        witness.watch(false);
        store.shutdown(std::move(done));
    }

private:
    StoreTrial& trial_;

public:
    RetentionWitness witness;

private:
    std::unique_ptr<Host> wrapped_;

public:
    /// What a reader has of the log, and what it was when it got it.
    struct Held {
        std::int64_t file;
        Slice record;
        std::string content;
    };
    Host& host;
    MessageStore store;
    broker::ConsumerOffsets offsets;
    std::vector<Held> held;
};

StoreTrial::StoreTrial(TrialOptions options)
    : options_(std::move(options)),
      model_(config(options_), [this](const std::string& path) { return crash_.files().read(path).value_or(""); }),
      crash_(options_.seed, [this](Host& host) { return std::make_unique<Life>(*this, host); }, world_options()) {}

StoreConfig StoreTrial::config(const TrialOptions& options) {
    StoreConfig config;
    config.mappedFileSizeCommitLog = log_file;
    config.mappedFileSizeConsumeQueue = 400;
    config.maxHashSlotNum = 10;
    config.maxIndexNum = 40;
    config.maxMsgsNumBatch = 1000;  // a search by key finds all
    config.messageIndexSafe = options.index_safe;
    config.enabledAppendPropCRC = config.forceVerifyPropCRC = options.record_crc;
    config.flushDiskType = options.sync ? "SYNC_FLUSH" : "ASYNC_FLUSH";
    config.transientStorePoolEnable = options.pool > 0;
    config.transientStorePoolSize = std::max<std::int64_t>(1, options.pool);
    config.fastFailIfNoBufferInStorePool = options.pool > 3;
    config.warmMapedFileEnable = options.warm;
    config.flushLeastPagesWhenWarmMapedFile = 1;
    config.flushConsumeQueueLeastPages = 0;
    config.flushIntervalConsumeQueue = Millis(200);
    config.fileReservedTime = 1;
    config.deleteWhen = "23";
    return config;
}

void StoreTrial::fail(std::string what) {
    if (broken_.empty()) broken_ = std::move(what);
}

void StoreTrial::on_log_files_removed(std::int64_t log_begin) {
    // What is left then may be the file that was made ahead.
    if (log_begin > life_->store.max_physical_offset().value) fail("the newest file of the log is removed");
    model_.removed_before(log_begin);
}

void StoreTrial::start() {
    crash_.start();
    after_step();
}

void StoreTrial::crash_at(std::uint64_t call, How how, std::uint64_t again) {
    crash_.at(crash_.calls() + std::max<std::uint64_t>(1, call), how);
    again_ = again;
}

void StoreTrial::apply(const Step& step) {
    if (over()) return;
    switch (step.kind) {
        case Step::Kind::put:
        case Step::Kind::batch:
            put(step);
            break;
        case Step::Kind::pass:
            pass(step.time);
            break;
        case Step::Kind::read:
            look([this](MessageStore& store) { return model_.check_log(store); });
            break;
        case Step::Kind::save:
            crash_.world().run_in(crash_.node(), [this] {
                life_->offsets.commit("group", "t0", 0, ++offset_tried_);
                life_->offsets.persist([this, offset = offset_tried_] {
                    if (!crash_.dead()) offset_saved_ = std::max(offset_saved_, offset);
                });
            });
            pass(0s);
            break;
        case Step::Kind::restart:
            restart();
            break;
        case Step::Kind::expire:
            pass(reserved);
            if (!crash_.up()) break;
            crash_.world().run_in(crash_.node(), [this] {
                life_->witness.asked();
                life_->store.remove_expired_files();
            });
            pass(retention_done);
            check_removed(true);
            break;
        case Step::Kind::fill:
            disk_.fill(step.percent, crash_.files().total_bytes());
            pass(retention_done);
            check_removed(false);
            break;
        case Step::Kind::hold:
            hold(step);
            break;
        case Step::Kind::let_go:
            let_go();
            break;
        case Step::Kind::crash:
            crash_now(step.how);
            break;
        case Step::Kind::crash_at:
            crash_at(step.call, step.how, step.again);
            break;
    }
    if (crash_.up()) return;
    if (step.kind == Step::Kind::crash) return recover(step.again, step.how);
    after_step();
}

void StoreTrial::after_step() {
    if (crash_.up() || over()) return;
    if (crash_.struck()) {
        model_.crashed(crash_.how() == How::power_cut);
        recover(again_, crash_.how());
    } else {
        recover(0, How::kill);
    }
}

void StoreTrial::put(const Step& step) {
    const std::string topic = fmt::format("t{}", step.topic);
    crash_.world().run_in(crash_.node(), [&] {
        const auto send = [&](std::vector<StoreModel::Message> messages, bool batch) {
            const std::size_t number = model_.put(messages);
            MessageToPut out;
            out.topic = topic;
            out.queue_id = step.queue;
            out.born_timestamp = StoreModel::born;
            out.born_host = StoreModel::born_host;
            out.store_host = StoreModel::store_host;
            std::vector<BatchMessage> parts;
            for (const auto& message : messages) parts.push_back({message.body, message.properties});
            if (!batch) out.properties = messages.front().properties;
            out.body = copy_slice(batch ? batch_body(parts) : messages.front().body);
            auto done = [this, number](const PutResult& result) {
                if (!crash_.dead()) model_.acknowledged(number, result);
            };
            const MonoTime now = life_->host.mono_ns();
            if (batch)
                life_->store.put_batch(std::move(out), now, now, std::move(done));
            else
                life_->store.put(std::move(out), now, now, std::move(done));
        };
        std::vector<StoreModel::Message> messages;
        for (int i = 0; i < (options_.index_safe ? 1 : step.count); ++i) {
            StoreModel::Message message{.topic = topic, .queue = step.queue, .body = {}, .properties = {}};
            const auto fill = static_cast<char>('a' + (model_.messages() + messages.size()) % 26);
            message.body = std::string(static_cast<std::size_t>(step.size), fill);
            message.waits = step.waits || step.kind == Step::Kind::batch;
            if (!message.waits)
                message.properties = std::string(
                    "WAIT\x01"
                    "false\x02");
            messages.push_back(std::move(message));
        }
        if (step.kind == Step::Kind::batch) return send(std::move(messages), true);
        for (auto& message : messages) send({std::move(message)}, false);
    });
    pass(0s);
    // Times are told in milliseconds: an index that ends within one does not tell what of it is missing.
    if (options_.index_safe) pass(1ms);
}

void StoreTrial::hold(const Step& step) {
    crash_.world().run_in(crash_.node(), [&] {
        const std::string topic = fmt::format("t{}", step.topic);
        const auto got = life_->store.get(topic, step.queue, life_->store.min_offset(topic, step.queue), 2, {});
        for (const Slice& record : got.records) {
            const std::int64_t at = decode_record(record.bytes)->physical_offset().value;
            life_->witness.held(at - at % log_file);
            const auto bytes = record.bytes;
            life_->held.push_back(
                {at - at % log_file, record, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())});
        }
    });
}

void StoreTrial::let_go() {
    crash_.world().run_in(crash_.node(), [this] {
        for (const auto& held : life_->held) {
            if (!std::ranges::equal(held.record.bytes, std::as_bytes(std::span(held.content))))
                fail(fmt::format("what a reader has of the log file at {} has changed", held.file));
            life_->witness.released(held.file);
        }
        life_->held.clear();
    });
}

void StoreTrial::check_removed(bool due) {
    if (!crash_.up() || life_ == nullptr || life_->witness.any_held()) return;
    const bool crowded = life_->witness.crowded();
    if ((due || crowded) &&
        life_->store.min_physical_offset().value + log_file <= life_->store.max_physical_offset().value)
        fail(due ? "files of the log that are due are there still" : "the disk is crowded, and retention leaves files");
}

void StoreTrial::pass(Duration time) {
    crash_.run(time);
    if (!crash_.up() || life_ == nullptr) return;
    model_.flushed(life_->store.flushed_offset());
    model_.readable(life_->store.max_physical_offset());
}

void StoreTrial::crash_now(How how) {
    crash_.crash(how);
    model_.crashed(how == How::power_cut);
}

void StoreTrial::restart() {
    bool stopped = false;
    crash_.world().stop(crash_.node(), [&stopped] { stopped = true; });
    pass(20s);
    if (crash_.up()) return fail("the store does not end in order");
    started_ = !stopped;
    if (stopped) model_.flushed({INT64_MAX});
    if (stopped) model_.crashed(false);
}

void StoreTrial::open_only() {
    open_only_ = true;
    crash_.start();
    crash_.run(1ms);  // recovery takes its time
    open_only_ = false;
}

void StoreTrial::recover(std::uint64_t again, How how) {
    ++recoveries_;
    if (again > 0) {
        crash_.at(crash_.calls() + again, how);
        open_only();
        if (crash_.up())
            crash_now(how);
        else
            model_.crashed(how == How::power_cut);
    }
    crash_.never();
    // The power may take the file that tells of the crash, and leave some of what was written after it: recovery then
    // goes by the rules of an orderly end, as the real one does, and may pass over a record.
    const bool abort_lost = started_ && !crash_.files().exists("abort");
    started_ = false;
    if (over()) return;
    open_only();
    look([this](MessageStore& store) { return model_.check_log(store); });
    abort_lost_ = abort_lost;
    if (over()) return;
    const Snapshot once = files();
    crash_now(How::kill);
    open_only();
    compare(once, files());
    if (over()) return;
    crash_now(How::kill);
    crash_.start();
    catch_up();
}

void StoreTrial::compare(const Snapshot& before, const Snapshot& after) {
    for (const auto& [path, content] : before)
        if (!after.contains(path)) return fail("a second recovery removes " + path);
    for (const auto& [path, content] : after)
        if (const auto was = before.find(path); was == before.end() || was->second != content)
            return fail("a second recovery changes " + path);
}

/// All but the index: as the real one does, recovery enters the newest record of the newest index file once more.
StoreTrial::Snapshot StoreTrial::files() {
    Snapshot snapshot;
    auto& table = crash_.files();
    const std::function<void(const std::string&)> add = [&](const std::string& directory) {
        const auto listed = table.list(directory);
        if (!listed) return;
        for (const auto& info : *listed) {
            const std::string path = directory.empty() ? info.name : directory + "/" + info.name;
            if (info.directory) {
                add(path);
                continue;
            }
            if (directory != "index") snapshot[path] = table.read(path).value_or("");
        }
    };
    add("");
    return snapshot;
}

void StoreTrial::look(const std::function<std::string(MessageStore&)>& check) {
    crash_.world().run_in(crash_.node(), [&] {
        if (life_ == nullptr || over()) return;
        model_.oldest_may_leave(life_->witness.any_leaving());
        if (auto wrong = check(life_->store); !wrong.empty()) fail(std::move(wrong));
    });
    if (auto& world = crash_.world(); world.crash()) fail(world.crash()->what);
}

void StoreTrial::catch_up() {
    if (over()) return;
    pass(100ms);
    look([this](MessageStore& store) {
        return model_.check_all(
            store, {.keys = options_.index_safe, .minima = life_->witness.quiet() && !life_->witness.any_leaving()});
    });
}

void StoreTrial::finish() {
    if (over()) return;
    crash_.never();
    pass(6s);
    look([this](MessageStore& store) {
        return model_.check_all(
            store, {.keys = options_.index_safe, .minima = life_->witness.quiet() && !life_->witness.any_leaving()});
    });
    if (over()) return;
    crash_now(How::power_cut);
    recover(0, How::power_cut);
}

std::string run_trial(const TrialOptions& options, const std::vector<Step>& steps) {
    StoreTrial trial(options);
    try {
        trial.start();
        for (const Step& step : steps) trial.apply(step);
        trial.finish();
    } catch (const BrokenInvariant& broken) {
        return broken.what();
    }
    return trial.broken();
}

}  // namespace brokersim::store::testing
