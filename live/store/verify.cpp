#include "live/store/verify.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/protocol/json_reader.h"
#include "core/store/big_endian.h"
#include "core/whole_number.h"
#include "live/store/file_window.h"
#include "live/store/index_checks.h"
#include "live/store/log_scan.h"
#include "live/store/queue_checks.h"

namespace brokersim::live {
namespace {

constexpr std::int64_t checkpoint_size = 4096;
constexpr std::int64_t largest_config = 16 << 20;

void check_checkpoint(const StoreLayout& layout, const LogScan& log, Findings& findings) {
    const std::string path = "checkpoint";
    if (!layout.checkpoint_size) {
        if (log.records() > 0) findings.add(path, std::nullopt, "missing");
        return;
    }
    if (*layout.checkpoint_size != checkpoint_size)
        findings.add(path, std::nullopt,
                     fmt::format("{} bytes where it has {}", *layout.checkpoint_size, checkpoint_size));
    FileWindow window(checkpoint_size);
    if (auto opened = window.open(layout.root + "/" + path); !opened)
        return findings.add(path, std::nullopt, opened.error());
    const auto bytes = window.at(0, checkpoint_size);
    if (!bytes) return findings.add(path, 0, "cannot be read: " + bytes.error());
    struct Value {
        const char* name;
        bool time;
    };
    static constexpr Value values[] = {{"time of the log", true},
                                       {"time of the consume queues", true},
                                       {"time of the index", true},
                                       {"position that the master has flushed", false},
                                       {"confirmed position", false}};
    std::int64_t at = 0;
    for (const Value& value : values) {
        if (bytes->size() < static_cast<std::size_t>(at) + 8) return;
        const auto stored = store::load_big<std::int64_t>(bytes->data() + at);
        if (stored < 0)
            findings.add(path, at, fmt::format("the {} is {}", value.name, stored));
        else if (value.time && log.records() > 0 && stored > log.newest_time())
            findings.add(path, at,
                         fmt::format("the {} is {}, but the newest record was stored at {}", value.name, stored,
                                     log.newest_time()));
        else if (!value.time && value.name == values[4].name && stored > log.end())
            findings.add(path, at, fmt::format("the {} is {}, but the log ends at {}", value.name, stored, log.end()));
        at += 8;
    }
    const auto rest = bytes->subspan(static_cast<std::size_t>(at));
    const auto other = std::ranges::find_if(rest, [](std::byte byte) { return byte != std::byte{0}; });
    if (other != rest.end()) findings.add(path, at + (other - rest.begin()), "zeros should follow the five values");
}

/// Each delay level has a whole number, how far its queue has been delivered.
void check_delay_offsets(const protocol::JsonValue& json, const std::string& path, Findings& findings) {
    const protocol::JsonValue* table = json.find("offsetTable");
    if (table == nullptr || table->kind != protocol::JsonValue::Kind::object)
        return findings.add(path, std::nullopt, "it has no offsetTable");
    for (const protocol::JsonMember& entry : table->members) {
        const auto level = whole_number<std::int32_t>(entry.key.text);
        const auto offset = entry.value.as_int64();
        if (!level || *level < 1)
            findings.add(path, std::nullopt, fmt::format("\"{}\" is no delay level", entry.key.text));
        else if (!offset || *offset < 0)
            findings.add(path, std::nullopt,
                         fmt::format("the offset of delay level {} is \"{}\"", *level, entry.value.text));
    }
}

void check_config(const StoreLayout& layout, const StoreFile& file, Findings& findings) {
    if (file.size == 0) return findings.add(file.path, std::nullopt, "empty");
    if (file.size > largest_config)
        return findings.add(file.path, std::nullopt, fmt::format("{} bytes are too many for a config file", file.size));
    FileWindow window(static_cast<std::size_t>(file.size));
    if (auto opened = window.open(layout.root + "/" + file.path); !opened)
        return findings.add(file.path, std::nullopt, opened.error());
    const auto bytes = window.at(0, static_cast<std::size_t>(file.size));
    if (!bytes) return findings.add(file.path, 0, "cannot be read: " + bytes.error());
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const auto json = protocol::read_json(text);
    if (!json || json->kind != protocol::JsonValue::Kind::object)
        return findings.add(file.path, std::nullopt, "no JSON object");
    if (file.path.starts_with("config/delayOffset.json")) check_delay_offsets(*json, file.path, findings);
}

}  // namespace

VerifyCounts verify(const StoreLayout& layout, const VerifyOptions& options, Findings& findings) {
    for (const LayoutProblem& problem : layout.problems) findings.add(problem.path, std::nullopt, problem.what);
    if (layout.abort) findings.add("abort", std::nullopt, "the broker did not end in order, or is running");
    QueueChecks queues(layout, options.delay_levels, findings);
    IndexChecks index(layout, findings);
    std::int64_t all = 0;
    for (const StoreFile& file : layout.log) all += file.size;
    LogScan log(
        layout, findings,
        [&](const store::RecordView& record, std::int64_t at) {
            queues.on_record(record, at);
            index.on_record(record, at);
        },
        [&](std::int64_t done) {
            if (options.progress) options.progress(done, all);
        });
    log.run();
    queues.finish(log.begin(), log.end());
    index.finish();
    for (const StoreFile& file : layout.index) check_index_chains(layout, file, findings);
    check_checkpoint(layout, log, findings);
    for (const StoreFile& file : layout.configs) check_config(layout, file, findings);
    findings.finish();
    return {.log_files = static_cast<std::int64_t>(layout.log.size()),
            .log_bytes = log.end() - log.begin(),
            .records = log.records(),
            .end_markers = log.end_markers(),
            .queues = static_cast<std::int64_t>(layout.queues.size()),
            .units = queues.units(),
            .index_files = static_cast<std::int64_t>(layout.index.size()),
            .entries = index.entries(),
            .configs = static_cast<std::int64_t>(layout.configs.size()),
            .problems = findings.count()};
}

}  // namespace brokersim::live
