#pragma once

#include <cstdint>
#include <string_view>

#include "core/store/commit_log.h"
#include "core/store/index.h"
#include "core/store/message_store.h"

namespace brokersim::store {

/// Finds single records: by where they lie, and by their keys (DefaultMessageStore.lookMessageByOffset, queryMessage).
class MessageLookup {
public:
    MessageLookup(CommitLog& log, const Index& index) : log_(log), index_(index) {}

    /// The record that begins there; empty if none does.
    Slice at(PhysicalOffset offset);
    /// See MessageStore::query; times in ms.
    QueryResult by_key(std::string_view topic, std::string_view key, std::int64_t most, std::int64_t begin,
                       std::int64_t end);
    /// The newest record of the topic with that UNIQ_KEY; empty if there is none.
    Slice by_unique_key(std::string_view topic, std::string_view key);

private:
    CommitLog& log_;
    const Index& index_;
};

}  // namespace brokersim::store
