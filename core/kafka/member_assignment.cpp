#include <algorithm>

#include "core/check.h"
#include "core/kafka/group_member.h"
#include "core/kafka/queue_names.h"
#include "core/kafka/start_position.h"
#include "core/store/big_endian.h"

/// GroupMember: what it does with an assignment, and its commits.
namespace brokersim::kafka {
namespace {

std::uint64_t read_digest(const std::optional<std::string>& bytes) {
    if (!bytes || bytes->size() != sizeof(std::uint64_t)) return 0;
    return store::load_big<std::uint64_t>(reinterpret_cast<const std::byte*>(bytes->data()));
}

}  // namespace

/// onJoinComplete. The poll loop stands in it until what this member has lost is given up.
void GroupMember::complete(const Assignment& assignment) {
    const std::vector<std::string> topics = owner_.topics();
    std::vector<protocol::MessageQueue> queues;
    for (const TopicPartition& partition : assignment.partitions) {
        queues.push_back(queue_of(partition));
        if (std::binary_search(topics.begin(), topics.end(), queues.back().topic)) continue;
        rejoin_needed_ = true;
        return end_join();
    }
    std::sort(queues.begin(), queues.end());
    std::vector<protocol::MessageQueue> lost;
    std::set_difference(assigned_.begin(), assigned_.end(), queues.begin(), queues.end(), std::back_inserter(lost));
    if (lost.empty()) return adopt(assignment, std::move(queues));

    rejoin_needed_ = true;  // so that somebody else can have it
    ++taking_;
    for (const protocol::MessageQueue& queue : lost)
        if (!untaken_.contains(queue)) giving_up_.push_back(queue);
    heartbeats_.hold_poll();
    owner_.quiesce(giving_up_, [this, assignment, queues = std::move(queues), generation = generation_,
                                round = ++round_]() mutable {
        if (round != round_ || phase_ != Phase::running) return;
        heartbeats_.release_poll();
        give_up();
        if (!generation.same(generation_)) return end_join();  // kicked out meanwhile: the rest is lost too
        adopt(assignment, std::move(queues));
    });
}

void GroupMember::adopt(const Assignment& assignment, std::vector<protocol::MessageQueue> queues) {
    for (const auto& assignor : assignors_)
        if (assignor->name() == generation_.protocol) assignor->on_assignment(assignment, generation_.id);
    assigned_ = std::move(queues);
    view_ = mix64(mix64(static_cast<std::uint64_t>(generation_.id)) ^ read_digest(assignment.user_data));
    const auto owned = owner_.owned();
    untaken_.clear();
    std::set_difference(assigned_.begin(), assigned_.end(), owned.begin(), owned.end(),
                        std::inserter(untaken_, untaken_.end()));
    fetch_positions(++taking_);
    end_join();
}

void GroupMember::end_join() {
    joining_ = false;
    if (rejoin_needed_) request_rejoin();
}

void GroupMember::fetch_positions(std::uint64_t taking) {
    if (taking != taking_ || phase_ != Phase::running) return;
    if (untaken_.empty()) return all_taken();
    OffsetFetchRequest request{.group = owner_.group(), .partitions = {}};
    for (const protocol::MessageQueue& queue : untaken_) request.partitions.push_back(partition_of(queue));
    link_.ensure([this, taking, request = std::move(request)]() mutable {
        link_.call<OffsetFetchResponse>(
            std::move(request), options_.config.request_timeout,
            [this, taking](OffsetFetchResponse&& response) { positions_fetched(taking, std::move(response)); });
    });
}

void GroupMember::positions_fetched(std::uint64_t taking, OffsetFetchResponse&& response) {
    if (taking != taking_ || phase_ != Phase::running) return;
    if (response.error != Error::none) {
        if (response.error == Error::not_coordinator || response.error == Error::coordinator_not_available)
            link_.mark_unknown();
        host_.after(options_.config.retry_backoff, [this, taking] { fetch_positions(taking); });
        return;
    }
    for (const CommittedOffset& committed : response.offsets) {
        const protocol::MessageQueue queue = queue_of(committed.partition);
        if (committed.offset >= 0)
            take(taking, queue, {committed.offset});
        else
            reset_position(taking, queue);
    }
}

/// Nothing is committed: the consumer's rule decides, which needs an answer of the queue's broker.
void GroupMember::reset_position(std::uint64_t taking, const protocol::MessageQueue& queue) {
    if (taking != taking_ || phase_ != Phase::running) return;
    const auto answered = [this, taking, queue](std::optional<QueueOffset> from) {
        if (taking != taking_ || phase_ != Phase::running) return;
        if (from) return take(taking, queue, *from);
        owner_.refresh_route(queue.topic, [this, taking, queue] {
            host_.after(options_.config.retry_backoff, [this, taking, queue] { reset_position(taking, queue); });
        });
    };
    ask_start(owner_, queue, {options_.from, options_.from_timestamp}, options_.config.request_timeout, answered);
}

void GroupMember::take(std::uint64_t taking, const protocol::MessageQueue& queue, QueueOffset from) {
    untaken_.erase(queue);
    owner_.take(queue, from, Duration::zero());
    if (taking == taking_ && untaken_.empty()) all_taken();
}

void GroupMember::all_taken() {
    host_.note(note::Rebalanced{group_, view_, static_cast<std::int32_t>(assigned_.size()), assigned_ != before_});
    before_ = assigned_;
}

/// The queue's position was outside what its broker has, and the consumer has dropped it.
void GroupMember::offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) {
    if (phase_ != Phase::running || !std::binary_search(assigned_.begin(), assigned_.end(), queue)) return;
    if (std::binary_search(giving_up_.begin(), giving_up_.end(), queue)) return;
    owner_.take(queue, corrected, Duration::zero());
}

