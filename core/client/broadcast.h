#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/client/client_config.h"
#include "core/client/local_offsets.h"
#include "core/client/ownership.h"
#include "core/client/rebalance_service.h"
#include "core/client/start_offset.h"

namespace brokersim::client {

/// A consumer in BROADCASTING mode (RebalanceImpl, RebalancePushImpl, LocalFileOffsetStore): it takes every queue of
/// its topics' routes, whoever else there is, and keeps its positions in a file of its own machine. Nobody is asked but
/// for where a queue ends or begins.
///
/// It looks at its routes when RebalanceService says so; a look that left a queue out is not complete.
class Broadcast final : public Ownership {
public:
    /// `owner` must outlive it; its client id must be the same in every life. Opens Lane::rebalance.
    Broadcast(GroupClient& owner, const ClientConfig& config);

    void start() override;
    void shutdown(Task done) override;
    /// The positions that are known go into the file; an OffsetCommitted note tells of each that has changed.
    void persist_offsets() override;
    void wake() override { looks_.wake(); }
    void offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) override;

private:
    void look(LaneServer server);
    void next_topic();
    void next_queue();
    void take(std::optional<StartOffset::Found> from);
    void topic_done();
    void save(LocalOffsets::Table positions);

    GroupClient& owner_;
    ClientConfig config_;
    StartOffset start_;
    LocalOffsets offsets_;
    NameId group_;
    RebalanceService looks_;
    bool stopped_ = false;
    LocalOffsets::Table saved_;  // in this life

    // The look that is under way:
    LaneServer server_;
    std::vector<std::string> topics_;  // still to come, the present one last
    LocalOffsets::Table stored_;
    std::vector<protocol::MessageQueue> to_take_;
    bool asking_ = false;  // for the beginning of a queue, within the call
    bool topic_changed_ = false;
    bool changed_ = false;
    bool complete_ = true;
    std::uint64_t view_ = 0;
};

}  // namespace brokersim::client
