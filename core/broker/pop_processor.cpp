#include "core/broker/pop_processor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/client/subscription.h"
#include "core/store/properties.h"
#include "core/store/record.h"

namespace brokersim::broker {

using protocol::PopMessageRequest;
using protocol::PopSource;
using protocol::ResponseCode;
using protocol::to_text;
using store::GetStatus;

namespace {

constexpr std::int64_t late_ms = 500;  // PopMessageRequestHeader.isTimeoutTooMuch
constexpr std::int32_t most_messages = 32;
constexpr std::string_view handle_property = "POP_CK";

template <class... Args>
std::unexpected<Refusal> refuse(ResponseCode code, fmt::format_string<Args...> text, Args&&... args) {
    return std::unexpected(Refusal{code, fmt::format(text, std::forward<Args>(args)...)});
}

/// A revived message as it goes out: of its original topic, with what an acknowledgement needs.
Slice recoded(const store::RecordView& record, std::string_view topic, const std::string& handle) {
    store::RecordFields fields = record.fields();
    std::string properties(record.properties());
    if (store::find_property(properties, handle_property).empty())
        store::append_property(properties, handle_property, handle);
    fields.topic = topic;
    fields.properties = properties;
    auto block = HeapBlock::make(static_cast<std::size_t>(store::encoded_size(fields)));
    store::encode_record(fields, block->writable());
    return block->slice();
}

}  // namespace

void PopProcessor::process(Request&& request, LaneServer server) {
    around_.host.owe(around_.costs.pull_base);
    Origin origin = request.origin;
    auto popping = check(std::move(request), origin);
    if (!popping) {
        around_.answers.refuse_when_paid(origin, std::move(popping.error()));
        return;
    }
    (*popping)->server = std::move(server);
    go_on(std::move(*popping));
}

/// PopMessageProcessor.processRequest, in its order.
std::expected<PopProcessor::PoppingPtr, Refusal> PopProcessor::check(Request&& request, Origin& origin) {
    const auto& pop = get<PopMessageRequest>(request.payload);
    const std::string ip = protocol::ip_text(address_);
    const std::int64_t now = epoch_ms(around_.host.wall_ms());
    if (now - pop.born_time - pop.poll_time > late_ms)
        return refuse(ResponseCode::polling_timeout, "the broker[{}] pop message is timeout too much", ip);
    if ((around_.config.brokerPermission & protocol::perm::read) == 0)
        return refuse(ResponseCode::no_permission, "the broker[{}] pop message is forbidden", ip);
    if (pop.max_msg_nums > most_messages)
        return refuse(ResponseCode::invalid_parameter, "the broker[{}] pop message's num is greater than 32", ip);
    Topic* topic = around_.topics.find(pop.topic);
    if (topic == nullptr)
        return refuse(ResponseCode::topic_not_exist, "topic[{}] not exist, apply first please! ", pop.topic);
    if ((topic->config.perm & protocol::perm::read) == 0)
        return refuse(ResponseCode::no_permission, "the topic[{}] peeking message is forbidden", pop.topic);
    if (pop.queue_id >= topic->config.read_queue_nums)
        return refuse(ResponseCode::invalid_parameter,
                      "queueId[{}] is illegal, topic:[{}] topicConfig.readQueueNums:[{}] consumer:[{}]", pop.queue_id,
                      pop.topic, topic->config.read_queue_nums, to_text(origin.peer));
    const SubscriptionGroup* group = around_.groups.find_or_create(pop.consumer_group);
    if (group == nullptr)
        return refuse(ResponseCode::subscription_group_not_exist, "subscription group [{}] does not exist, ",
                      pop.consumer_group);
    if (!group->consume_enable)
        return refuse(ResponseCode::no_permission, "subscription group no permission, {}", pop.consumer_group);
    auto popping = std::make_unique<Popping>();
    popping->filter = client::parse_subscription(pop.topic, pop.expression, 0).codes;
    popping->group = group->name_id;
    popping->response.pop_time = now;
    popping->response.invisible_time = pop.invisible_time;
    popping->request = std::move(request);
    plan(*popping, *topic);
    return popping;
}

void PopProcessor::plan(Popping& popping, Topic& topic) {
    const PopMessageRequest& pop = popping.pop();
    popping.response.revive_queue_id =
        static_cast<std::int32_t>(pops_++ % static_cast<std::uint64_t>(around_.config.reviveQueueNum));
    const std::uint64_t drawn = around_.host.draw(
        Purpose::pick_queue, mix64(text_identity(around_.host.node_name()) ^ around_.host.incarnation()), draws_++);
    const std::uint64_t chance = below(drawn, 100);
    Topic* retry = around_.topics.find(protocol::pop_retry_topic(pop.topic, pop.consumer_group));
    const bool retry_first = static_cast<std::int64_t>(chance) < around_.config.popFromRetryProbability;
    if (retry_first) add_stops(popping, retry, PopSource::retry, chance);
    if (pop.queue_id < 0)
        add_stops(popping, &topic, PopSource::normal, chance);
    else
        popping.stops.push_back({&topic, pop.queue_id, PopSource::normal});
    if (!retry_first) add_stops(popping, retry, PopSource::retry, chance);
}

void PopProcessor::add_stops(Popping& popping, Topic* topic, PopSource source, std::uint64_t first) const {
    if (topic == nullptr) return;
    const auto queues = static_cast<std::uint64_t>(topic->config.read_queue_nums);
    for (std::uint64_t i = 0; i < queues; ++i)
        popping.stops.push_back({topic, static_cast<std::int32_t>((first + i) % queues), source});
}

/// Looks into one queue after the other, until a check point has to be waited for or all are done.
void PopProcessor::go_on(PoppingPtr popping) {
    while (popping->next_stop < popping->stops.size()) {
        const Stop stop = popping->stops[popping->next_stop++];
        if (!look_into(popping, stop)) return;
    }
    around_.host.paid([this, popping = std::move(popping)]() mutable { finish(std::move(popping)); });
}

/// False if the pop goes on by itself, later.
bool PopProcessor::look_into(PoppingPtr& popping, const Stop& stop) {
    const std::string& topic = stop.topic->config.topic;
    PopQueues::Queue& queue = around_.queues.queue(popping->pop().consumer_group, topic, stop.queue_id);
    std::int64_t start = position(*popping, stop, queue, false);
    const std::int64_t max = around_.store.max_offset(topic, stop.queue_id).value;
    if (!queue.try_lock()) {
        popping->response.rest_num += max - start;
        return true;
    }
    start = position(*popping, stop, queue, true);
    if (popping->room() <= 0) {
        popping->response.rest_num += max - start;
        queue.unlock();
        return true;
    }
    const auto read = [&] {
        return around_.store.get(topic, stop.queue_id, {start}, popping->room(), popping->filter);
    };
    auto result = read();
    if (result.status == GetStatus::offset_too_small || result.status == GetStatus::offset_overflow_badly ||
        result.status == GetStatus::offset_found_null) {
        around_.offsets.commit(popping->pop().consumer_group, topic, stop.queue_id, result.next_begin_offset.value);
        start = result.next_begin_offset.value;
        result = read();
    }
    const Duration each = around_.config.transferMsgByHeap ? around_.costs.pull_per_message_heap
                                                           : around_.costs.pull_per_message_zero_copy;
    around_.host.owe(each * static_cast<std::int64_t>(result.records.size()));
    if (!result.records.empty()) {
        take(popping, stop, queue, start, std::move(result));
        return false;
    }
    if (result.status == GetStatus::no_matched_message || result.status == GetStatus::offset_found_null ||
        result.status == GetStatus::message_was_removing)
        around_.queues.pass_over(queue, result.next_begin_offset.value);
    popping->response.rest_num += result.max_offset.value - result.next_begin_offset.value;
    queue.unlock();
    return true;
}

/// Writes the check point down, and holds the queue and the lane's server until it is stored.
void PopProcessor::take(PoppingPtr& popping, const Stop& stop, PopQueues::Queue& queue, std::int64_t start,
                        store::GetResult result) {
    const auto& response = popping->response;
    PopCheckPoint point{.start_offset = start,
                        .pop_time = response.pop_time,
                        .invisible_time = response.invisible_time,
                        .num = static_cast<std::int32_t>(result.records.size()),
                        .queue_id = stop.queue_id,
                        .topic = stop.topic->config.topic,
                        .group = popping->pop().consumer_group,
                        .offset_deltas = {},
                        .broker = broker_};
    std::vector<std::int64_t> offsets;
    for (const Slice& bytes : result.records) {
        const auto record = store::decode_record(bytes.bytes);
        BROKERSIM_CHECK(record.has_value(), "the store gave something that is no record");
        offsets.push_back(record->queue_offset().value);
        point.offset_deltas.push_back(static_cast<std::int32_t>(offsets.back() - start));
    }
    protocol::add_start_offset(popping->response.start_offset_info, stop.source, stop.queue_id, start);
    protocol::add_message_offsets(popping->response.msg_offset_info, stop.source, stop.queue_id, offsets);
    add_records(*popping, stop, start, result);
    const NameId name = around_.topics.queue_name(*stop.topic, stop.queue_id);
    const note::PullServed served{popping->group,
                                  name,
                                  {offsets.front()},
                                  static_cast<std::int32_t>(offsets.size()),
                                  static_cast<std::int32_t>(result.bytes)};
    const std::int64_t next = result.next_begin_offset.value;
    const std::int32_t revive_queue = response.revive_queue_id;
    popping->response.rest_num += result.max_offset.value - next;
    around_.queues.remember(queue, std::move(point), revive_queue, next,
                            [this, popping = std::move(popping), &queue, served]() mutable {
                                queue.unlock();
                                around_.host.note(served);
                                go_on(std::move(popping));
                            });
}

void PopProcessor::add_records(Popping& popping, const Stop& stop, std::int64_t start, const store::GetResult& result) {
    auto& response = popping.response;
    for (const Slice& bytes : result.records) {
        if (stop.source == PopSource::normal) {
            response.records.push_back(bytes);
            continue;
        }
        const auto record = store::decode_record(bytes.bytes);
        const protocol::PopHandle handle{.start_offset = start,
                                         .pop_time = response.pop_time,
                                         .invisible_time = response.invisible_time,
                                         .revive_queue_id = response.revive_queue_id,
                                         .source = stop.source,
                                         .broker = broker_,
                                         .queue_id = stop.queue_id,
                                         .offset = record->queue_offset().value};
        response.records.push_back(recoded(*record, popping.pop().topic, to_text(handle)));
    }
}

/// PopMessageProcessor.getPopOffset; `keep`: a position that the group did not have yet is committed at once.
std::int64_t PopProcessor::position(const Popping& popping, const Stop& stop, const PopQueues::Queue& queue,
                                    bool keep) {
    const PopMessageRequest& pop = popping.pop();
    const std::string& topic = stop.topic->config.topic;
    std::int64_t offset = around_.offsets.query(pop.consumer_group, topic, stop.queue_id);
    if (offset < 0) {
        if (pop.init_mode == static_cast<std::int32_t>(protocol::PopInitMode::min) || stop.source == PopSource::retry)
            offset = around_.store.min_offset(topic, stop.queue_id).value;
        else if (around_.config.initPopOffsetByCheckMsgInMem &&
                 around_.store.min_offset(topic, stop.queue_id).value <= 0 &&
                 around_.store.in_memory(topic, stop.queue_id, {0}))
            offset = 0;
        else
            offset = std::max<std::int64_t>(around_.store.max_offset(topic, stop.queue_id).value - 1, 0);
        if (keep) around_.offsets.commit(pop.consumer_group, topic, stop.queue_id, offset);
    }
    return std::max(offset, queue.latest());
}

void PopProcessor::finish(PoppingPtr popping) {
    const PopMessageRequest pop = popping->pop();
    const std::int64_t rest = popping->response.rest_num;
    const auto wake_next = [&] {
        if (rest > 0) around_.hold.wake_one(pop.topic, pop.consumer_group, pop.queue_id);
    };
    if (!popping->response.records.empty()) {
        wake_next();
        respond(*popping, ResponseCode::success, "FOUND");
        return;
    }
    if (!around_.server.open(popping->request.origin.connection)) return;  // it closed meanwhile
    HoldOutcome outcome = HoldOutcome::timed_out;
    if (pop.poll_time > 0)
        outcome = around_.hold.hold(std::move(popping->request), pop.born_time + pop.poll_time, popping->filter);
    if (outcome == HoldOutcome::held)
        wake_next();
    else
        respond(*popping, outcome == HoldOutcome::full ? ResponseCode::polling_full : ResponseCode::polling_timeout,
                "NO_MESSAGE_IN_QUEUE");
}

void PopProcessor::respond(Popping& popping, ResponseCode code, const char* remark) {
    around_.answers.respond(popping.request.origin, code, remark, std::move(popping.response));
}

}  // namespace brokersim::broker
