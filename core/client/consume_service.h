#pragma once

#include <cstdint>
#include <vector>

#include "core/client/client_config.h"
#include "core/client/message_listener.h"
#include "core/client/owned_queue.h"
#include "core/host.h"

namespace brokersim::client {

/// Hands messages to the application with consumeThreadMin threads (ConsumeMessageConcurrentlyService; the pool's queue
/// has no bound, so it never grows to consumeThreadMax). Threads are servers of Lane::consume, shared by all queues.
class ConsumeService {
public:
    /// `host` and `listener` must outlive the service.
    ConsumeService(Host& host, MessageListener& listener, const ClientConfig& config);
    ~ConsumeService();
    ConsumeService(const ConsumeService&) = delete;
    ConsumeService& operator=(const ConsumeService&) = delete;

    /// Opens the lane.
    void start();
    /// Starts no more listener calls.
    void stop() { stopped_ = true; }
    /// Queues all messages of a pull, consumeMessageBatchMaxSize for one listener call. They must be in the queue's
    /// books already.
    void submit(const PulledBatchPtr& batch);

    /// Listener calls under way.
    std::int32_t handling() const { return handling_; }
    /// Calls `done`, as a handler of its own, when no listener call is under way on any of the queues.
    void when_idle(std::vector<OwnedQueuePtr> queues, Task done);
    /// The same for all queues.
    void when_all_idle(Task done);

private:
    class Calls;
    struct Part {  // of a batch: one listener call
        std::uint32_t begin;
        std::uint32_t count;
    };
    struct Waiting {
        std::vector<OwnedQueuePtr> queues;
        bool all;
        Task done;
        bool idle(const ConsumeService& service) const;
    };

    void submit_part(const PulledBatchPtr& batch, Part part);
    void handle(const PulledBatchPtr& batch, Part part, LaneServer server);
    void handled(const PulledBatchPtr& batch, Part part, ConsumeStatus status);
    void try_later(const PulledBatchPtr& batch, Part part);
    void tell_waiting();

    Host& host_;
    MessageListener& listener_;
    const std::int32_t threads_;
    const std::uint32_t batch_size_;
    const NameId ignored_results_;
    const NameId later_;
    boost::intrusive_ptr<Calls> calls_;
    std::vector<std::int64_t> offsets_;  // of the part that is being finished
    std::vector<Waiting> waiting_;
    std::int32_t handling_ = 0;
    bool stopped_ = false;
};

}  // namespace brokersim::client
