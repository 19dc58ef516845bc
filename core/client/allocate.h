#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/messages.h"

/// How RocketMQ's consumers share out the queues of a topic: each computes its own part from what it sees.
namespace brokersim::client {

using Queues = std::vector<protocol::MessageQueue>;
using ClientIds = std::vector<std::string>;
/// Queues of a view (or of a strategy's configuration), by address; valid as long as those live.
using QueueRefs = std::vector<const protocol::MessageQueue*>;

/// What a strategy makes of one view: the work that all clients of the view have in common, done once.
class Shares {
public:
    virtual ~Shares() = default;
    /// The queues of the client at `place` in the view's ids, in the strategy's order. A client that is in the view
    /// twice is asked for by its first place.
    virtual QueueRefs of(std::size_t place) const = 0;
};

/// RocketMQ's AllocateMessageQueueStrategy. Does not change; one object may serve any number of consumers.
class AllocateStrategy {
public:
    virtual ~AllocateStrategy() = default;
    /// The real class's getName(): "AVG", "MACHINE_ROOM_NEARBY-AVG".
    virtual std::string real_name() const = 0;
    /// Whether clients get the same whatever they see, so that nothing about the view is checked.
    virtual bool ignores_view() const { return false; }
    /// Looks at a view: both lists sorted and, unless the view is ignored, not empty. They and the strategy must
    /// outlive the result. An error is the message of the exception that every client of the view would get.
    virtual std::expected<std::unique_ptr<const Shares>, std::string> share_out(const Queues& queues,
                                                                                const ClientIds& client_ids) const = 0;

    /// The queues that `own_id` shall have, in the strategy's order, or the message of the exception that the real
    /// class throws (the caller then keeps its old queues). Both lists are sorted. A client that is not in `client_ids`
    /// gets nothing; one that is in it twice counts by its first place.
    std::expected<Queues, std::string> allocate(std::string_view own_id, const Queues& queues,
                                                const ClientIds& client_ids) const;
};

/// The answers of one strategy to all clients that have the same view, which cost little more than one of them.
class GroupAllocation {
public:
    /// Both lists are sorted. All three must outlive the object.
    GroupAllocation(const AllocateStrategy& strategy, const Queues& queues, const ClientIds& client_ids);

    /// As AllocateStrategy::allocate.
    std::expected<QueueRefs, std::string> of(std::string_view own_id) const;
    /// The same for the client at `place` of the ids, which must not be behind their end.
    std::expected<QueueRefs, std::string> of_place(std::size_t place) const;

private:
    /// What AbstractAllocateMessageQueueStrategy checks first, in its order: the message of its exception, or empty.
    std::string_view complaint(std::string_view own_id) const;

    bool ignores_view_;
    const Queues& queues_;
    const ClientIds& client_ids_;
    std::expected<std::unique_ptr<const Shares>, std::string> shares_;
};

/// The strategy that scenarios call `name` ("averagely", "averagely-by-circle", "consistent-hash"); null if there is
/// none. Strategies that need a configuration (machine_room.h, configured_queues.h) are not among them. The object
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
/// A group's members in that order, worked out once for all who share the list.
const protocol::SortedClientIds& sorted_client_ids(const protocol::MemberList& members);

}  // namespace brokersim::client
