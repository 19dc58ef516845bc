#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/check.h"
#include "core/store/mapped_file_queue.h"
#include "core/store/record.h"
#include "live/store/dump.h"
#include "live/store/recover.h"
#include "live/store/verify.h"

/// Any small store is verified, dumped and recovered without a crash, a hang or a read outside its files; a store that
/// was recovered is not refused, and soon needs no recovery; what is refused stays as it was. The input is a list of
/// files: a byte that says which (its top bit: do not fill up to the usual size), two bytes of length, the content.
/// tests/fuzz/store_seeds.py makes such inputs from real stores.
namespace {

namespace fs = std::filesystem;
using namespace brokersim;

constexpr std::size_t log_file = 4096;
constexpr std::size_t queue_file = 400;
constexpr std::size_t index_file = 4240;

struct Slot {
    std::string path;
    std::size_t size;
};

const std::vector<Slot>& slots() {
    static const std::vector<Slot> all = [] {
        std::vector<Slot> made;
        for (const std::int64_t start : {0, 4096, 8192})
            made.push_back({"commitlog/" + store::offset_file_name(start), log_file});
        for (const std::string topic :
             {"SmallA", "SmallB", "CrashA", "CrashB", "TopicPay", "FeatureTopic", "CrcTopic", "SCHEDULE_TOPIC_XXXX"})
            made.push_back({"consumequeue/" + topic + "/0/" + store::offset_file_name(0), queue_file});
        made.push_back({"index/20261122152948450", index_file});
        made.push_back({"checkpoint", 4096});
        made.push_back({"abort", 1});
        made.push_back({"config/topics.json", 2});
        return made;
    }();
    return all;
}

/// A directory of this process, in memory if there is such a place.
struct Directory {
    Directory() {
        const bool memory = fs::is_directory("/dev/shm");
        path = (memory ? fs::path("/dev/shm") : fs::temp_directory_path()) / "brokersim-fuzz-XXXXXX";
        BROKERSIM_CHECK(mkdtemp(path.data()) != nullptr, "no directory {}", path);
    }
    ~Directory() { fs::remove_all(path); }
    std::string path;
};

const std::string& root() {
    static const Directory directory;
    return directory.path;
}

void unpack(const std::uint8_t* data, std::size_t size) {
    for (const auto& entry : fs::directory_iterator(root())) fs::remove_all(entry.path());
    fs::create_directories(root() + "/commitlog");
    for (std::size_t at = 0; at + 3 <= size;) {
        const Slot& slot = slots()[(data[at] & 0x7FU) % slots().size()];
        const bool as_it_is = (data[at] & 0x80U) != 0;
        const std::size_t wanted = static_cast<std::size_t>(data[at + 1]) << 8 | data[at + 2];
        at += 3;
        const std::size_t length = std::min(wanted, size - at);
        std::string content(reinterpret_cast<const char*>(data + at), length);
        at += length;
        if (!as_it_is) content.resize(slot.size);
        fs::create_directories(fs::path(root() + "/" + slot.path).parent_path());
        std::ofstream(root() + "/" + slot.path, std::ios::binary) << content;
    }
}

/// With small files even where none is left that could tell: the usual ones would take most of the time.
live::StoreLayout layout() {
    live::StoreSizes sizes;
    sizes.queue_file = queue_file;
    sizes.index_slots = 50;
    sizes.index_entries = 200;
    return live::read_layout(root(), sizes).value();
}

std::int64_t problems() {
    live::Findings findings([](const live::Finding& finding) { BROKERSIM_CHECK(!finding.text().empty(), "no text"); });
    const live::VerifyOptions options{store::DelayLevels::parse(store::StoreConfig().messageDelayLevel).value(), {}};
    return live::verify(live::read_layout(root(), {}).value(), options, findings).problems;
}

void dump() {
    const live::StoreLayout found = layout();
    auto opened = live::OpenedStore::open(found, found.config());
    if (!opened) return;
    std::size_t size = 0;
    const live::DumpOptions options{store::DelayLevels::parse(store::StoreConfig().messageDelayLevel).value(),
                                    [&](std::string_view piece) { size += piece.size(); }, [](const std::string&) {}};
    live::dump_all(**opened, options);
    live::dump_key(**opened, "SmallA#order-153", found.index_slots, options);
    for (const auto& queue : (*opened)->queues()) live::dump_queue(**opened, queue, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto record = store::decode_record({reinterpret_cast<const std::byte*>(data), size})) {
        BROKERSIM_CHECK(record->bytes().size() <= size, "a record of {} in {} bytes", record->size(), size);
        std::vector<std::byte> again(record->bytes().size());
        if (store::encoded_size(record->fields()) == record->size()) store::encode_record(record->fields(), again);
    }
    unpack(data, size);
    problems();
    dump();
    // A queue that points far behind the log is taken for indexed by the first recovery and rebuilt by the second.
    constexpr int most_recoveries = 3;
    for (int times = 0;; ++times) {
        const live::StoreLayout found = layout();
        const auto planned = live::recover(found, found.config(), true);
        const auto done = live::recover(found, found.config(), false);
        BROKERSIM_CHECK(planned.has_value() == done.has_value(), "the dry run and the run differ");
        BROKERSIM_CHECK(done || times == 0, "refused after it was recovered: {}", done.error());
        if (!done) return 0;
        if (!done->needed) break;
        // A last record that stands in no queue is entered into the index by each opening, as RocketMQ does.
        const bool only_index = std::ranges::all_of(
            done->steps, [](const auto& step) { return step.path.starts_with("index/") || step.path == "checkpoint"; });
        if (times == most_recoveries && only_index) break;
        BROKERSIM_CHECK(times < most_recoveries, "it is never recovered: {}",
                        done->steps.empty() ? "" : done->steps[0].path + ": " + done->steps[0].what);
    }
    problems();
    return 0;
}
