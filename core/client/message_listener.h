#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "core/bytes.h"
#include "core/check.h"
#include "core/protocol/messages.h"
#include "core/types.h"

/// What an application that consumes sees.
namespace brokersim::client {

/// A message as the consumer got it. The views look into `record`, which keeps the bytes alive.
struct ReceivedMessage {
    Slice record;  // the whole record, as stored (core/store/record.h reads it)
    std::string_view topic;
    std::string_view properties;  // core/store/properties.h reads it
    std::span<const std::byte> body;
    NameId queue;  // protocol::queue_name of the queue in which the record lies
    QueueOffset offset;
    PhysicalOffset physical_offset;
    std::int64_t born_timestamp = 0;   // ms, the producer's wall clock
    std::int64_t store_timestamp = 0;  // ms, the broker's wall clock
    std::int32_t sys_flag = 0;
    std::int32_t reconsume_times = 0;  // counts up while the client itself hands it over again
    MonoTime arrived;                  // the pull's answer came; the consumer's clock
    MonoTime submitted;                // it entered the queue of the consuming threads (for the last time)
};

/// Where the messages of one call come from.
struct ConsumeContext {
    const protocol::MessageQueue& queue;
    NameId queue_name;  // of protocol::queue_name(queue)
    NameId group;
};

enum class ConsumeStatus : std::uint8_t {
    success,
    later,  // RECONSUME_LATER
};

/// Whose listener calls these are: it may be gone when an application comes back from one.
class ListenerCalls : public boost::intrusive_ref_counter<ListenerCalls, boost::thread_unsafe_counter> {
public:
    virtual ~ListenerCalls() = default;
    virtual void finish(std::uint32_t call, ConsumeStatus status) = 0;
    /// Nobody will finish it any more.
    virtual void drop(std::uint32_t call) = 0;
};

/// With this an application ends one call of its listener: `done(status)`, once.
class ConsumeDone {
public:
    ConsumeDone(boost::intrusive_ptr<ListenerCalls> calls, std::uint32_t call)
        : calls_(std::move(calls)), call_(call) {}
    ConsumeDone(ConsumeDone&&) noexcept = default;
    ConsumeDone& operator=(ConsumeDone&& other) noexcept {
        std::swap(calls_, other.calls_);
        std::swap(call_, other.call_);
        return *this;
    }
    ~ConsumeDone() {
        if (calls_ != nullptr) calls_->drop(call_);
    }

    void operator()(ConsumeStatus status) {
        BROKERSIM_CHECK(calls_ != nullptr, "a listener ended its call {} twice", call_);
        const auto calls = std::move(calls_);
        calls->finish(call_, status);
    }

private:
    boost::intrusive_ptr<ListenerCalls> calls_;
    std::uint32_t call_;
};

/// The application's handler (MessageListenerConcurrently). One call holds one of the consuming threads until it has
/// called `done`, once, within the call or later. Messages of one call follow each other in one queue; other calls may
/// be under way at the same time. The context and the messages live until `done` is called. After the consumer has
/// lost the queue or its life, calling or dropping `done` has no effect.
class MessageListener {
public:
    virtual ~MessageListener() = default;
    virtual void consume(const ConsumeContext& context, std::span<const ReceivedMessage> messages,
                         ConsumeDone done) = 0;
};

}  // namespace brokersim::client
