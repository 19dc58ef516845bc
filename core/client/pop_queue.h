#pragma once

#include <cstdint>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "core/client/message_listener.h"
#include "core/client/route_table.h"
#include "core/protocol/messages.h"
#include "core/protocol/pop_info.h"

namespace brokersim::client {

/// A queue, or all queues of a broker (protocol::any_queue), that a consumer pops (PopProcessQueue). Pops and handlers
/// under way keep it alive after it was dropped, and then find out.
struct PopQueue : boost::intrusive_ref_counter<PopQueue, boost::thread_unsafe_counter> {
    PopQueue(protocol::MessageQueue which, NameId queue_name, NameId group, const Replicas& replicas)
        : queue(std::move(which)), context{queue, queue_name, group}, broker(replicas) {}

    const protocol::MessageQueue queue;
    const ConsumeContext context;
    const Replicas& broker;
    const protocol::SubscriptionData* subscription = nullptr;  // the consumer's own, for the queue's topic
    std::int64_t last_pop_ms = 0;                              // wall clock
    std::int64_t unacknowledged = 0;                           // messages popped and neither done with nor given up
    bool dropped = false;
};
using PopQueuePtr = boost::intrusive_ptr<PopQueue>;

/// What one pop brought. Listener calls get parts of it and keep it alive.
struct PoppedBatch : boost::intrusive_ref_counter<PoppedBatch, boost::thread_unsafe_counter> {
    PopQueuePtr queue;
    std::vector<ReceivedMessage> messages;
    std::vector<protocol::PopHandle> handles;  // beside the messages
};
using PoppedBatchPtr = boost::intrusive_ptr<PoppedBatch>;

}  // namespace brokersim::client
