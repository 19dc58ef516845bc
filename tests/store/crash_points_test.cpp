#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/store/message_store.h"
#include "core/store/record.h"
#include "tests/support/crash_world.h"

/// A store is crashed at each call that it makes to its host, one after the other, and must recover what it promised.
namespace brokersim::store {
namespace {

using brokersim::testing::CrashWorld;
using brokersim::testing::How;
using namespace std::chrono_literals;

constexpr int messages = 48;

std::string body_of(int number) { return fmt::format("{:04}", number) + std::string(150 + number * 13 % 500, 'x'); }

/// What outlives the crashes: what was promised, and what is there.
struct Witness {
    std::vector<int> acknowledged;
    MessageStore* store = nullptr;  // of the present life
    bool writes = true;
    bool failed_to_open = false;
};

/// Opens its store and puts one message after the other; saves a file with its .bak now and then, as a broker does.
class Writer final : public Node {
public:
    Writer(Host& host, Witness& witness, const CrashWorld& crash)
        : host_(host), witness_(witness), crash_(crash), store_(host, "broker-0", config(), {}) {}

    static StoreConfig config() {
        StoreConfig config;
        config.mappedFileSizeCommitLog = 8192;
        config.mappedFileSizeConsumeQueue = 200;
        config.flushDiskType = "SYNC_FLUSH";
        return config;
    }

    void start() override {
        witness_.store = &store_;
        if (const auto loaded = store_.load(); !loaded) {
            witness_.failed_to_open = !crash_.dead();
            return;
        }
        store_.start();
        if (witness_.writes) put(0);
    }
    void shutdown(Task done) override { store_.shutdown(std::move(done)); }

private:
    void put(int number) {
        if (number == messages) return;
        if (number % 16 == 5) save();
        MessageToPut message;
        message.topic = "orders";
        message.queue_id = number % 2;
        message.born_host = Address{0x0A000009, 1234};
        message.store_host = Address{0x0A000001, 10911};
        message.body = copy_slice(body_of(number));
        store_.put(std::move(message), host_.mono_ns(), host_.mono_ns(), [this, number](const PutResult& result) {
            if (crash_.dead()) return;
            if (result.status == PutStatus::ok) witness_.acknowledged.push_back(number);
            host_.after(100us, [this, number] { put(number + 1); });
        });
    }
    void save() {
        (void)host_.rename("config/offsets.json", "config/offsets.json.bak");
        host_.sync_directory("config", [this](const FileResult<void>&) {
            (void)host_.write_file("config/offsets.json", "{\"offsets\": 1}");
            host_.sync_file("config/offsets.json", [](const FileResult<void>&) {});
        });
    }

    Host& host_;
    Witness& witness_;
    const CrashWorld& crash_;
    MessageStore store_;
};

struct Experiment {
    explicit Experiment(std::uint64_t seed)
        : crash(seed, [this](Host& host) { return std::make_unique<Writer>(host, witness, crash); }) {}

    /// All bodies of a queue, as a consumer gets them.
    std::vector<std::string> read(int queue) {
        std::vector<std::string> bodies;
        MessageStore& store = *witness.store;
        QueueOffset next = store.min_offset("orders", queue);
        while (next < store.max_offset("orders", queue)) {
            const GetResult got = store.get("orders", queue, next, 32, {});
            if (got.records.empty()) {
                ADD_FAILURE() << "nothing at offset " << next.value << " of " << queue;
                break;
            }
            for (const Slice& record : got.records) {
                const auto body = decode_record(record.bytes)->body();
                bodies.emplace_back(reinterpret_cast<const char*>(body.data()), body.size());
            }
            next = got.next_begin_offset;
        }
        return bodies;
    }
    /// Whether what is there is what may be there: a beginning of what was sent, with all that was acknowledged.
    void check() {
        ASSERT_FALSE(witness.failed_to_open);
        ASSERT_TRUE(crash.world().run_in(crash.node(), [this] {
            EXPECT_EQ(witness.store->dispatched_offset(), witness.store->max_physical_offset());
            std::size_t there = 0;
            for (int queue = 0; queue < 2; ++queue) {
                const auto bodies = read(queue);
                for (std::size_t i = 0; i < bodies.size(); ++i)
                    EXPECT_EQ(bodies[i], body_of(static_cast<int>(i) * 2 + queue));
                there += bodies.size();
            }
            EXPECT_GE(there, witness.acknowledged.size());
            EXPECT_LE(there, witness.acknowledged.size() + 1);
        }));
        crash.run(0s);
    }

    Witness witness;
    CrashWorld crash;
};

class CrashPoints : public ::testing::TestWithParam<How> {};
INSTANTIATE_TEST_SUITE_P(Kinds, CrashPoints, ::testing::Values(How::kill, How::power_cut),
                         [](const auto& how) { return how.param == How::kill ? "kill" : "power_cut"; });

TEST_P(CrashPoints, AStoreRecoversWhatItAcknowledgedWhereverItCrashesTwice) {
    std::uint64_t call = 1;
    for (bool reached = true; reached && !HasFailure(); ++call) {
        SCOPED_TRACE(fmt::format("crash at call {}", call));
        Experiment experiment(call);
        CrashWorld& crash = experiment.crash;
        crash.at(call, GetParam());
        crash.start();
        crash.run(2s);
        reached = crash.struck();
        EXPECT_EQ(crash.up(), !reached);
        experiment.witness.writes = false;
        if (reached) {
            crash.at(crash.calls() + 1 + call * 7 % 23, GetParam());  // during recovery, or soon after it
            crash.start();
            crash.run(200ms);
            crash.never();
            if (!crash.up()) crash.start();
            crash.run(1s);
        }
        experiment.check();
    }
    EXPECT_GT(call, 200U);
}

}  // namespace
}  // namespace brokersim::store
