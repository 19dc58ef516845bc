#include "tests/support/store_model.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/store/mapped_file_queue.h"
#include "core/store/properties.h"

namespace brokersim::store::testing {
namespace {

constexpr std::int32_t units_of_a_pull = 32;

WallTime wall(std::int64_t ms) { return WallTime(Millis(ms)); }

bool equal(std::span<const std::byte> a, std::span<const std::byte> b) { return std::ranges::equal(a, b); }

}  // namespace

const Address StoreModel::born_host{0x0A000009, 1234};
const Address StoreModel::store_host{0x0A000001, 10911};

std::size_t StoreModel::put(std::vector<Message>& messages) {
    const std::size_t number = puts_.size();
    Put& put = puts_.emplace_back();
    put.begun = ++clock_;
    for (Message& message : messages) {
        const std::size_t id = messages_.size();
        append_property(message.properties, property::uniq_key, fmt::format("{}", id));
        append_property(message.properties, property::keys, shared_key(id));
        Known& known = messages_.emplace_back();
        known.message = message;
        if (config_.enabledAppendPropCRC) reserve_property_crc(known.message.properties);
        known.put = number;
        known.in_file = !config_.transientStorePoolEnable;
        known.size = encoded_size(fields(known));
        put.messages.push_back(id);
    }
    return number;
}

void StoreModel::acknowledged(std::size_t number, const PutResult& result) {
    Put& put = puts_[number];
    put.ended = ++clock_;
    const bool stored = result.status == PutStatus::ok || result.status == PutStatus::flush_disk_timeout;
    for (std::size_t i = 0; i < put.messages.size(); ++i) {
        Known& known = messages_[put.messages[i]];
        if (!stored) {
            known.state = State::refused;
            continue;
        }
        known.state = State::stored;
        known.durable |= config_.sync_flush() && known.message.waits && result.status == PutStatus::ok;
        known.at = i == 0 ? result.physical_offset.value : result.batch[i].value;
        known.queue_offset = result.queue_offset.value + static_cast<std::int64_t>(i);
        known.store_time = epoch_ms(result.store_timestamp);
    }
}

void StoreModel::readable(PhysicalOffset end) {
    for (Known& known : messages_)
        if (known.state == State::stored && known.at + known.size <= end.value) known.in_file = true;
}

void StoreModel::flushed(PhysicalOffset end) {
    for (Known& known : messages_)
        if (known.state == State::stored && known.at + known.size <= end.value) known.durable = true;
}

void StoreModel::crashed(bool power_cut) {
    crashed_ = true;
    power_lost_ |= power_cut;
}

RecordFields StoreModel::fields(const Known& known) const {
    RecordFields fields;
    fields.queue_id = known.message.queue;
    fields.queue_offset = known.queue_offset;
    fields.physical_offset = known.at;
    fields.born_timestamp = born;
    fields.born_host = born_host;
    fields.store_timestamp = known.store_time;
    fields.store_host = store_host;
    fields.topic = known.message.topic;
    fields.properties = known.message.properties;
    fields.body = std::as_bytes(std::span(known.message.body));
    fields.body_crc = body_crc(fields.body);
    fields.property_crc = config_.enabledAppendPropCRC;
    return fields;
}

std::string StoreModel::check_record(std::span<const std::byte> bytes, std::int64_t at, Place& place) const {
    const auto record = decode_record(bytes);
    if (!record || static_cast<std::size_t>(record->size()) != bytes.size())
        return fmt::format("no whole record lies at {}", at);
    const auto key = find_property(record->properties(), property::uniq_key);
    std::size_t id = messages_.size();
    std::from_chars(key.data(), key.data() + key.size(), id);
    if (id >= messages_.size()) return fmt::format("the record at {} was never put", at);
    Known expected = messages_[id];
    if (expected.at < 0) {
        expected.queue_offset = record->queue_offset().value;
        expected.store_time = record->store_timestamp();
    }
    // A message that was cut off and comes back lies where it lay.
    if (expected.at >= 0 && expected.at != at)
        return fmt::format("message {} lies at {}, and at {}", id, expected.at, at);
    expected.at = at;
    std::vector<std::byte> wanted(static_cast<std::size_t>(expected.size));
    encode_record(fields(expected), wanted);
    if (!equal(bytes, wanted)) return fmt::format("the record of message {} at {} is not what was put", id, at);
    place = {id, at, expected.queue_offset, expected.store_time};
    return {};
}

std::string StoreModel::accept(const Place& place, std::map<Queue, std::int64_t>& next, std::uint64_t& newest_put) {
    Known& known = messages_[place.message];
    if (known.state == State::refused) return fmt::format("message {} was refused, and is stored", place.message);
    if (known.state == State::gone) lost_track_ = true;
    if (lost_track_) return {};
    const Put& put = puts_[known.put];
    if (put.ended < newest_put)
        return fmt::format("message {} comes after one that was put when it was acknowledged", place.message);
    newest_put = std::max(newest_put, put.begun);
    const auto [expected, first] = next.try_emplace({known.message.topic, known.message.queue}, place.queue_offset + 1);
    const bool debris = removed_ > 0 && cut_;  // see check_queue
    if (!first && expected->second++ != place.queue_offset && !debris)
        return fmt::format("message {} has queue offset {} behind {}", place.message, place.queue_offset,
                           expected->second - 2);
    if (first && removed_ == 0 && shown_begin_ == 0 && place.queue_offset != 0)
        return fmt::format("message {} has queue offset {} and is the queue's first", place.message,
                           place.queue_offset);
    known.state = State::stored;
    known.in_file = true;
    known.at = place.at;
    known.queue_offset = place.queue_offset;
    known.store_time = place.store_time;
    return {};
}

bool StoreModel::file_ends(std::int64_t at) const {
    const std::int64_t in_file = at % config_.mappedFileSizeCommitLog;
    const std::string content = read_file_("commitlog/" + offset_file_name(at - in_file));
    const auto bytes = std::as_bytes(std::span(content));
    if (static_cast<std::int64_t>(bytes.size()) < in_file + blank_size) return false;
    const std::byte* marker = bytes.data() + in_file;
    return load_big<std::int32_t>(marker) == config_.mappedFileSizeCommitLog - in_file &&
           load_big<std::int32_t>(marker + 4) == magic_blank;
}

/// Reads the log from its beginning to its end, as the store shows it.
std::string StoreModel::walk(MessageStore& store) {
    log_.clear();
    std::map<Queue, std::int64_t> next;
    std::uint64_t newest_put = 0;
    std::int64_t at = store.min_physical_offset().value;
    const bool leaving = oldest_may_leave_ && at == log_begin_ + config_.mappedFileSizeCommitLog;
    if (at != log_begin_ && !leaving && !(crashed_ && power_lost_ && at < log_begin_))
        return fmt::format("the log begins at {}, not at {}", at, log_begin_);
    if (!leaving) log_begin_ = at;
    shown_begin_ = at;
    while (at < store.max_physical_offset().value && !lost_track_) {
        const Slice record = store.record_at({at});
        const std::int64_t in_file = at % config_.mappedFileSizeCommitLog;
        if (record.empty()) {
            const bool removed = in_file == 0 && at < removed_;
            if (!removed && !file_ends(at)) return fmt::format("neither a record nor the end of a file is at {}", at);
            at += config_.mappedFileSizeCommitLog - in_file;
            continue;
        }
        Place place{};
        auto wrong = check_record(record.bytes, at, place);
        const bool torn = !wrong.empty() && !config_.enabledAppendPropCRC;
        if (wrong.empty()) wrong = accept(place, next, newest_put);
        if (!wrong.empty()) {
            if (!crashed_ || !(torn || cut_) || promised_from(at)) return wrong;
            lost_track_ = true;
            return {};
        }
        log_.push_back(place);
        at += static_cast<std::int64_t>(record.size());
    }
    // Behind the last record there may be the marker that ends a file: the next record is written over it.
    if (at != store.max_physical_offset().value && !lost_track_)
        return fmt::format("the log is said to end at {}, but {} does", store.max_physical_offset().value, at);
    return {};
}

bool StoreModel::promised_from(std::int64_t at) const {
    return std::ranges::any_of(messages_, [&](const Known& known) { return known.at >= at && promised(known); });
}

/// After walk(): messages that should have been there. After a crash, what was not there is gone for good.
std::string StoreModel::missing() {
    std::vector<bool> there(messages_.size());
    for (const Place& place : log_) there[place.message] = true;
    for (std::size_t id = 0; id < messages_.size(); ++id) {
        Known& known = messages_[id];
        if (there[id] || known.state == State::refused || known.state == State::gone) continue;
        if (known.state == State::stored && known.at < shown_begin_) continue;  // it was removed, or is leaving
        if (promised(known))
            return fmt::format("message {} at {} of {} bytes is missing{}", id, known.at, known.size,
                               known.durable ? ", although it was said to be on disk" : "");
        if (!crashed_) continue;
        known.state = State::gone;
        cut_ = true;
    }
    crashed_ = power_lost_ = false;
    return {};
}

std::string StoreModel::check_log(MessageStore& store) {
    auto wrong = walk(store);
    if (wrong.empty() && !lost_track_) wrong = missing();
    return wrong;
}

std::string StoreModel::check_queue(MessageStore& store, const Queue& queue, const std::vector<Place>& places) const {
    const auto where = [&queue] { return fmt::format("{}/{}", queue.first, queue.second); };
    const std::int64_t first = places.front().queue_offset;
    const std::int64_t end = first + static_cast<std::int64_t>(places.size());
    // A unit of a cut record that outlives the file into which it points can't be told from one of a removed record.
    if (removed_ > 0 && cut_) return {};
    const auto max = store.max_offset(queue.first, queue.second);
    // The record of a unit that was cut may lie, untouched, in the unused rest of a file.
    if (max.value > end && cut_) {
        const GetResult got = store.get(queue.first, queue.second, {end}, 1, {});
        const auto record =
            got.records.empty() ? std::unexpected(RecordError::truncated) : decode_record(got.records.front().bytes);
        Place place{};
        if (record && check_record(record->bytes(), record->physical_offset().value, place).empty() &&
            messages_[place.message].state == State::gone)
            return {};
    }
    if (max.value != end) return fmt::format("{} ends at {}, but its records do at {}", where(), max.value, end);
    if (const auto min = store.min_offset(queue.first, queue.second); min.value > first)
        return fmt::format("{} begins at {}, but its records do at {}", where(), min.value, first);
    QueueOffset next{first};
    while (next.value < end) {
        const GetResult got = store.get(queue.first, queue.second, next, units_of_a_pull, {});
        if (got.status != GetStatus::found || got.records.empty())
            return fmt::format("{} gives nothing at {}", where(), next.value);
        for (const Slice& record : got.records) {
            Place place{};
            const Place& wanted = places[static_cast<std::size_t>(next.value - first)];
            if (auto wrong = check_record(record.bytes, wanted.at, place); !wrong.empty())
                return fmt::format("{} at {}: {}", where(), next.value, wrong);
            if (place.message != wanted.message)
                return fmt::format("{} gives message {} at {}, but the log has {} there", where(), place.message,
                                   next.value, wanted.message);
            next = next + 1;
        }
        if (got.next_begin_offset != next) return fmt::format("{} leaves a hole before {}", where(), next.value);
    }
    return {};
}

std::string StoreModel::check_minimum(MessageStore& store, const Queue& queue, std::int64_t first) const {
    const auto min = store.min_offset(queue.first, queue.second);
    if (min.value != first)
        return fmt::format("{}/{} begins at {}, not at {}", queue.first, queue.second, min.value, first);
    if (min.value > 0 && store.get(queue.first, queue.second, min - 1, 1, {}).status != GetStatus::offset_too_small &&
        min != store.max_offset(queue.first, queue.second))
        return fmt::format("{}/{} gives something before {}", queue.first, queue.second, min.value);
    return {};
}

std::string StoreModel::check_times(MessageStore& store, const Queue& queue, const std::vector<Place>& places) const {
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i > 0 && places[i].store_time == places[i - 1].store_time) continue;
        const auto found = store.offset_by_time(queue.first, queue.second, wall(places[i].store_time));
        if (found.value != places[i].queue_offset)
            return fmt::format("{}/{}: {} is found for {} ms, not {}", queue.first, queue.second, found.value,
                               places[i].store_time, places[i].queue_offset);
    }
    return {};
}

