#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/broker/consumer_offsets.h"
#include "core/store/message_store.h"
#include "tests/store/retention_witness.h"
#include "tests/support/crash_world.h"
#include "tests/support/store_model.h"

namespace brokersim::store::testing {

/// One step of what happens to a store.
struct Step {
    enum class Kind : std::uint8_t {
        put,       // `count` messages of about `size` bytes, at the same time
        batch,     // the same as one batch
        pass,      // `time` passes
        read,      // what can be seen now is checked
        save,      // a consumer offset changes and is saved
        restart,   // in order
        expire,    // the files of the log are old, and retention is asked
        fill,      // others use the disk, so that `percent` of it is used
        hold,      // somebody reads the oldest messages of a queue, and keeps them
        let_go,    // of all that is held
        crash,     // now, between two handlers
        crash_at,  // the `call`-th call from now on never happens
    };
    Kind kind = Kind::pass;
    std::int32_t topic = 0;
    std::int32_t queue = 0;
    std::int64_t size = 0;
    int count = 1;
    bool waits = true;
    std::int64_t percent = 50;
    Duration time{};
    brokersim::testing::How how = brokersim::testing::How::kill;
    std::uint64_t call = 0;
    std::uint64_t again = 0;  // if not 0: the call at which the recovery that follows crashes, in the same way
};
std::ostream& operator<<(std::ostream& out, const Step& step);

struct TrialOptions {
    bool sync = true;
    /// messageIndexSafe: without it recovery after a crash does not enter again all that the index has lost.
    bool index_safe = true;
    /// Records end with a checksum over all of them, which recovery looks at.
    bool record_crc = true;
    /// The log is written to a pool of buffers: so many; 0: none.
    std::int64_t pool = 0;
    /// Log files are touched before they are used.
    bool warm = false;
    std::uint64_t seed = 1;
    /// Puts a host between the machine's and the store's; empty: none.
    std::function<std::unique_ptr<Host>(Host&)> wrap;
};
std::ostream& operator<<(std::ostream& out, const TrialOptions& options);

/// A store (and a file of consumer offsets, saved as a broker does) that lives through steps, crashes and recoveries,
/// and is looked at by a StoreModel after each of them.
///
/// Files are small. Consume queues are forced to disk each 200 ms: with the defaults a checkpoint may claim up to a
/// minute of units that are not on disk, which a power cut then takes for good, as it does in RocketMQ.
class StoreTrial final : private RetentionWitness::Events {
public:
    explicit StoreTrial(TrialOptions options);

    static StoreConfig config(const TrialOptions& options);

    void start();
    /// The `call`-th call from now on never happens; if `again` is not 0, nor does that call of the recovery.
    void crash_at(std::uint64_t call, brokersim::testing::How how, std::uint64_t again);
    /// Does a step; ignored once something is wrong, or nothing can be told any more.
    void apply(const Step& step);
    /// Waits, crashes a last time and checks.
    void finish();
    /// What is wrong; empty: nothing yet.
    const std::string& broken() const { return broken_; }

    brokersim::testing::CrashWorld& crash() { return crash_; }
    std::uint64_t recoveries() const { return recoveries_; }

private:
    class Life;
    using Snapshot = std::map<std::string, std::string>;

    bool over() const { return !broken_.empty() || model_.lost_track() || abort_lost_; }
    void fail(std::string what);
    void after_step();
    void on_log_files_removed(std::int64_t log_begin) override;
    void on_wrong_removal(std::string what) override { fail(std::move(what)); }
    void put(const Step& step);
    void hold(const Step& step);
    void let_go();
    /// Retention has had the time to remove what it should; it has, unless somebody reads in the log.
    void check_removed(bool due);
    void pass(Duration time);
    void crash_now(brokersim::testing::How how);
    void restart();
    /// After a crash: opens the store, twice or more, and lets it work again.
    void recover(std::uint64_t again, brokersim::testing::How how);
    void open_only();
    void compare(const Snapshot& before, const Snapshot& after);
    Snapshot files();
    /// Runs a check as a handler of the node.
    void look(const std::function<std::string(MessageStore&)>& check);
    void catch_up();

    TrialOptions options_;
    StoreModel model_;
    brokersim::testing::CrashWorld crash_;
    std::string broken_;
    Life* life_ = nullptr;    // the present one
    bool open_only_ = false;  // the next life does not start its store
    std::uint64_t recoveries_ = 0;
    std::uint64_t again_ = 0;         // of the crash that is to come
    std::int64_t offset_tried_ = -1;  // of consumers
    std::int64_t offset_saved_ = -1;
    bool started_ = false;  // the store works, or did when it crashed
    bool abort_lost_ = false;
    SharedDisk disk_;
};

/// All steps of a trial; what is wrong, or nothing.
std::string run_trial(const TrialOptions& options, const std::vector<Step>& steps);

}  // namespace brokersim::store::testing
