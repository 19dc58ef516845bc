#include "core/kafka/consumer_member_positions.h"

#include "core/kafka/queue_names.h"

namespace brokersim::kafka {

MemberPositions::MemberPositions(client::QueueOwner& owner, CoordinatorLink& link, const MemberConfig& config,
                                 StartPosition start, Callback<Identity()> identity)
    : owner_(owner), host_(owner.host()), link_(link), config_(config), start_(start), identity_(std::move(identity)) {}

bool MemberPositions::wants(const protocol::MessageQueue& queue, std::uint64_t ticket) const {
    const auto found = wanted_.find(queue);
    return found != wanted_.end() && found->second == ticket;
}

void MemberPositions::fetch() {
    if (fetching_) return;
    Tickets asked;
    for (const auto& [queue, ticket] : wanted_) {
        const auto reset = being_reset_.find(queue);
        if (reset == being_reset_.end() || reset->second != ticket) asked.emplace(queue, ticket);
    }
    if (asked.empty()) return;
    fetching_ = true;
    link_.ensure([this, asked = std::move(asked)]() mutable {
        const Identity member = identity_();
        OffsetFetchRequest request{.group = owner_.group(), .partitions = {}};
        for (const auto& [queue, ticket] : asked) request.partitions.push_back(partition_of(queue));
        request.member_id = member.member_id;
        request.member_epoch = member.epoch;
        link_.call<OffsetFetchResponse>(
            std::move(request), config_.request_timeout,
            [this, asked = std::move(asked)](OffsetFetchResponse&& response) { fetched(asked, response); });
    });
}

void MemberPositions::fetch_later() {
    host_.after(config_.retry_backoff, [this] {
        fetching_ = false;
        fetch();
    });
}

void MemberPositions::fetched(const Tickets& asked, const OffsetFetchResponse& response) {
    if (response.error != Error::none) {
        if (response.error == Error::not_coordinator || response.error == Error::coordinator_not_available)
            link_.mark_unknown();
        return fetch_later();  // an epoch that was stale will be another one then
    }
    fetching_ = false;
    for (const CommittedOffset& committed : response.offsets) {
        const protocol::MessageQueue queue = queue_of(committed.partition);
        const auto ticket = asked.find(queue);
        if (ticket == asked.end() || !wants(queue, ticket->second)) continue;
        if (committed.offset >= 0) {
            take(queue, {committed.offset});
        } else {
            being_reset_[queue] = ticket->second;
            reset(queue, ticket->second);
        }
    }
    fetch();  // what came to be wanted meanwhile
}

void MemberPositions::reset(const protocol::MessageQueue& queue, std::uint64_t ticket) {
    if (!wants(queue, ticket)) return;
    ask_start(owner_, queue, start_, config_.request_timeout, [this, queue, ticket](std::optional<QueueOffset> from) {
        if (!wants(queue, ticket)) return;
        if (from) return take(queue, *from);
        owner_.refresh_route(queue.topic, [this, queue, ticket] {
            host_.after(config_.retry_backoff, [this, queue, ticket] { reset(queue, ticket); });
        });
    });
}

void MemberPositions::take(const protocol::MessageQueue& queue, QueueOffset from) {
    wanted_.erase(queue);
    being_reset_.erase(queue);
    owner_.take(queue, from, Duration::zero());
}

}  // namespace brokersim::kafka
