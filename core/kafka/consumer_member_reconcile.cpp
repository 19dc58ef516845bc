#include <algorithm>

#include "core/check.h"
#include "core/kafka/consumer_group.h"
#include "core/kafka/consumer_member.h"
#include "core/kafka/queue_names.h"

/// ConsumerMember: from the assignment that a heartbeat brought to what the consumer owns; commits.
namespace brokersim::kafka {

void ConsumerMember::assigned(IdPartitions target) {
    if (target != target_ || target_version_ == 0) {
        target_ = std::move(target);
        ++target_version_;
    }
    if (!reconciled()) {
        state_ = State::reconciling;
        reconcile();
    } else if (state_ == State::joining || state_ == State::reconciling) {
        state_ = State::stable;
    }
}

void ConsumerMember::reconcile() {
    if (state_ != State::reconciling || reconciling_ || reconciled()) return;
    next_ = resolve();
    next_version_ = target_version_;
    if (unresolved_) resolve_again();
    if (adopted_version_ != 0 && next_ == assigned_) {  // nothing changes (yet), which is acknowledged all the same
        if (adopted_version_ == next_version_) return;
        adopted_version_ = next_version_;
        ++owned_version_;
        state_ = State::acknowledging;
        return beat_now();
    }
    reconciling_ = true;
    const std::uint64_t round = ++round_;
    const std::vector<protocol::MessageQueue> owned = owner_.owned();
    std::vector<protocol::MessageQueue> revoked;
    for (const auto& [partition, queue] : assigned_)
        if (!next_.contains(partition) && std::ranges::binary_search(owned, queue)) revoked.push_back(queue);
    poll_deadline_.set(options_.config.max_poll_interval);
    owner_.quiesce(std::move(revoked), [this, round] {
        if (round != round_) return;
        poll_deadline_.clear();
        revoke_deadline_.set(options_.config.max_poll_interval);
        commit_before_revoke(round);
    });
}

/// Repeated until it succeeds, or cannot, or the rebalance timeout is over.
void ConsumerMember::commit_before_revoke(std::uint64_t round) {
    if (round != round_) return;
    commit([this, round](CommitOutcome outcome) {
        if (round != round_) return;
        if (outcome != CommitOutcome::retry) return adopt();
        host_.after(options_.config.retry_backoff, [this, round] { commit_before_revoke(round); });
    });
}

/// What is not in the assignment is given up; what is new is taken as soon as its position is known.
void ConsumerMember::adopt() {
    BROKERSIM_CHECK(reconciling_, "group {}: nothing to adopt", owner_.group());
    ++round_;
    reconciling_ = false;
    revoke_deadline_.clear();
    const Queues before = std::exchange(assigned_, std::move(next_));
    adopted_version_ = next_version_;
    ++owned_version_;
    const std::vector<protocol::MessageQueue> owned = owner_.owned();
    for (const auto& [partition, queue] : before) {
        if (assigned_.contains(partition)) continue;
        positions_.forget(queue);
        if (std::ranges::binary_search(owned, queue)) owner_.drop(queue);
    }
    for (const auto& [partition, queue] : assigned_)
        if (!before.contains(partition)) positions_.want(queue);
    host_.note(note::Rebalanced{group_, mix64(static_cast<std::uint64_t>(epoch_)),
                                static_cast<std::int32_t>(assigned_.size()), before != assigned_});
    if (state_ == State::reconciling) {
        state_ = State::acknowledging;
        beat_now();
    }
    positions_.fetch();
}

/// The target, as far as its topics' names are known.
ConsumerMember::Queues ConsumerMember::resolve() {
    Queues queues;
    unresolved_ = false;
    bool learned = false;
    for (const TopicIdPartition& partition : target_) {
        auto name = names_.find(partition.topic);
        if (name == names_.end() && !learned) {
            learned = true;
            for (const std::string& topic : owner_.topics())
                if (const auto route = owner_.route(topic))
                    for (const protocol::QueueData& data : route->queues)
                        names_.try_emplace(topic_id(part_of_topic(topic, data.broker)),
                                           protocol::MessageQueue{topic, data.broker, 0});
            name = names_.find(partition.topic);
        }
        if (name == names_.end()) {
            unresolved_ = true;
            continue;
        }
        protocol::MessageQueue queue = name->second;
        queue.queue_id = partition.partition;
        queues.emplace(partition, std::move(queue));
    }
    return queues;
}

/// Asks for the routes, and tries again.
void ConsumerMember::resolve_again() {
    if (resolving_) return;
    resolving_ = true;
    host_.after(options_.config.retry_backoff_max, [this] {
        refresh_routes(0, [this] {
            resolving_ = false;
            if (!unresolved_) return;
            if (reconciling_ || state_ != State::reconciling) return resolve_again();
            reconcile();
        });
    });
}

void ConsumerMember::refresh_routes(std::size_t next, Task then) {
    const std::vector<std::string> topics = owner_.topics();
    if (next == topics.size()) return then();
    owner_.refresh_route(topics[next],
                         [this, next, then = std::move(then)]() mutable { refresh_routes(next + 1, std::move(then)); });
}

bool ConsumerMember::has(const protocol::MessageQueue& queue) const {
    return std::ranges::any_of(assigned_, [&](const auto& entry) { return entry.second == queue; });
}

/// The queue's position was outside what its broker has, and the consumer has dropped it.
void ConsumerMember::offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) {
    const bool in_group = state_ == State::reconciling || state_ == State::acknowledging || state_ == State::stable;
    const bool leaves =
        reconciling_ && std::ranges::none_of(next_, [&](const auto& entry) { return entry.second == queue; });
    if (in_group && !leaves && has(queue)) owner_.take(queue, corrected, Duration::zero());
}

// --- commits ------------------------------------------------------------------------------------------------

void ConsumerMember::persist_offsets() {
    const bool in_group = state_ == State::reconciling || state_ == State::acknowledging || state_ == State::stable;
    if (!in_group || epoch_ <= 0 || commit_retry_) return;
    commit([this, epoch = epoch_](CommitOutcome outcome) {
        // With a stale epoch the next interval's commit will do.
        if (outcome != CommitOutcome::retry || commit_retry_ || epoch != epoch_) return;
        commit_retry_ = true;
        host_.after(options_.config.retry_backoff, [this] {
            commit_retry_ = false;
            persist_offsets();
        });
    });
}

/// Commits the positions of all owned queues, changed or not; nothing to commit is a success.
void ConsumerMember::commit(Callback<void(CommitOutcome)> done) {
    OffsetCommitRequest request{.group = owner_.group(),
                                .generation = epoch_,
                                .member_id = member_id_,
                                .instance_id = options_.config.group_instance_id,
                                .offsets = {}};
    for (const protocol::MessageQueue& queue : owner_.owned())
        if (const std::int64_t position = owner_.position(queue); position >= 0)
            request.offsets.push_back({partition_of(queue), position});
    if (request.offsets.empty()) return done(CommitOutcome::done);
    link_.call<OffsetCommitResponse>(std::move(request), options_.config.request_timeout,
                                     [this, done = std::move(done)](const OffsetCommitResponse& response) mutable {
                                         if (state_ != State::unsubscribed && state_ != State::fatal)
                                             done(commit_answered(response.error));
                                     });
}

/// What the coordinator thinks of the member is left to heartbeats to find out.
ConsumerMember::CommitOutcome ConsumerMember::commit_answered(Error error) {
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
        case Error::stale_member_epoch:  // a heartbeat under way brings the newer one
            return CommitOutcome::retry;
        default:
            return CommitOutcome::failed;
    }
}

}  // namespace brokersim::kafka
