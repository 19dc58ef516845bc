#include "live/store/dump.h"

#include <algorithm>
#include <filesystem>
#include <ranges>

#include <fmt/format.h>

#include "core/store/index_format.h"
#include "live/store/index_checks.h"
#include "live/store/index_keys.h"
#include "live/store/json_line.h"
#include "live/store/record_json.h"

namespace brokersim::live {
namespace {

namespace format = store::index_format;

std::string name_of(const StoreFile& file) { return file.path.substr(file.path.rfind('/') + 1); }

bool dump_log(OpenedStore& store, const DumpOptions& options) {
    bool whole = true;
    for (const StoreFile& file : store.log_files()) {
        const std::int64_t end = std::min(file.start + file.size, store.log_end());
        // A marker that ends the last file is where the log ends.
        for (std::int64_t at = file.start; at < end || (at == end && at < file.start + file.size);) {
            const auto record = store.record(at);
            if (record && at < end) {
                options.out(record_json(*record, at, options.delay_levels) + "\n");
                at += record->size();
                continue;
            }
            if (!record && record.error() == store::RecordError::blank) {
                const auto size = store.bytes(file.path, static_cast<std::uint64_t>(at - file.start), 4);
                options.out(JsonLine("blank")
                                .number("phyOffset", at)
                                .number("size", store::load_big<std::int32_t>(size.data()))
                                .finish() +
                            "\n");
            } else if (at < end) {
                whole = false;
                options.warning(
                    fmt::format("{} at {}: no record; the rest of the file is left out", file.path, at - file.start));
            }
            break;
        }
    }
    return whole;
}

bool dump_cq(OpenedStore& store, const OpenedStore::Queue& queue, const DumpOptions& options) {
    constexpr std::size_t piece = 64 << 10;
    std::string files;
    for (const StoreFile& file : queue.files)
        files += fmt::format("{}{}", files.empty() ? "" : ", ", json_string(name_of(file)));
    const auto last = queue.max > queue.min ? store.unit(queue, queue.max - 1) : std::nullopt;
    std::string text = JsonLine("cq")
                           .text("topic", queue.topic)
                           .number("queueId", queue.id)
                           .text("cqType", "SimpleCQ")
                           .number("minOffset", queue.min)
                           .number("maxOffset", queue.max)
                           .number("minLogicOffset", queue.min * store::ConsumeQueue::unit_size)
                           .number("maxPhysicOffset", last ? last->physical_offset.value + last->size : -1)
                           .raw("files", "[" + files + "]")
                           .raw("units", "[")
                           .finish();
    text.pop_back();  // the object goes on
    for (std::int64_t offset = queue.min; offset < queue.max; ++offset) {
        const auto unit = store.unit(queue, offset);
        if (!unit) {
            options.out(text + "]}\n");
            options.warning(fmt::format("consumequeue/{}/{}: unit {} is not there", queue.topic, queue.id, offset));
            return false;
        }
        text += fmt::format("{}[{}, {}, {}, {}]", offset == queue.min ? "" : ", ", offset, unit->physical_offset.value,
                            unit->size, unit->tags_code);
        if (text.size() < piece) continue;
        options.out(text);
        text.clear();
    }
    options.out(text + "]}\n");
    return true;
}

bool dump_index_file(OpenedStore& store, const StoreFile& file, const DumpOptions& options) {
    const auto bytes = store.bytes(file.path, 0, format::header_size);
    if (bytes.empty()) {
        options.warning(file.path + ": shorter than its header");
        return false;
    }
    const IndexHeader header = IndexHeader::decode(bytes);
    options.out(JsonLine("indexFile")
                    .text("name", name_of(file))
                    .number("fileSize", file.size)
                    .number("beginTimestamp", header.begin_time)
                    .number("endTimestamp", header.end_time)
                    .number("beginPhyOffset", header.begin_offset)
                    .number("endPhyOffset", header.end_offset)
                    .number("hashSlotCount", header.slots_used)
                    .number("indexCount", header.count)
                    .finish() +
                "\n");
    return true;
}

}  // namespace

bool dump_all(OpenedStore& store, const DumpOptions& options) {
    bool whole = dump_log(store, options);
    for (const auto& queue : store.queues()) whole = dump_cq(store, queue, options) && whole;
    for (const StoreFile& file : store.index_files()) whole = dump_index_file(store, file, options) && whole;
    return whole;
}

bool dump_queue(OpenedStore& store, const OpenedStore::Queue& queue, const DumpOptions& options) {
    bool whole = true;
    for (std::int64_t offset = queue.min; offset < queue.max; ++offset) {
        const auto unit = store.unit(queue, offset);
        const std::int64_t at = unit ? unit->physical_offset.value : -1;
        const auto record = store.record(at);
        if (record) {
            options.out(record_json(*record, at, options.delay_levels) + "\n");
        } else {
            whole = false;
            options.warning(
                fmt::format("consumequeue/{}/{}: message {} has no record at {}", queue.topic, queue.id, offset, at));
        }
    }
    return dump_cq(store, queue, options) && whole;
}

bool dump_key(OpenedStore& store, const std::string& key, std::int64_t slots, const DumpOptions& options) {
    bool whole = true;
    std::int64_t last = -1;  // entries of one record stand side by side in a chain
    std::string buffer;
    const std::int32_t hash = format::key_hash(key);
    for (const StoreFile& file : std::views::reverse(store.index_files())) {
        const auto slot = store.bytes(file.path, static_cast<std::uint64_t>(format::slot_at(hash % slots)), 4);
        if (slot.empty()) {
            options.warning(file.path + ": it has fewer slots");
            whole = false;
            continue;
        }
        std::int32_t number = store::load_big<std::int32_t>(slot.data());
        while (number > 0) {
            const auto entry =
                store.bytes(file.path, static_cast<std::uint64_t>(format::entry_at(slots, number)), format::entry_size);
            if (entry.empty()) {
                options.warning(fmt::format("{}: entry {} is not there", file.path, number));
                whole = false;
                break;
            }
            const auto at = store::load_big<std::int64_t>(entry.data() + format::entry_offset_at);
            if (store::load_big<std::int32_t>(entry.data() + format::entry_hash_at) == hash && at != last) {
                const auto record = store.record(at);
                bool has_key = false;
                if (record)
                    each_whole_index_key(*record, buffer,
                                         [&](std::string_view its) { has_key = has_key || its == key; });
                if (has_key) options.out(record_json(*record, at, options.delay_levels) + "\n");
                last = at;
            }
            const auto previous = store::load_big<std::int32_t>(entry.data() + format::entry_previous_at);
            if (previous >= number) break;  // links lead to older entries only
            number = previous;
        }
    }
    return whole;
}

}  // namespace brokersim::live
