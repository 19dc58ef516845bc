#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/callback.h"
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

/// The application's handler (MessageListenerConcurrently). One call holds one of the consuming threads until it has
/// called `done`, once, within the call or later. Messages of one call follow each other in one queue; other calls may
/// be under way at the same time. The context and the messages live until `done` is called. After the consumer has
/// lost the queue or its life, calling or dropping `done` has no effect.
class MessageListener {
public:
    virtual ~MessageListener() = default;
    virtual void consume(const ConsumeContext& context, std::span<const ReceivedMessage> messages,
                         Callback<void(ConsumeStatus)> done) = 0;
};

}  // namespace brokersim::client
