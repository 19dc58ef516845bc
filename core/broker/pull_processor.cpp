#include "core/broker/pull_processor.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/client/subscription.h"
#include "core/store/big_endian.h"

namespace brokersim::broker {

using protocol::PullMessageRequest;
using protocol::ResponseCode;
using protocol::to_text;
using store::GetStatus;

namespace {

constexpr std::int64_t longest_hold_ms = 1'000'000'000;  // eleven days: only so that no time overflows
constexpr std::size_t queue_offset_at = 20;              // within a record

/// PullMessageProcessor.composeResponse, on a master.
ResponseCode code_of(GetStatus status, QueueOffset asked) {
    switch (status) {
        case GetStatus::found:
            return ResponseCode::success;
        case GetStatus::message_was_removing:
        case GetStatus::no_matched_message:
            return ResponseCode::pull_retry_immediately;
        case GetStatus::no_matched_logic_queue:
        case GetStatus::no_message_in_queue:
            return asked.value != 0 ? ResponseCode::pull_offset_moved : ResponseCode::pull_not_found;
        case GetStatus::offset_found_null:
        case GetStatus::offset_overflow_one:
            return ResponseCode::pull_not_found;
        case GetStatus::offset_overflow_badly:
        case GetStatus::offset_too_small:
            return ResponseCode::pull_offset_moved;
    }
    BROKERSIM_CHECK(false, "status {}", static_cast<int>(status));
}

/// The names of RocketMQ's constants, which stand in the remark of every answer to a pull, in the order of GetStatus.
constexpr std::array<const char*, 9> status_names{"FOUND",
                                                  "NO_MATCHED_MESSAGE",
                                                  "MESSAGE_WAS_REMOVING",
                                                  "OFFSET_FOUND_NULL",
                                                  "OFFSET_OVERFLOW_BADLY",
                                                  "OFFSET_OVERFLOW_ONE",
                                                  "OFFSET_TOO_SMALL",
                                                  "NO_MATCHED_LOGIC_QUEUE",
                                                  "NO_MESSAGE_IN_QUEUE"};
static_assert(static_cast<std::size_t>(GetStatus::found) == 0 &&
              static_cast<std::size_t>(GetStatus::no_message_in_queue) == status_names.size() - 1);

template <class... Args>
std::unexpected<Refusal> refuse(ResponseCode code, fmt::format_string<Args...> text, Args&&... args) {
    return std::unexpected(Refusal{code, fmt::format(text, std::forward<Args>(args)...)});
}

}  // namespace

PullProcessor::PullProcessor(const Surroundings& around, Address address, std::function<void(Request&&)> wake)
    : around_(around), address_(address), wake_(std::move(wake)), remarks_(status_names.begin(), status_names.end()) {}

void PullProcessor::process(Request&& request, LaneServer) {
    Host& host = around_.host;
    host.owe(around_.costs.pull_base);
    auto subject = check(request);
    if (!subject) {
        around_.answers.refuse_when_paid(request.origin, std::move(subject.error()));
        return;
    }
    const auto& pull = get<PullMessageRequest>(request.payload);
    auto result = around_.store.get(pull.topic, pull.queue_id, pull.queue_offset, pull.max_msg_nums, subject->filter);
    const Duration each = around_.config.transferMsgByHeap ? around_.costs.pull_per_message_heap
                                                           : around_.costs.pull_per_message_zero_copy;
    host.owe(each * static_cast<std::int64_t>(result.records.size()));
    const std::uint32_t slot = pulled_.put({std::move(request), std::move(*subject), std::move(result)});
    host.paid([this, slot] { finish(pulled_.take(slot)); });
}

/// PullMessageProcessor.processRequest, in its order.
std::expected<PullProcessor::Subject, Refusal> PullProcessor::check(const Request& request) {
    const auto& pull = get<PullMessageRequest>(request.payload);
    if ((around_.config.brokerPermission & protocol::perm::read) == 0)
        return refuse(ResponseCode::no_permission, "the broker[{}] pulling message is forbidden", to_text(address_));
    Subject subject;
    subject.group = around_.groups.find_or_create(pull.consumer_group);
    if (subject.group == nullptr)
        return refuse(ResponseCode::subscription_group_not_exist, "subscription group [{}] does not exist, ",
                      pull.consumer_group);
    if (!subject.group->consume_enable)
        return refuse(ResponseCode::no_permission, "subscription group no permission, {}", pull.consumer_group);
    subject.topic = around_.topics.find(pull.topic);
    if (subject.topic == nullptr)
        return refuse(ResponseCode::topic_not_exist, "topic[{}] not exist, apply first please! ", pull.topic);
    const auto& config = subject.topic->config;
    if ((config.perm & protocol::perm::read) == 0)
        return refuse(ResponseCode::no_permission, "the topic[{}] pulling message is forbidden", pull.topic);
    if (pull.queue_id < 0 || pull.queue_id >= config.read_queue_nums)
        return refuse(ResponseCode::invalid_parameter,
                      "queueId[{}] is illegal, topic:[{}] topicConfig.readQueueNums:[{}] consumer:[{}]", pull.queue_id,
                      pull.topic, config.read_queue_nums, to_text(request.origin.peer));
    auto filter = filter_of(pull, *subject.group);
    if (!filter) return std::unexpected(std::move(filter.error()));
    subject.filter = std::move(*filter);
    return subject;
}

std::expected<store::TagFilter, Refusal> PullProcessor::filter_of(const PullMessageRequest& pull,
                                                                  const SubscriptionGroup& group) {
    if ((pull.sys_flag & protocol::pull_flag::subscription) != 0) {
        auto wanted = client::parse_subscription(pull.topic, pull.subscription, pull.sub_version);
        if (wanted.sub_string == "*" || !wanted.codes.empty()) return std::move(wanted.codes);
        return refuse(ResponseCode::subscription_parse_failed, "parse the consumer's subscription failed");
    }
    const ConsumerGroup* consumers = around_.consumers.find(pull.consumer_group);
    if (consumers == nullptr)
        return refuse(ResponseCode::subscription_not_exist, "the consumer's group info not exist");
    if (!group.consume_broadcast_enable && consumers->broadcasting())
        return refuse(ResponseCode::no_permission, "the consumer group[{}] can not consume by broadcast way",
                      pull.consumer_group);
    const protocol::SubscriptionData* subscription = consumers->subscription(pull.topic);
    if (subscription == nullptr)
        return refuse(ResponseCode::subscription_not_exist, "the consumer's subscription not exist");
    if (subscription->sub_version < pull.sub_version)
        return refuse(ResponseCode::subscription_not_latest, "the consumer's subscription not latest");
    return subscription->sub_string == "*" ? store::TagFilter{} : subscription->codes;
}

void PullProcessor::finish(Pulled pulled) {
    const auto& pull = get<PullMessageRequest>(pulled.request.payload);
    const ResponseCode code = code_of(pulled.result.status, pull.queue_offset);
    const bool first_try = !pulled.request.woken;
    if (first_try && (pull.sys_flag & protocol::pull_flag::commit_offset) != 0)
        around_.offsets.commit(pull.consumer_group, pull.topic, pull.queue_id, pull.commit_offset);
    if (code != ResponseCode::pull_not_found || !first_try || (pull.sys_flag & protocol::pull_flag::suspend) == 0) {
        respond(pulled, code);
        return;
    }
    if (!around_.server.open(pulled.request.origin.connection)) return;  // it closed meanwhile
    const Duration timeout = around_.config.longPollingEnable
                                 ? Millis(std::clamp<std::int64_t>(pull.suspend_timeout_ms, 0, longest_hold_ms))
                                 : around_.config.shortPollingTimeMills;
    const QueueOffset from = pull.queue_offset;
    // A message may have arrived while the look-up was being paid, when nobody waited for it yet.
    const bool arrived = around_.store.max_offset(pull.topic, pull.queue_id) > from;
    pulled.request.woken = true;
    if (arrived)
        wake_(std::move(pulled.request));
    else
        around_.hold.hold(std::move(pulled.request), from, timeout, std::move(pulled.subject.filter));
}

void PullProcessor::respond(Pulled& pulled, ResponseCode code) {
    store::GetResult& result = pulled.result;
    if (code == ResponseCode::success) tell_served(pulled);
    around_.answers.respond(pulled.request.origin, code, remarks_[static_cast<std::size_t>(result.status)],
                            protocol::PullMessageResponse{.suggest_which_broker_id = protocol::master_id,
                                                          .next_begin_offset = result.next_begin_offset,
                                                          .min_offset = result.min_offset,
                                                          .max_offset = result.max_offset,
                                                          .records = std::move(result.records)});
}

/// One note for each run of messages that lie side by side: a filter may leave gaps.
void PullProcessor::tell_served(const Pulled& pulled) {
    const auto& pull = get<PullMessageRequest>(pulled.request.payload);
    const auto& records = pulled.result.records;
    const NameId queue = around_.topics.queue_name(*pulled.subject.topic, pull.queue_id);
    note::PullServed served{pulled.subject.group->name_id, queue, pull.queue_offset, 0, 0};
    if (pulled.subject.filter.empty()) {
        served.count = static_cast<std::int32_t>(records.size());
        served.bytes = static_cast<std::int32_t>(pulled.result.bytes);
    } else {
        for (const Slice& record : records) {
            BROKERSIM_CHECK(record.size() >= queue_offset_at + 8, "a record of {} bytes", record.size());
            const QueueOffset offset{store::load_big<std::int64_t>(record.bytes.data() + queue_offset_at)};
            if (offset != served.first + served.count) {
                if (served.count > 0) around_.host.note(served);
                served.first = offset;
                served.count = 0;
                served.bytes = 0;
            }
            ++served.count;
            served.bytes += static_cast<std::int32_t>(record.size());
        }
    }
    around_.host.note(served);
}

}  // namespace brokersim::broker
