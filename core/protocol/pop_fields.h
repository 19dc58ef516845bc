#pragma once

#include "core/protocol/fields.h"
#include "core/protocol/pop_messages.h"

/// Ext fields of POP's payloads; see fields.h.
namespace brokersim::protocol {

template <class F, Is<PopMessageRequest> M>
void describe(F& fields, M& m) {
    fields.required("consumerGroup", m.consumer_group);
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
    fields.required("maxMsgNums", m.max_msg_nums);
    fields.required("invisibleTime", m.invisible_time);
    fields.required("pollTime", m.poll_time);
    fields.required("bornTime", m.born_time);
    fields.required("initMode", m.init_mode);
    fields.only("expType", "TAG");
    fields.unless("exp", m.expression, std::string_view());
    fields.only("order", "false");
}

template <class F, Is<PopMessageResponse> M>
void describe(F& fields, M& m) {
    fields.required("popTime", m.pop_time);
    fields.required("invisibleTime", m.invisible_time);
    fields.required("reviveQid", m.revive_queue_id);
    fields.required("restNum", m.rest_num);
    fields.optional("startOffsetInfo", m.start_offset_info);
    fields.optional("msgOffsetInfo", m.msg_offset_info);
}

template <class F, Is<AckMessageRequest> M>
void describe(F& fields, M& m) {
    fields.required("consumerGroup", m.consumer_group);
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
    fields.required("extraInfo", m.extra_info);
    fields.required("offset", m.offset);
}

template <class F, Is<ChangeInvisibleTimeRequest> M>
void describe(F& fields, M& m) {
    fields.required("consumerGroup", m.consumer_group);
    fields.required("topic", m.topic);
    fields.required("queueId", m.queue_id);
    fields.required("extraInfo", m.extra_info);
    fields.required("offset", m.offset);
    fields.required("invisibleTime", m.invisible_time);
}

template <class F, Is<ChangeInvisibleTimeResponse> M>
void describe(F& fields, M& m) {
    fields.required("popTime", m.pop_time);
    fields.required("invisibleTime", m.invisible_time);
    fields.required("reviveQid", m.revive_queue_id);
}

/// These say everything in their body.
template <class F, class M>
    requires Is<M, QueryAssignmentRequest> || Is<M, QueryAssignmentResponse> || Is<M, SetRequestModeRequest>
void describe(F&, M&) {}

}  // namespace brokersim::protocol
