#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/store/record.h"
#include "core/store/topic_queue.h"

namespace brokersim::store {

/// What consume queues held before recovery cut them, to be entered anew from the log. A unit is looked up before its
/// place is written again.
class FormerUnits {
public:
    /// Keeps the units of a queue from `from` on; to be called before they are cut.
    void keep(TopicQueue& queue, QueueOffset from);
    /// The unit that stood there, if one did.
    std::optional<ConsumeUnit> at(const TopicQueue& queue, QueueOffset offset) const;

private:
    struct File {
        std::int64_t start;  // bytes
        Slice content;       // keeps the mapping, also when the file is removed
    };
    using Key = std::pair<std::string, std::int32_t>;  // topic, queue id

    std::map<Key, std::vector<File>> files_;
};

}  // namespace brokersim::store