void GroupMember::persist_offsets() {
    if (phase_ != Phase::running || joining_ || state_ != State::stable || commit_retry_) return;
    commit([this](CommitOutcome outcome) {
        if (outcome != CommitOutcome::retry || commit_retry_) return;
        commit_retry_ = true;
        host_.after(options_.config.retry_backoff, [this] {
            commit_retry_ = false;
            persist_offsets();
        });
    });
}

/// Commits the positions of all owned queues, changed or not; nothing to commit is a success.
void GroupMember::commit(Callback<void(CommitOutcome)> done) {
    OffsetCommitRequest request{.group = owner_.group(),
                                .generation = generation_.id,
                                .member_id = generation_.member_id,
                                .instance_id = options_.config.group_instance_id,
                                .offsets = {}};
    for (const protocol::MessageQueue& queue : owner_.owned())
        if (const std::int64_t position = owner_.position(queue); position >= 0)
            request.offsets.push_back({partition_of(queue), position});
    if (request.offsets.empty()) return done(CommitOutcome::done);
    link_.call<OffsetCommitResponse>(
        std::move(request), options_.config.request_timeout,
        [this, sent = generation_, done = std::move(done)](const OffsetCommitResponse& response) mutable {
            if (phase_ != Phase::ended) done(commit_answered(sent, response.error));
        });
}

GroupMember::CommitOutcome GroupMember::commit_answered(const Generation& sent, Error error) {
    switch (error) {
        case Error::none:
            return CommitOutcome::done;
        case Error::coordinator_not_available:
        case Error::not_coordinator:
        case Error::request_timed_out:
            link_.mark_unknown();
            return CommitOutcome::retry;
        case Error::coordinator_load_in_progress:
        case Error::unknown_topic_or_partition:
            return CommitOutcome::retry;
        case Error::rebalance_in_progress:
            request_rejoin();
            return CommitOutcome::failed;
        case Error::unknown_member_id:
        case Error::illegal_generation:
            if (sent.same(generation_)) reset_generation(error == Error::unknown_member_id);
            return CommitOutcome::failed;
        default:
            if (sent.same(generation_)) fail(error);
            return CommitOutcome::failed;
    }
}

}  // namespace brokersim::kafka
