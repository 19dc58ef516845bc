#pragma once

#include <string>
#include <string_view>

#include "core/java_hash.h"
#include "core/protocol/codes.h"
#include "core/store/index_format.h"
#include "core/store/properties.h"
#include "core/store/record.h"

namespace brokersim::live {

/// Calls `visit(key)` for each key under which a record stands in the index ("topic#key"), in the order of its entries:
/// its UNIQ_KEY, then each word of its KEYS. A rolled back record stands there under none. `buffer` holds the key
/// during the call.
template <class Visit>
void each_index_key(const store::RecordView& record, std::string& buffer, Visit&& visit) {
    const std::int32_t transaction = record.sys_flag() & protocol::sys_flag::transaction_mask;
    if (transaction == protocol::sys_flag::transaction_rollback) return;
    buffer.assign(record.topic());
    buffer += '#';
    const std::size_t topic_size = buffer.size();
    const auto call = [&](std::string_view key) {
        if (key.empty()) return;
        buffer.resize(topic_size);
        buffer += key;
        visit(std::string_view(buffer));
    };
    call(store::find_property(record.properties(), store::property::uniq_key));
    std::string_view keys = store::find_property(record.properties(), store::property::keys);
    while (!keys.empty()) {
        const auto space = keys.find(' ');
        call(keys.substr(0, space));
        keys.remove_prefix(space == std::string_view::npos ? keys.size() : space + 1);
    }
}

}  // namespace brokersim::live
