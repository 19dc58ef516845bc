#pragma once

#include <cstdint>
#include <vector>

#include "core/client/owned_queue.h"
#include "core/host.h"

namespace brokersim::client {

/// Hands the messages that were pulled to the application (RocketMQ's ConsumeMessageService), and counts listener
/// calls.
class MessageService {
public:
    virtual ~MessageService() = default;
    MessageService(const MessageService&) = delete;
    MessageService& operator=(const MessageService&) = delete;

    /// Opens the lanes.
    virtual void start() = 0;
    /// Starts no more listener calls.
    void stop() { stopped_ = true; }
    /// Queues all messages of a pull. They must be in the queue's books already.
    virtual void submit(const PulledBatchPtr& batch) = 0;

    /// Listener calls under way.
    std::int32_t handling() const { return handling_; }
    /// Calls `done`, as a handler of its own, when no listener call is under way on any of the queues.
    void when_idle(std::vector<OwnedQueuePtr> queues, Task done);
    /// The same for all queues.
    void when_all_idle(Task done);

protected:
    /// `host` must outlive the service.
    explicit MessageService(Host& host) : host_(host) {}
    void call_begins(OwnedQueue& queue);
    void call_ended(OwnedQueue& queue);
    /// To be called when the result of an ended call has been taken in.
    void tell_waiting();
    bool stopped() const { return stopped_; }

    Host& host_;

private:
    struct Waiting {
        std::vector<OwnedQueuePtr> queues;
        bool all;
        Task done;
        bool idle(const MessageService& service) const;
    };

    std::vector<Waiting> waiting_;
    std::int32_t handling_ = 0;
    bool stopped_ = false;
};

}  // namespace brokersim::client
