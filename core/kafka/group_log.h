#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/callback.h"

namespace brokersim::kafka {

/// Number of partitions of the internal topic (offsets.topic.num.partitions), and its name.
inline constexpr std::int32_t offsets_partitions = 50;
inline constexpr std::string_view offsets_topic = "__consumer_offsets";

/// A keyed record of the coordinator; the last one of a key counts, an empty value deletes. Layout: group_records.h.
struct GroupRecord {
    std::string key;
    std::string value;

    bool operator==(const GroupRecord&) const = default;
};

/// Where a coordinator keeps its state. Batches of one partition come back, after a restart, in the order in which
/// they were appended.
class GroupLog {
public:
    virtual ~GroupLog() = default;
    /// Appends the batch whole or not at all; `done` runs as a handler of its own, once: true when the batch is stored
    /// as durably as the log stores anything, false if it may be lost.
    virtual void append(std::int32_t partition, std::vector<GroupRecord> batch, Callback<void(bool stored)> done) = 0;
};

}  // namespace brokersim::kafka
