#pragma once

#include <cstdint>
#include <string_view>

#include "core/protocol/codes.h"
#include "core/store/properties.h"

namespace brokersim::store {

/// Calls `visit(key)` for each key under which a record stands in the index, in the order of its entries: its UNIQ_KEY,
/// then each word of its KEYS. A rolled back record stands there under none.
template <class Visit>
void each_index_key(std::int32_t sys_flag, const DispatchProperties& properties, Visit&& visit) {
    const std::int32_t transaction = sys_flag & protocol::sys_flag::transaction_mask;
    if (transaction == protocol::sys_flag::transaction_rollback) return;
    if (!properties.uniq_key.empty()) visit(properties.uniq_key);
    auto keys = properties.keys;
    while (!keys.empty()) {
        const auto end = keys.find(' ');
        if (const auto key = keys.substr(0, end); !key.empty()) visit(key);
        keys.remove_prefix(end == std::string_view::npos ? keys.size() : end + 1);
    }
}

}  // namespace brokersim::store
