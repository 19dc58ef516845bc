#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "core/bytes.h"
#include "core/protocol/codes.h"
#include "core/protocol/command.h"
#include "core/protocol/frame.h"

/// Frames as bytes: RocketMQ's 4.x remoting wire format (JSON or binary header, fastjson bodies), version 5.3's field
/// names. Kafka's payloads have a wire format of their own: core/kafka/wire.h.
namespace brokersim::protocol {

/// How a frame is written where the format leaves a choice. The defaults are what encoded_size() counts.
struct WireOptions {
    HeaderFormat header = HeaderFormat::json;
    /// Broker ids of routes as quoted keys, as clients from version_4_9_4 on get them.
    bool quoted_integer_keys = true;
    std::int32_t version = version_4_9_8;
};

/// The whole frame, length field included. Of a Kafka payload, kafka::encode(frame); the options do not matter then.
/// Shared data that a payload points to (routes, heartbeats ...) must be there.
Slice encode(const Frame& frame, const WireOptions& options = {});

/// What the payload asks for, which is also what its response must be read as; none for responses and for Kafka's.
std::optional<RequestCode> request_code(const Payload& payload);

/// Reads a frame of RocketMQ's. A response does not say what it answers: the caller gives `answers`, the code of the
/// request with that opaque (without it, the payload of a response is Empty). A response whose code is not success is
/// read as Empty unless the fields of the real payload are there (a pull that found nothing has them). Bodies and
/// records share the memory of `bytes`.
std::expected<Frame, DecodeError> decode(const Slice& bytes, std::optional<RequestCode> answers = std::nullopt);

/// The second half of decode(), for whoever must look at the command first (its opaque, its language, its version).
std::expected<Frame, DecodeError> to_frame(const Command& command, std::optional<RequestCode> answers = std::nullopt);

}  // namespace brokersim::protocol
