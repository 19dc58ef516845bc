#pragma once

#include <string_view>

#include "core/client/message_listener.h"
#include "core/protocol/messages.h"
#include "core/store/record.h"

namespace brokersim::client {

/// Whether the subscription wants a message with these properties; the broker has compared hash codes only.
bool wants(const protocol::SubscriptionData& subscription, std::string_view properties);

/// A record as its consumer sees it. `record` reads `bytes`; `queue` is the queue in which it lies. A retried message
/// shows its original topic.
ReceivedMessage received(const Slice& bytes, const store::RecordView& record, NameId queue, MonoTime now);

}  // namespace brokersim::client
