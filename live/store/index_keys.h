#pragma once

#include <string>
#include <string_view>

#include "core/store/index_format.h"
#include "core/store/index_keys.h"
#include "core/store/record.h"

namespace brokersim::live {

/// Calls `visit(key)` for each key under which a record stands in the index, as its hash is taken ("topic#key"); see
/// store::each_index_key. `buffer` holds the key during the call.
template <class Visit>
void each_whole_index_key(const store::RecordView& record, std::string& buffer, Visit&& visit) {
    buffer.assign(record.topic());
    buffer += '#';
    const std::size_t topic_size = buffer.size();
    store::each_index_key(record.sys_flag(), store::dispatch_properties(record.properties()),
                          [&](std::string_view key) {
                              buffer.resize(topic_size);
                              buffer += key;
                              visit(std::string_view(buffer));
                          });
}

}  // namespace brokersim::live