std::string StoreModel::check_keys(MessageStore& store, const Place& place) const {
    const Message& message = messages_[place.message].message;
    const Slice record = store.record_at({place.at});
    const Slice found = store.record_of_unique_key(message.topic, fmt::format("{}", place.message));
    if (found.empty() || !equal(found.bytes, record.bytes))
        return fmt::format("message {} at {} is not found by its unique key", place.message, place.at);
    // At all times: after a crash the index may hold old records in newer files, behind which a search by time ends.
    const auto same =
        store.query(message.topic, shared_key(place.message), config_.maxMsgsNumBatch, wall(0), wall(INT64_MAX));
    if (static_cast<std::int64_t>(same.records.size()) >= config_.maxMsgsNumBatch) return {};
    const bool among = std::ranges::any_of(
        same.records, [&record](const Slice& candidate) { return equal(candidate.bytes, record.bytes); });
    return among ? "" : fmt::format("message {} at {} is not found by its key", place.message, place.at);
}

std::string StoreModel::check_all(MessageStore& store, Wanted wanted) {
    if (auto wrong = check_log(store); !wrong.empty() || lost_track_) return wrong;
    if (store.dispatched_offset() != store.max_physical_offset()) return "dispatch does not catch up";
    std::map<Queue, std::vector<Place>> queues;
    for (const Place& place : log_) {
        const Message& message = messages_[place.message].message;
        queues[{message.topic, message.queue}].push_back(place);
    }
    for (const auto& [queue, places] : queues) {
        if (auto wrong = check_queue(store, queue, places); !wrong.empty()) return wrong;
        if (removed_ > 0 || shown_begin_ > log_begin_)
            continue;  // the first units may be those of messages that are gone
        if (auto wrong = check_times(store, queue, places); !wrong.empty()) return wrong;
    }
    if (wanted.minima && !cut_)
        for (const Known& known : messages_) {
            const Queue queue{known.message.topic, known.message.queue};
            if (known.state != State::stored) continue;
            const auto places = queues.find(queue);
            const std::int64_t first = places == queues.end() ? store.max_offset(queue.first, queue.second).value
                                                              : places->second.front().queue_offset;
            if (auto wrong = check_minimum(store, queue, first); !wrong.empty()) return wrong;
        }
    if (!wanted.keys) return {};
    for (const Place& place : log_)
        if (auto wrong = check_keys(store, place); !wrong.empty()) return wrong;
    return {};
}

}  // namespace brokersim::store::testing
