#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The texts in which POP's brokers and clients tell each other where a popped message came from (ExtraInfoUtil,
/// KeyBuilder).
namespace brokersim::protocol {

/// Where a group's revived messages of a topic lie: "%RETRY%group_topic" (the first version of the name).
std::string pop_retry_topic(std::string_view topic, std::string_view group);
/// The topic whose messages a retry topic of the group holds; any other topic is itself.
std::string_view normal_topic(std::string_view topic, std::string_view group);

/// Which of a group's two topics a text means.
enum class PopSource : std::uint8_t { normal = 0, retry = 1 };

/// The POP_CK property, and `extraInfo` of acknowledgements: all that a broker needs to find the check point again.
struct PopHandle {
    std::int64_t start_offset = 0;    // of the check point: where the pop began in the queue
    std::int64_t pop_time = 0;        // ms
    std::int64_t invisible_time = 0;  // ms
    std::int32_t revive_queue_id = 0;
    PopSource source = PopSource::normal;
    std::string broker;
    std::int32_t queue_id = 0;
    std::int64_t offset = 0;  // of the message

    bool operator==(const PopHandle&) const = default;
};
/// "start popTime invisibleTime reviveQid retry broker queueId offset".
std::string to_text(const PopHandle& handle);
/// The opposite; none for a text of another form. The offset of the message may be missing, as in ExtraInfoUtil.
std::optional<PopHandle> parse_pop_handle(std::string_view text);

/// startOffsetInfo: adds "retry queueId start" to the entries, which are separated by ';'.
void add_start_offset(std::string& info, PopSource source, std::int32_t queue_id, std::int64_t start);
/// msgOffsetInfo: adds "retry queueId o1,o2,...".
void add_message_offsets(std::string& info, PopSource source, std::int32_t queue_id,
                         const std::vector<std::int64_t>& offsets);

struct PopOffsets {
    PopSource source = PopSource::normal;
    std::int32_t queue_id = 0;
    std::int64_t start = 0;
    std::vector<std::int64_t> offsets;
};
/// Both texts together, by queue in the order of the first; none if they are not what a broker writes.
std::optional<std::vector<PopOffsets>> parse_pop_offsets(std::string_view start_info, std::string_view message_info);

}  // namespace brokersim::protocol
