#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/client/ownership.h"
#include "core/kafka/assignor.h"
#include "core/kafka/coordinator_link.h"
#include "core/kafka/deadline.h"
#include "core/kafka/group_config.h"
#include "core/kafka/messages.h"

namespace brokersim::kafka {

struct GroupMemberOptions {
    MemberConfig config;
    /// Where to begin if the group has no committed offset of a queue: last_offset is auto.offset.reset = latest,
    /// first_offset is earliest.
    protocol::ConsumeFromWhere from = protocol::ConsumeFromWhere::last_offset;
    std::int64_t from_timestamp = 0;  // ms, for ConsumeFromWhere::timestamp
};

/// Membership of a consumer in a Kafka group: the client's side of the classic protocol (AbstractCoordinator,
/// ConsumerCoordinator), EAGER. It decides what the consumer owns; pulling, handling and the commit interval stay the
/// consumer's. What Kafka does "at the next poll()" happens at once, because this consumer has no poll loop; a poll
/// loop that is held up by handlers is what QueueOwner::quiesce waits for, so max.poll.interval.ms bounds it.
///
/// Names. A queue travels as TopicPartition{"TOPIC@BROKER", queue id} in assignments and offsets: its identity, the
/// same in everybody's view of the route. For the assignor the leader numbers a topic's queues: partition p is the
/// p-th of its MessageQueues, sorted, over all brokers of the leader's route.
///
/// The member opens Lane::group_heartbeat when it is started. All calls come from the consumer's handlers.
class GroupMember final : public client::Ownership {
public:
    /// `assignors` by preference, at least one; all EAGER. `owner` must outlive the member.
    GroupMember(client::QueueOwner& owner, std::vector<std::unique_ptr<Assignor>> assignors,
                GroupMemberOptions options = {});

    void start() override;
    /// Commits (unless a rebalance is under way), gives everything up, and, if dynamic, sends LeaveGroup; ends after 30
    /// s at most, plus what the handlers under way take.
    void shutdown(Task done) override;
    void persist_offsets() override;
    void wake() override {}
    void offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) override;

    /// The error that ended the membership for good (an application would see it thrown by poll()); none while it goes
    /// on.
    std::optional<Error> fatal_error() const;
};

}  // namespace brokersim::kafka
