#pragma once

#include <string>

#include "core/callback.h"
#include "core/kafka/group.h"
#include "core/kafka/offsets_partition.h"
#include "core/protocol/frame.h"

namespace brokersim::kafka {

/// What the state machines of both group protocols ask of the coordinator that they live in (Kafka's
/// CoordinatorRuntime). To be called on Lane::coordinator.
class GroupRuntime {
public:
    /// The partition of the offsets topic that holds the group's records.
    virtual OffsetsPartition& partition_of(const std::string& group) = 0;
    /// Sends an answer when the running handler's debts are paid.
    virtual void answer(Reply reply, protocol::Payload payload) = 0;
    /// Runs `task` on Lane::coordinator.
    virtual void on_lane(Task task) = 0;
    /// What a failed or late write means to the client.
    virtual Error write_error() const = 0;

protected:
    ~GroupRuntime() = default;
};

}  // namespace brokersim::kafka
