#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/messages.h"

/// How RocketMQ's consumers share out the queues of a topic: each computes its own part from what it sees.
namespace brokersim::client {

/// RocketMQ's AllocateMessageQueueStrategy. Stateless; one object may serve any number of consumers.
class AllocateStrategy {
public:
    virtual ~AllocateStrategy() = default;
    /// The real class's getName(): "AVG", "AVG_BY_CIRCLE".
    virtual std::string_view real_name() const = 0;
    /// The queues that `own_id` shall have, in the strategy's order, or the message of the exception that the real
    /// class throws (the caller then keeps its old queues). Both lists are sorted. A client that is not in `client_ids`
    /// gets nothing; one that is in it twice counts by its first place.
    virtual std::expected<std::vector<protocol::MessageQueue>, std::string> allocate(
        std::string_view own_id, const std::vector<protocol::MessageQueue>& queues,
        const std::vector<std::string>& client_ids) const = 0;
};

/// The strategy that scenarios call `name` ("averagely", "averagely-by-circle"); null if there is none. The object
/// lives as long as the program.
const AllocateStrategy* find_strategy(std::string_view name);
/// The names that find_strategy knows, sorted.
std::vector<std::string_view> strategy_names();

/// Order of client ids and broker names in Java: by UTF-16 code units, where UTF-8 bytes would put characters beyond
/// U+FFFF after those of U+E000..U+FFFF. Total on valid UTF-8.
bool java_string_less(std::string_view a, std::string_view b);
/// Sorts as RebalanceImpl does before it allocates: queues by topic, broker name (both Java's order), queue id.
void sort_queues(std::vector<protocol::MessageQueue>& queues);
void sort_client_ids(std::vector<std::string>& client_ids);

}  // namespace brokersim::client
