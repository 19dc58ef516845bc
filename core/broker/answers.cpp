#include "core/broker/answers.h"

#include <utility>

namespace brokersim::broker {

void Answers::respond(const Origin& origin, protocol::ResponseCode code, Text remark, protocol::Payload payload) {
    if (origin.one_way) return;
    server_.respond(origin.connection, origin.opaque, code, std::move(remark), std::move(payload));
}

void Answers::refuse(const Origin& origin, Refusal refusal) {
    host_.note(note::Refused{origin.code, static_cast<std::int32_t>(refusal.code)});
    respond(origin, refusal.code, std::move(refusal.remark));
}

void Answers::refuse_when_paid(const Origin& origin, Refusal refusal) {
    const std::uint32_t slot = waiting_.put({origin, std::move(refusal)});
    host_.paid([this, slot] {
        Waiting waiting = waiting_.take(slot);
        refuse(waiting.origin, std::move(waiting.refusal));
    });
}

}  // namespace brokersim::broker
