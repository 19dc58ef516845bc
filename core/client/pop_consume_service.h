#pragma once

#include <cstdint>
#include <vector>

#include "core/client/calls_under_way.h"
#include "core/client/client_config.h"
#include "core/client/message_listener.h"
#include "core/client/pop_acks.h"
#include "core/client/pop_queue.h"
#include "core/host.h"

namespace brokersim::client {

/// Hands popped messages to the application with consumeThreadMin threads, and tells the broker of each what became of
/// it (ConsumeMessagePopConcurrentlyService). Messages that nobody could begin to handle before their invisible time
/// was up are left to whom they come next, and so is the result of a handler that took longer.
class PopConsumeService {
public:
    /// References must outlive the service.
    PopConsumeService(Host& host, MessageListener& listener, PopAcks& acks, const ClientConfig& config);
    ~PopConsumeService();
    PopConsumeService(const PopConsumeService&) = delete;
    PopConsumeService& operator=(const PopConsumeService&) = delete;

    /// Opens Lane::consume.
    void start();
    /// Starts no more listener calls.
    void stop() { stopped_ = true; }
    /// Queues all messages of a pop, consumeMessageBatchMaxSize for one listener call. They must be counted as
    /// unacknowledged already.
    void submit(const PoppedBatchPtr& batch);

    std::int32_t handling() const { return handling_; }
    /// Calls `done`, as a handler of its own, when no listener call is under way.
    void when_all_idle(Task done);

private:
    struct Part {  // of a batch: one listener call
        std::uint32_t begin;
        std::uint32_t count;
    };
    struct Call {
        PoppedBatchPtr batch;
        Part part;
        LaneServer server;
    };
    using Calls = CallsUnderWay<PopConsumeService, Call>;
    friend Calls;

    bool timed_out(const PoppedBatch& batch) const;
    void handle(const PoppedBatchPtr& batch, Part part, LaneServer server);
    void ended(std::uint32_t, Call&& call, ConsumeStatus status);
    void failed(const std::string& topic, const ReceivedMessage& message, const protocol::PopHandle& handle);
    void give_up(const PoppedBatch& batch, Part part);

    Host& host_;
    MessageListener& listener_;
    PopAcks& acks_;
    const std::int32_t threads_;
    const std::uint32_t batch_size_;
    const NameId timed_out_;  // a counter
    boost::intrusive_ptr<Calls> calls_;
    std::vector<Task> waiting_;
    std::int32_t handling_ = 0;
    bool stopped_ = false;
};

}  // namespace brokersim::client
