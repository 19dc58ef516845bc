#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/protocol/codes.h"
#include "core/remembered.h"
#include "core/text.h"
#include "core/types.h"

/// Requests and responses of RocketMQ's remoting protocol as plain structs: what the broker, the name server and the
/// clients say to each other. `codec.h` turns them into the 4.x wire format. Large answers that many clients get are
/// shared and immutable.
namespace brokersim::protocol {

struct MessageQueue {
    std::string topic;
    std::string broker;
    std::int32_t queue_id = 0;

    /// By topic, broker name, queue id: the order in which clients sort queues before they share them out.
    auto operator<=>(const MessageQueue&) const = default;
};

/// "orders@broker-0:3": how notes and reports name a queue.
std::string queue_name(const MessageQueue& queue);
std::string queue_name(const std::string& topic, const std::string& broker, std::int32_t queue_id);
/// "10.0.0.1:10911".
std::string to_text(Address address);
/// "10.0.0.1", without the port.
std::string ip_text(Address address);
/// The opposite of to_text; none for anything else (names, IPv6).
std::optional<Address> parse_address(std::string_view text);
/// The opposite of ip_text; the port is 0.
std::optional<Address> parse_ip(std::string_view text);

inline constexpr std::string_view retry_topic_prefix = "%RETRY%";

// --- producing ---------------------------------------------------------------------------------------------

struct SendMessageRequest {  // SEND_MESSAGE_V2
    Text producer_group;
    Text topic;
    Text default_topic = "TBW102";
    std::int32_t default_topic_queue_nums = 4;
    std::int32_t queue_id = 0;
    std::int32_t sys_flag = 0;
    std::int64_t born_timestamp = 0;  // ms, the producer's wall clock
    std::int32_t flag = 0;
    std::string properties;  // name 0x01 value 0x02 ...
    std::int32_t reconsume_times = 0;
    bool unit_mode = false;
    bool batch = false;
    std::int32_t max_reconsume_times = -1;  // -1: absent
    Slice body;
};

struct SendMessageResponse {
    std::string msg_id;  // offset message id: store host and physical offset, upper-case hex
    std::int32_t queue_id = 0;
    QueueOffset queue_offset;
    std::string transaction_id;
};

// --- consuming ---------------------------------------------------------------------------------------------

struct PullMessageRequest {
    std::string consumer_group;
    std::string topic;
    std::int32_t queue_id = 0;
    QueueOffset queue_offset;
    std::int32_t max_msg_nums = 32;
    std::int32_t sys_flag = 0;  // pull_flag
    std::int64_t commit_offset = 0;
    std::int64_t suspend_timeout_ms = 0;
    std::int64_t sub_version = 0;
    std::string subscription;         // only with pull_flag::subscription
    std::int32_t max_msg_bytes = -1;  // -1: absent
};

struct PullMessageResponse {
    std::int64_t suggest_which_broker_id = 0;
    QueueOffset next_begin_offset;
    QueueOffset min_offset;
    QueueOffset max_offset;
    std::vector<Slice> records;  // whole records as stored, one slice each; on the wire one after the other
};

struct QueryConsumerOffsetRequest {
    std::string consumer_group;
    std::string topic;
    std::int32_t queue_id = 0;
};
struct UpdateConsumerOffsetRequest {  // one-way
    std::string consumer_group;
    std::string topic;
    std::int32_t queue_id = 0;
    std::int64_t commit_offset = 0;
};
struct GetMaxOffsetRequest {
    std::string topic;
    std::int32_t queue_id = 0;
};
struct GetMinOffsetRequest {
    std::string topic;
    std::int32_t queue_id = 0;
};
struct SearchOffsetRequest {
    std::string topic;
    std::int32_t queue_id = 0;
    std::int64_t timestamp = 0;
};
struct OffsetResponse {
    std::int64_t offset = 0;
};

// --- finding single messages -------------------------------------------------------------------------------

struct QueryMessageRequest {
    std::string topic;
    std::string key;
    std::int32_t max_num = 32;
    std::int64_t begin_timestamp = 0;  // ms; both are included
    std::int64_t end_timestamp = 0;
    bool unique_key = false;  // `key` is a UNIQ_KEY
};
struct QueryMessageResponse {
    std::int64_t index_last_timestamp = 0;  // ms: store time of the newest record that is indexed, and where it lies
    std::int64_t index_last_offset = 0;
    std::vector<Slice> records;  // whole records as stored
};
struct ViewMessageRequest {
    std::string topic;  // may be empty: nobody looks at it
    std::int64_t offset = 0;
};
struct ViewMessageResponse {
    Slice record;
};

// --- groups ------------------------------------------------------------------------------------------------

enum class ConsumeType : std::uint8_t { actively, passively };
enum class MessageModel : std::uint8_t { broadcasting, clustering };
enum class ConsumeFromWhere : std::uint8_t { last_offset, first_offset, timestamp };

struct SubscriptionData {
    std::string topic;
    std::string sub_string = "*";
    std::vector<std::string> tags;
    std::vector<std::int32_t> codes;  // Java hash codes of the tags
    std::int64_t sub_version = 0;     // ms

