#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/container/flat_map.hpp>

#include "core/host.h"
#include "core/store/consume_queue.h"

namespace brokersim::store {

/// One queue of a topic: its index, the offset that its next message gets, and what a dispatch under way has added.
struct TopicQueue {
    TopicQueue(Host& host, std::string topic_name, std::int32_t queue_id, NameId interned, std::int64_t file_size);

    std::string topic;
    std::int32_t id;
    NameId name;                   // of "topic@broker:id"
    std::int64_t next_offset = 0;  // RocketMQ's topic-queue table: raised when an append has succeeded
    ConsumeQueue units;

    // Of the dispatch under way: units that are written and not yet visible.
    QueueOffset first_added;
    std::int32_t added = 0;
    std::vector<std::pair<std::int64_t, QueueOffset>> added_tags;  // each tags code once, with its newest offset

    bool awaits_flush = false;   // it is in the flush service's list
    bool entered_again = false;  // recovery has cut what it enters again
};

/// The id of the queue that a directory of that name is of; nothing if it is of none: "1" is a queue's, "01" is not.
std::optional<std::int32_t> queue_id_of(std::string_view directory);

/// All queues of a broker. References stay valid for the table's life.
class QueueTable {
public:
    /// `broker` names the broker in notes; `file_size` is that of consume queue files.
    QueueTable(Host& host, std::string broker, std::int64_t file_size);

    /// Loads the consume queues that are on disk (consumequeue/<topic>/<queueId>).
    FileResult<void> load();

    /// The queue, made if it is not there.
    TopicQueue& get(std::string_view topic, std::int32_t id);
    /// The queue; null if it is not there.
    TopicQueue* find(std::string_view topic, std::int32_t id) const;
    /// All queues, in the order in which they came to be (after load: by topic, then by id).
    const std::vector<std::unique_ptr<TopicQueue>>& all() const { return all_; }

private:
    using Ids = boost::container::flat_map<std::int32_t, TopicQueue*>;
    Ids* ids_of(std::string_view topic) const;

    Host& host_;
    std::string broker_;
    std::int64_t file_size_;
    std::vector<std::unique_ptr<TopicQueue>> all_;
    mutable std::map<std::string, Ids, std::less<>> topics_;
    mutable std::pair<const std::string, Ids>* last_ = nullptr;  // the topic that was asked for last
};

}  // namespace brokersim::store
