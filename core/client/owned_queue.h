#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "core/client/message_listener.h"
#include "core/client/orderly_queue.h"
#include "core/client/process_queue.h"
#include "core/client/route_table.h"
#include "core/protocol/messages.h"

namespace brokersim::client {

/// A queue during one ownership. Pulls and handlers under way keep it alive after it was dropped, and then find out.
/// Taking the queue again makes a new one.
struct OwnedQueue : boost::intrusive_ref_counter<OwnedQueue, boost::thread_unsafe_counter> {
    OwnedQueue(protocol::MessageQueue which, NameId queue_name, NameId group, const Replicas& replicas)
        : queue(std::move(which)), context{queue, queue_name, group}, broker(replicas) {}

    /// The position to commit only grows (RemoteBrokerOffsetStore.updateOffset, increase only).
    void advance(std::int64_t to) {
        if (to > position) position = to;
    }

    const protocol::MessageQueue queue;
    const ConsumeContext context;
    const Replicas& broker;
    const protocol::SubscriptionData* subscription = nullptr;  // the consumer's own, for the queue's topic
    ProcessQueue process;                                      // messages pulled and not finished
    QueueOffset next;                                          // where the next pull begins
    std::int64_t position = -1;                                // to be committed; -1: not known
    std::int64_t last_pull_ms = 0;                             // wall clock
    std::int64_t pull_from_broker = protocol::master_id;       // as the last answer suggested
    std::int32_t handling = 0;                                 // listener calls under way
    bool dropped = false;                                      // not owned any more: ignore what still comes
    bool quiet = false;                                        // no new pulls and listener calls
    std::unique_ptr<OrderlyQueue> orderly;                     // null unless the consumer is orderly
};
using OwnedQueuePtr = boost::intrusive_ptr<OwnedQueue>;

/// What one pull brought. Listener calls get parts of it and keep it alive.
struct PulledBatch : boost::intrusive_ref_counter<PulledBatch, boost::thread_unsafe_counter> {
    OwnedQueuePtr queue;
    std::vector<ReceivedMessage> messages;
};
using PulledBatchPtr = boost::intrusive_ptr<PulledBatch>;

}  // namespace brokersim::client
