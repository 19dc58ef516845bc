#include "core/store/message_lookup.h"

#include <algorithm>
#include <utility>

#include "core/store/properties.h"

namespace brokersim::store {
namespace {

constexpr int most_searches = 3;         // for a key all of whose newest records are gone
constexpr std::int64_t most_equal = 32;  // records looked at for one unique key, as the real broker does

}  // namespace

Slice MessageLookup::at(PhysicalOffset offset) {
    LogCursor cursor(log_.files(), offset);
    if (cursor.next() != LogCursor::Step::record || cursor.record().physical_offset() != offset) return {};
    return log_.pin(offset, cursor.record().size());
}

QueryResult MessageLookup::by_key(std::string_view topic, std::string_view key, std::int64_t most, std::int64_t begin,
                                  std::int64_t end) {
    QueryResult result;
    for (int search = 0; search < most_searches && result.records.empty() && end >= begin; ++search) {
        auto found = index_.query(topic, key, most, begin, end);
        if (found.records.empty()) break;
        result.index_last_time = found.last_time;
        result.index_last_offset = found.last_offset;
        std::ranges::sort(found.records);
        // If nothing of it is there, the next search goes on before the oldest of these.
        if (const Slice oldest = at(found.records.front()); !oldest.empty())
            end = decode_record(oldest.bytes)->store_timestamp();
        for (const PhysicalOffset offset : found.records)
            if (Slice record = at(offset); !record.empty()) result.records.push_back(std::move(record));
    }
    return result;
}

Slice MessageLookup::by_unique_key(std::string_view topic, std::string_view key) {
    for (const PhysicalOffset offset : index_.query(topic, key, most_equal, 0, INT64_MAX).records) {
        Slice found = at(offset);
        if (found.empty()) continue;
        const auto record = decode_record(found.bytes);
        if (record->topic() == topic && find_property(record->properties(), property::uniq_key) == key) return found;
    }
    return {};
}

}  // namespace brokersim::store
