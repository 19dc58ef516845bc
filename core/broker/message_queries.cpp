#include "core/broker/message_queries.h"

#include <utility>

#include <fmt/format.h>

namespace brokersim::broker {

using protocol::ResponseCode;

namespace {

constexpr std::int32_t most_of_a_unique_key = 32;  // defaultQueryMaxNum: takes the place of what the request says

}  // namespace

void MessageQueries::process(Request&& request, LaneServer) {
    around_.host.owe(around_.costs.small_request);
    const auto* query = get_if<protocol::QueryMessageRequest>(&request.payload);
    const std::uint32_t slot =
        found_.put(query != nullptr ? by_key(request.origin, *query)
                                    : by_offset(request.origin, get<protocol::ViewMessageRequest>(request.payload)));
    around_.host.paid([this, slot] { finish(found_.take(slot)); });
}

void MessageQueries::owe_messages(std::size_t messages) {
    const Duration each = around_.config.transferMsgByHeap ? around_.costs.pull_per_message_heap
                                                           : around_.costs.pull_per_message_zero_copy;
    around_.host.owe(each * static_cast<std::int64_t>(messages));
}

MessageQueries::Answer MessageQueries::by_key(const Origin& origin, const protocol::QueryMessageRequest& query) {
    auto found = around_.store.query(query.topic, query.key, query.unique_key ? most_of_a_unique_key : query.max_num,
                                     WallTime{Millis(query.begin_timestamp)}, WallTime{Millis(query.end_timestamp)});
    owe_messages(found.records.size());
    const bool any = !found.records.empty();
    return {
        origin, any ? ResponseCode::success : ResponseCode::query_not_found,
        any ? "" : "can not find message, maybe time range not correct",
        protocol::QueryMessageResponse{found.index_last_time, found.index_last_offset.value, std::move(found.records)}};
}

MessageQueries::Answer MessageQueries::by_offset(const Origin& origin, const protocol::ViewMessageRequest& view) {
    Slice record = around_.store.record_at({view.offset});
    if (record.empty())
        return {origin, ResponseCode::system_error, fmt::format("can not find message by the offset, {}", view.offset),
                protocol::Empty{}};
    owe_messages(1);
    return {origin, ResponseCode::success, "", protocol::ViewMessageResponse{std::move(record)}};
}

void MessageQueries::finish(Answer answer) {
    if (answer.code != ResponseCode::success)
        around_.host.note(note::Refused{answer.origin.code, static_cast<std::int32_t>(answer.code)});
    around_.answers.respond(answer.origin, answer.code, answer.remark, std::move(answer.payload));
}

}  // namespace brokersim::broker
