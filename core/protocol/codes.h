#pragma once

#include <cstdint>

/// RocketMQ's request and response codes (RequestCode, ResponseCode, RemotingSysResponseCode), as far as they are used.
namespace brokersim::protocol {

enum class RequestCode : std::int32_t {
    send_message = 10,
    pull_message = 11,
    query_message = 12,
    query_consumer_offset = 14,
    update_consumer_offset = 15,
    search_offset_by_timestamp = 29,
    get_max_offset = 30,
    get_min_offset = 31,
    view_message_by_id = 33,
    heart_beat = 34,
    unregister_client = 35,
    get_consumer_list_by_group = 38,
    notify_consumer_ids_changed = 40,
    lock_batch_mq = 41,
    unlock_batch_mq = 42,
    register_broker = 103,
    unregister_broker = 104,
    get_route_info_by_topic = 105,
    send_message_v2 = 310,
    send_batch_message = 320,
    lite_pull_message = 361,
    query_assignment = 400,
    set_message_request_mode = 401,
    pop_message = 200'050,
    ack_message = 200'051,
    change_message_invisible_time = 200'053,
};

enum class ResponseCode : std::int32_t {
    success = 0,
    system_error = 1,
    system_busy = 2,
    request_code_not_supported = 3,
    flush_disk_timeout = 10,
    slave_not_available = 11,
    flush_slave_timeout = 12,
    message_illegal = 13,
    service_not_available = 14,
    no_permission = 16,
    topic_not_exist = 17,
    pull_not_found = 19,
    pull_retry_immediately = 20,
    pull_offset_moved = 21,
    query_not_found = 22,
    subscription_parse_failed = 23,
    subscription_not_exist = 24,
    subscription_not_latest = 25,
    subscription_group_not_exist = 26,
    invalid_parameter = 29,
    no_message = 208,
    polling_full = 209,
    polling_timeout = 210,
};

/// Bits of a message's sysFlag (MessageSysFlag).
namespace sys_flag {
inline constexpr std::int32_t compressed = 0x1;
inline constexpr std::int32_t multi_tags = 0x2;
inline constexpr std::int32_t transaction_mask = 0xC;
inline constexpr std::int32_t transaction_prepared = 0x4;
inline constexpr std::int32_t transaction_commit = 0x8;
inline constexpr std::int32_t transaction_rollback = 0xC;
inline constexpr std::int32_t born_host_v6 = 0x10;
inline constexpr std::int32_t store_host_v6 = 0x20;
}  // namespace sys_flag

/// Bits of a pull request's sysFlag (PullSysFlag).
namespace pull_flag {
inline constexpr std::int32_t commit_offset = 1;
inline constexpr std::int32_t suspend = 2;
inline constexpr std::int32_t subscription = 4;
}  // namespace pull_flag

/// Permission bits of a topic or broker (PermName).
namespace perm {
inline constexpr std::int32_t inherit = 1;
inline constexpr std::int32_t write = 2;
inline constexpr std::int32_t read = 4;
inline constexpr std::int32_t read_write = read | write;
}  // namespace perm

}  // namespace brokersim::protocol
