#pragma once

#include <cstdint>
#include <vector>

#include "core/client/calls_under_way.h"
#include "core/client/client_config.h"
#include "core/client/message_listener.h"
#include "core/client/message_service.h"

namespace brokersim::client {

/// Hands messages to the application with consumeThreadMin threads (ConsumeMessageConcurrentlyService; the pool's queue
/// has no bound, so it never grows to consumeThreadMax). Threads are servers of Lane::consume, shared by all queues.
class ConsumeService final : public MessageService {
public:
    /// What becomes of messages that the listener did not handle with success.
    enum class Failed : std::uint8_t {
        later,    // it gets them again
        dropped,  // nothing, as in BROADCASTING mode
    };
    /// `host` and `listener` must outlive the service.
    ConsumeService(Host& host, MessageListener& listener, const ClientConfig& config, Failed failed = Failed::later);
    ~ConsumeService() override;

    void start() override;
    /// consumeMessageBatchMaxSize messages are handed over in one listener call.
    void submit(const PulledBatchPtr& batch) override;

private:
    struct Part {  // of a batch: one listener call
        std::uint32_t begin;
        std::uint32_t count;
    };
    struct Call {
        PulledBatchPtr batch;
        Part part;
        LaneServer server;
    };
    using Calls = CallsUnderWay<ConsumeService, Call>;
    friend Calls;

    void submit_part(const PulledBatchPtr& batch, Part part);
    void handle(const PulledBatchPtr& batch, Part part, LaneServer server);
    void ended(std::uint32_t, Call&& call, ConsumeStatus status);
    void try_later(const PulledBatchPtr& batch, Part part);

    MessageListener& listener_;
    const std::int32_t threads_;
    const std::uint32_t batch_size_;
    const Failed failed_;
    const NameId ignored_results_;
    const NameId later_;
    boost::intrusive_ptr<Calls> calls_;
    std::vector<std::int64_t> offsets_;  // of the part that is being finished
};

}  // namespace brokersim::client