    auto operator<=>(const SubscriptionData&) const = default;
};

struct ConsumerData {
    std::string group;
    ConsumeType consume_type = ConsumeType::passively;
    MessageModel message_model = MessageModel::clustering;
    ConsumeFromWhere consume_from_where = ConsumeFromWhere::last_offset;
    std::vector<SubscriptionData> subscriptions;
};

struct HeartbeatData {
    std::string client_id;
    std::vector<std::string> producer_groups;
    std::vector<ConsumerData> consumers;
};

struct HeartbeatRequest {
    std::shared_ptr<const HeartbeatData> data;
};
struct UnregisterClientRequest {
    std::string client_id;
    std::string producer_group;  // one of the two is empty
    std::string consumer_group;
};
struct GetConsumerListRequest {
    std::string consumer_group;
};
/// Names in the order in which clients sort them before they share queues out, and a digest of them all.
struct SortedClientIds {
    std::vector<std::string> ids;
    std::uint64_t digest = 0;
};
/// The members of a group as a broker knows them.
struct MemberList {
    std::vector<std::string> client_ids;

    Remembered<SortedClientIds> sorted;  // made by client::sorted_client_ids
    Remembered<std::size_t> body_size;   // of its JSON
};
struct GetConsumerListResponse {
    std::shared_ptr<const MemberList> members;
};
struct NotifyConsumerIdsChanged {  // broker to client, one-way
    std::string consumer_group;
};

struct LockBatchRequest {  // LOCK_BATCH_MQ
    std::string client_id;
    std::string consumer_group;
    std::vector<MessageQueue> queues;
    bool only_this_broker = false;
};
struct LockBatchResponse {
    std::vector<MessageQueue> locked;  // those that the client has now
};
struct UnlockBatchRequest {  // UNLOCK_BATCH_MQ
    std::string client_id;
    std::string consumer_group;
    std::vector<MessageQueue> queues;
    bool only_this_broker = false;
};

// --- routes ------------------------------------------------------------------------------------------------

struct TopicConfig {
    std::string topic;
    std::int32_t read_queue_nums = 16;
    std::int32_t write_queue_nums = 16;
    std::int32_t perm = perm::read_write;
    std::int32_t topic_sys_flag = 0;
    bool order = false;

    auto operator<=>(const TopicConfig&) const = default;
};

struct DataVersion {
    std::int64_t state_version = 0;
    std::int64_t timestamp = 0;
    std::int64_t counter = 0;

    auto operator<=>(const DataVersion&) const = default;
};

struct QueueData {
    std::string broker;
    std::int32_t read_queue_nums = 0;
    std::int32_t write_queue_nums = 0;
    std::int32_t perm = 0;
    std::int32_t topic_sys_flag = 0;
};

inline constexpr std::int64_t master_id = 0;

struct BrokerData {
    std::string cluster;
    std::string broker;
    std::map<std::int64_t, Address> addresses;  // by broker id
};

/// Queues in the order in which clients sort them before they share them out, and a digest of them all.
struct SortedQueues {
    std::vector<MessageQueue> queues;
    std::uint64_t digest = 0;
};
/// Where the queues of one topic are.
struct TopicRouteData {
    std::vector<QueueData> queues;
    std::vector<BrokerData> brokers;

    Remembered<SortedQueues> readable;  // made by client::sorted_queues
};

struct GetRouteRequest {
    std::string topic;
};
struct GetRouteResponse {
    std::shared_ptr<const TopicRouteData> route;
};

struct RegisterBrokerRequest {
    std::string cluster;
    std::string broker;
    Address address;
    std::int64_t broker_id = master_id;
    Address ha_server;
    std::int64_t heartbeat_timeout_ms = 0;  // 0: absent
    DataVersion data_version;
    std::shared_ptr<const std::vector<TopicConfig>> topics;
};
struct RegisterBrokerResponse {
    std::string ha_server;
    std::string master;
};
struct UnregisterBrokerRequest {
    std::string cluster;
    std::string broker;
    Address address;
    std::int64_t broker_id = master_id;
};

/// A response that carries its code and remark only.
struct Empty {};

}  // namespace brokersim::protocol
