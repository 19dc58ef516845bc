#include "core/protocol/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/kafka/wire.h"
#include "tests/protocol/random_frames.h"

namespace brokersim::protocol {
namespace {

using testing::random_frame;
using testing::same;

// Each payload type with the request that it answers, if it is a response.
template <class MessageType, RequestCode code>
struct Answer {
    using Message = MessageType;
    static constexpr std::optional<RequestCode> answers = code;
    static constexpr bool request = false;
};
template <class MessageType>
struct Ask {
    using Message = MessageType;
    static constexpr std::optional<RequestCode> answers = std::nullopt;
    static constexpr bool request = true;
};

template <class Case>
class RemotingFrame : public ::testing::Test {};

using RemotingFrames = ::testing::Types<
    Ask<SendMessageRequest>, Answer<SendMessageResponse, RequestCode::send_message_v2>, Ask<PullMessageRequest>,
    Answer<PullMessageResponse, RequestCode::pull_message>, Ask<QueryConsumerOffsetRequest>,
    Ask<UpdateConsumerOffsetRequest>, Ask<GetMaxOffsetRequest>, Ask<GetMinOffsetRequest>, Ask<SearchOffsetRequest>,
    Answer<OffsetResponse, RequestCode::get_max_offset>, Ask<QueryMessageRequest>,
    Answer<QueryMessageResponse, RequestCode::query_message>, Ask<ViewMessageRequest>,
    Answer<ViewMessageResponse, RequestCode::view_message_by_id>, Ask<HeartbeatRequest>, Ask<UnregisterClientRequest>,
    Ask<GetConsumerListRequest>, Answer<GetConsumerListResponse, RequestCode::get_consumer_list_by_group>,
    Ask<NotifyConsumerIdsChanged>, Ask<LockBatchRequest>, Answer<LockBatchResponse, RequestCode::lock_batch_mq>,
    Ask<UnlockBatchRequest>, Ask<GetRouteRequest>, Answer<GetRouteResponse, RequestCode::get_route_info_by_topic>,
    Ask<RegisterBrokerRequest>, Answer<RegisterBrokerResponse, RequestCode::register_broker>, Ask<PopMessageRequest>,
    Answer<PopMessageResponse, RequestCode::pop_message>, Ask<AckMessageRequest>, Ask<ChangeInvisibleTimeRequest>,
    Answer<ChangeInvisibleTimeResponse, RequestCode::change_message_invisible_time>, Ask<QueryAssignmentRequest>,
    Answer<QueryAssignmentResponse, RequestCode::query_assignment>, Ask<SetRequestModeRequest>,
    Ask<UnregisterBrokerRequest>, Answer<Empty, RequestCode::heart_beat>>;
TYPED_TEST_SUITE(RemotingFrame, RemotingFrames);

TYPED_TEST(RemotingFrame, comes_back_as_it_was_and_has_the_size_that_was_said) {
    EXPECT_TRUE(rc::check("decode(encode(frame)) == frame", [] {
        const Frame frame = random_frame<typename TypeParam::Message>(TypeParam::request, false);
        const WireOptions options{.header = *rc::gen::element(HeaderFormat::json, HeaderFormat::binary),
                                  .quoted_integer_keys = *rc::gen::arbitrary<bool>()};
        const auto decoded = decode(encode(frame, options), TypeParam::answers);
        if (!decoded) RC_FAIL(decoded.error().what);
        RC_ASSERT(same(*decoded, frame));
        RC_ASSERT(encode(frame).size() == encoded_size(frame));
    }));
}

/// Damages bytes a little: some are changed, cut out, doubled or cut off.
std::string damaged(std::string bytes) {
    for (int left = *rc::gen::inRange(1, 4); left > 0 && !bytes.empty(); --left) {
        const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
        const auto count = *rc::gen::inRange<std::size_t>(1, 9);
        switch (*rc::gen::inRange(0, 5)) {
            case 0:
                bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
                break;
            case 1:
                bytes[at] = *rc::gen::element('"', '{', '}', '[', ']', ':', ',', '\\', '-', '0', 'u');
                break;
            case 2:
                bytes.erase(at, count);
                break;
            case 3:
                bytes.insert(at, bytes.substr(at, count));
                break;
            default:
                bytes.resize(at);
        }
    }
    return bytes;
}

/// Makes the length field say how long the frame is, so that damage reaches what lies behind.
void mend_length(std::string& bytes) {
    if (bytes.size() < 4) return;
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>((bytes.size() - 4) >> (24 - 8 * i));
}

TYPED_TEST(RemotingFrame, when_damaged_is_refused_or_read_as_something_that_can_be_written) {
    EXPECT_TRUE(rc::check("garbage is no danger", [] {
        const Frame frame = random_frame<typename TypeParam::Message>(TypeParam::request, false);
        const WireOptions options{.header = *rc::gen::element(HeaderFormat::json, HeaderFormat::binary)};
        std::string bytes = damaged(std::string(encode(frame, options).text()));
        if (*rc::gen::arbitrary<bool>()) mend_length(bytes);
        const auto decoded = decode(copy_slice(bytes), TypeParam::answers);
        if (decoded) RC_ASSERT(encode(*decoded).size() == encoded_size(*decoded));
    }));
}

template <class RequestType, class ResponseType, kafka::ApiKey key>
struct KafkaApi {
    using Request = RequestType;
    using Response = ResponseType;
    static constexpr kafka::ApiKey api = key;
};

template <class Api>
class KafkaFrame : public ::testing::Test {};

using KafkaApis = ::testing::Types<
    KafkaApi<kafka::FindCoordinatorRequest, kafka::FindCoordinatorResponse, kafka::ApiKey::find_coordinator>,
    KafkaApi<kafka::JoinGroupRequest, kafka::JoinGroupResponse, kafka::ApiKey::join_group>,
    KafkaApi<kafka::SyncGroupRequest, kafka::SyncGroupResponse, kafka::ApiKey::sync_group>,
    KafkaApi<kafka::HeartbeatRequest, kafka::HeartbeatResponse, kafka::ApiKey::heartbeat>,
    KafkaApi<kafka::LeaveGroupRequest, kafka::LeaveGroupResponse, kafka::ApiKey::leave_group>,
    KafkaApi<kafka::OffsetCommitRequest, kafka::OffsetCommitResponse, kafka::ApiKey::offset_commit>,
    KafkaApi<kafka::OffsetFetchRequest, kafka::OffsetFetchResponse, kafka::ApiKey::offset_fetch>,
    KafkaApi<kafka::ConsumerGroupHeartbeatRequest, kafka::ConsumerGroupHeartbeatResponse,
             kafka::ApiKey::consumer_group_heartbeat>>;
TYPED_TEST_SUITE(KafkaFrame, KafkaApis);

TYPED_TEST(KafkaFrame, comes_back_as_it_was_and_has_the_size_that_was_said) {
    EXPECT_TRUE(rc::check("requests", [] {
        const Frame frame = random_frame<typename TypeParam::Request>(true, true);
        const Slice bytes = encode(frame);
        const auto decoded = kafka::decode_request(bytes.bytes);
        if (!decoded) RC_FAIL(decoded.error().what);
        RC_ASSERT(same(*decoded, frame));
        RC_ASSERT(bytes.size() == encoded_size(frame));
        RC_ASSERT(kafka::api_key(frame.payload) == TypeParam::api);
    }));
    EXPECT_TRUE(rc::check("responses", [] {
        const Frame frame = random_frame<typename TypeParam::Response>(false, true);
        const Slice bytes = encode(frame);
        const auto decoded = kafka::decode_response(bytes.bytes, TypeParam::api);
        if (!decoded) RC_FAIL(decoded.error().what);
        RC_ASSERT(same(*decoded, frame));
        RC_ASSERT(bytes.size() == encoded_size(frame));
    }));
}

TYPED_TEST(KafkaFrame, when_damaged_is_refused_or_read_as_something_that_can_be_written) {
    EXPECT_TRUE(rc::check("garbage is no danger", [] {
        const bool request = *rc::gen::arbitrary<bool>();
        const Frame frame = request ? random_frame<typename TypeParam::Request>(true, true)
                                    : random_frame<typename TypeParam::Response>(false, true);
        std::string bytes = damaged(std::string(encode(frame).text()));
        if (*rc::gen::arbitrary<bool>()) mend_length(bytes);
        const Slice slice = copy_slice(bytes);
        const auto decoded =
            request ? kafka::decode_request(slice.bytes) : kafka::decode_response(slice.bytes, TypeParam::api);
        if (decoded) RC_ASSERT(encode(*decoded).size() == encoded_size(*decoded));
    }));
}

}  // namespace
}  // namespace brokersim::protocol
