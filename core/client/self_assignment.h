#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/client/allocate.h"
#include "core/client/client_config.h"
#include "core/client/ownership.h"
#include "core/client/rebalance_service.h"
#include "core/client/start_offset.h"

namespace brokersim::client {

/// RocketMQ's own way to share out queues (RebalanceService, RebalanceImpl, RebalancePushImpl): each consumer asks a
/// broker who is in the group, sorts what it sees, and takes the part that the strategy gives to its own id. Nobody
/// agrees with anybody: while views differ a queue may have two owners, or none.
///
/// It runs when RebalanceService says so; a run that left it unbalanced is not complete.
///
/// An orderly consumer takes a queue only when the queue's broker has given it the lock, and gives a queue that it has
/// ceased to consume back when no handler is under way on it any more (or its lock is older than unlockDelayTimeMills):
/// it looks for half a second in each run. Such a queue does not make a run unbalanced, so the next may be 20 s away.
class SelfAssignment final : public Ownership {
public:
    /// `owner` must outlive it. Opens Lane::rebalance.
    SelfAssignment(GroupClient& owner, const AllocateStrategy& strategy, const ClientConfig& config);
    ~SelfAssignment() override;

    void start() override;
    void shutdown(Task done) override;
    /// UPDATE_CONSUMER_OFFSET for every owned queue whose position is known, changed or not (RemoteBrokerOffsetStore).
    void persist_offsets() override;
    void wake() override { runs_.wake(); }
    void offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) override;
    bool commits_with_pulls() const override { return true; }

private:
    struct Run;
    struct Taken {
        protocol::MessageQueue queue;
        StartOffset::Found from;
    };

    void run(LaneServer server);
    void next_topic();
    void ask_members(bool refreshed);
    void members_known(const protocol::MemberList& members);
    void no_members();
    bool leaves(const protocol::MessageQueue& queue) const;
    void give_up_queues();
    void release_next();
    void release(const protocol::MessageQueue& queue);
    void choose_queues();
    void next_queue();
    void find_start();
    void queue_done();
    void take_queues();
    void topic_done(bool balanced);
    void run_done();

    std::optional<Address> random_broker(const std::string& topic);
    void persist(const protocol::MessageQueue& queue, std::int64_t position);

    GroupClient& owner_;
    const AllocateStrategy& strategy_;
    ClientConfig config_;
    StartOffset start_;
    std::uint64_t identity_;
    NameId group_;
    RebalanceService runs_;
    std::uint64_t draws_ = 0;
    bool stopped_ = false;
    std::unique_ptr<Run> run_;
};

}  // namespace brokersim::client
