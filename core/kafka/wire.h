#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "core/bytes.h"
#include "core/protocol/frame.h"

/// Kafka's own binary wire format for the requests of the group protocols, in the versions that core/kafka/messages.h
/// names: int32 length, then request header version 1 (api key, version, correlation id, client id) or response header
/// version 0 (correlation id), then the body. ConsumerGroupHeartbeat and OffsetFetch 9 are encoded flexibly, with
/// headers of the versions 2 and 1. Frame::opaque is the correlation id.
namespace brokersim::kafka {

enum class ApiKey : std::int16_t {
    offset_commit = 8,
    offset_fetch = 9,
    find_coordinator = 10,
    join_group = 11,
    heartbeat = 12,
    leave_group = 13,
    sync_group = 14,
    consumer_group_heartbeat = 68,
};

enum class WireErrorCode : std::uint8_t {
    truncated,            // the lengths say more than there is
    malformed,            // negative lengths, or bytes after the end
    unknown_api,          // an api key that is not modelled
    unsupported_version,  // of a known api: answer UNSUPPORTED_VERSION (35)
    unsupported,          // legal, but not modelled (leaving for several members at once ...)
};
struct WireError {
    WireErrorCode code;
    std::string what;  // for people
};

/// Bytes of the frame, length field included: what encode() writes. The payload must be one of Kafka's. Requests carry
/// the default client id of a Java consumer, "consumer-GROUP-1".
std::size_t encoded_size(const protocol::Frame& frame);
Slice encode(const protocol::Frame& frame);

/// The api that a request payload belongs to; none for responses, and for payloads that are not Kafka's.
std::optional<ApiKey> api_key(const protocol::Payload& payload);

/// Reads exactly one request, length field included. Never reads outside `bytes`. OffsetCommit is read from version 5
/// on, which clients without static members use; 7 is what encode() writes.
std::expected<protocol::Frame, WireError> decode_request(std::span<const std::byte> bytes);
/// Reads exactly one response to a request of the api `answers`, asked for in `version`; without one, in that of the
/// classic protocol.
std::expected<protocol::Frame, WireError> decode_response(std::span<const std::byte> bytes, ApiKey answers,
                                                          std::optional<std::int16_t> version = {});

}  // namespace brokersim::kafka
