#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/check.h"
#include "core/client/route_table.h"
#include "core/kafka/group_member.h"
#include "core/kafka/queue_names.h"
#include "core/store/big_endian.h"

/// GroupMember: what the leader does with the group's subscriptions, and what everybody does with an assignment.
namespace brokersim::kafka {
namespace {

std::string digest_bytes(std::uint64_t digest) {
    std::string bytes(sizeof(digest), '\0');
    store::save_big(reinterpret_cast<std::byte*>(bytes.data()), digest);
    return bytes;
}

std::uint64_t read_digest(const std::optional<std::string>& bytes) {
    if (!bytes || bytes->size() != sizeof(std::uint64_t)) return 0;
    return store::load_big<std::uint64_t>(reinterpret_cast<const std::byte*>(bytes->data()));
}

}  // namespace

void GroupMember::lead(const JoinGroupResponse& response) {
    std::vector<Subscriber> members;
    std::set<std::string> topics;
    for (const JoinedMember& joined : response.members) {
        auto subscription = decode_subscription(joined.metadata);
        BROKERSIM_CHECK(subscription.has_value(), "group {}: the subscription of {} cannot be read", owner_.group(),
                        joined.member_id);
        topics.insert(subscription->topics.begin(), subscription->topics.end());
        members.push_back({joined.member_id, joined.instance_id, std::move(*subscription)});
    }
    numbering_.clear();
    for (const std::string& topic : topics) numbering_[topic];
    refresh_routes({topics.begin(), topics.end()}, 0, [this, generation = generation_, members = std::move(members)] {
        if (phase_ != Phase::running || state_ != State::completing_rebalance || !generation.same(generation_)) return;
        assign(members);
    });
}

/// Asks for the routes one after the other.
void GroupMember::refresh_routes(std::vector<std::string> topics, std::size_t next, Task then) {
    if (next == topics.size()) return then();
    const std::string topic = topics[next];
    owner_.refresh_route(topic, [this, topics = std::move(topics), next, then = std::move(then)]() mutable {
        refresh_routes(std::move(topics), next + 1, std::move(then));
    });
}

std::vector<protocol::MessageQueue> GroupMember::queues_of(const std::string& topic) const {
    const auto route = owner_.route(topic);
    return route ? client::readable_queues(topic, *route) : std::vector<protocol::MessageQueue>();
}

void GroupMember::assign(const std::vector<Subscriber>& members) {
    bool all_known = true;
    std::vector<TopicMetadata> topics;
    for (auto& [topic, queues] : numbering_) {
        queues = queues_of(topic);
        all_known = all_known && !queues.empty();
        topics.push_back({topic, static_cast<std::int32_t>(queues.size()), {}});
    }
    auto assignor = std::find_if(assignors_.begin(), assignors_.end(),
                                 [this](const auto& known) { return known->name() == generation_.protocol; });
    BROKERSIM_CHECK(assignor != assignors_.end(), "group {} selected {}, which was not offered", owner_.group(),
                    generation_.protocol);
    const auto shares = (*assignor)->assign(topics, members);
    if (!shares) return join_again(options_.config.retry_backoff);  // the exception leaves poll; the next one joins
    const PartitionPlan& plan = *shares;

    std::uint64_t digest = 0;
    std::vector<Assignment> assignments(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        digest = mix64(digest ^ text_identity(members[i].member_id));
        for (const TopicPartition& partition : plan[i]) {
            const auto& queue = numbering_.at(partition.topic)[static_cast<std::size_t>(partition.partition)];
            assignments[i].partitions.push_back(partition_of(queue));
            const std::uint64_t topic = text_identity(assignments[i].partitions.back().topic);
            digest = mix64(digest ^ topic) + static_cast<std::uint64_t>(queue.queue_id);
        }
    }
    std::vector<MemberAssignment> encoded;
    for (std::size_t i = 0; i < members.size(); ++i) {
        assignments[i].user_data = digest_bytes(digest);
        encoded.push_back({members[i].member_id, encode_assignment(assignments[i])});
    }
    // A topic that is not there yet is asked for again soon.
    route_check_.set(all_known ? options_.config.metadata_max_age : options_.config.retry_backoff_max);
    send_sync(std::move(encoded));
}

/// Only the leader watches whether topics have got more queues, or fewer.
void GroupMember::watch_routes() {
    if (phase_ != Phase::running || state_ != State::stable) return;
    std::vector<std::string> topics;
    for (const auto& [topic, queues] : numbering_) topics.push_back(topic);
    refresh_routes(std::move(topics), 0, [this, generation = generation_] {
        if (phase_ != Phase::running || state_ != State::stable || !generation.same(generation_)) return;
        bool all_known = true;
        for (const auto& [topic, queues] : numbering_) {
            const auto now = queues_of(topic);
            all_known = all_known && !now.empty();
            if (now != queues) return request_rejoin();
        }
        route_check_.set(all_known ? options_.config.metadata_max_age : options_.config.retry_backoff_max);
    });
}

/// onJoinComplete.
void GroupMember::assigned(const Assignment& assignment) {
    const std::vector<std::string> topics = owner_.topics();
    std::vector<protocol::MessageQueue> queues;
    for (const TopicPartition& partition : assignment.partitions) {
        queues.push_back(queue_of(partition));
        if (!std::binary_search(topics.begin(), topics.end(), queues.back().topic)) return request_rejoin();
    }
    for (const auto& assignor : assignors_)
        if (assignor->name() == generation_.protocol) assignor->on_assignment(assignment, generation_.id);
    std::sort(queues.begin(), queues.end());
    assigned_ = std::move(queues);
    plan_digest_ = read_digest(assignment.user_data);
    untaken_ = assigned_.size();
    fetch_positions(++round_);
}

void GroupMember::fetch_positions(std::uint64_t round) {
    if (round != round_ || phase_ != Phase::running) return;
    if (untaken_ == 0) return all_taken();
    OffsetFetchRequest request{.group = owner_.group(), .partitions = {}};
    for (const protocol::MessageQueue& queue : assigned_) request.partitions.push_back(partition_of(queue));
    link_.ensure([this, round, request = std::move(request)]() mutable {
        link_.call<OffsetFetchResponse>(
            std::move(request), options_.config.request_timeout,
            [this, round](OffsetFetchResponse&& response) { positions_fetched(round, std::move(response)); });
    });
}

void GroupMember::positions_fetched(std::uint64_t round, OffsetFetchResponse&& response) {
    if (round != round_ || phase_ != Phase::running) return;
    if (response.error != Error::none) {
        if (response.error == Error::not_coordinator || response.error == Error::coordinator_not_available)
            link_.mark_unknown();
        host_.after(options_.config.retry_backoff, [this, round] { fetch_positions(round); });
        return;
    }
    for (const CommittedOffset& committed : response.offsets) {
        const protocol::MessageQueue queue = queue_of(committed.partition);
        if (committed.offset >= 0)
            take(round, queue, {committed.offset});
        else
            reset_position(round, queue);
    }
}

/// Nothing is committed: the consumer's rule decides, which needs an answer of the queue's broker.
void GroupMember::reset_position(std::uint64_t round, const protocol::MessageQueue& queue) {
    if (round != round_ || phase_ != Phase::running) return;
    std::optional<Address> broker;
    if (const auto route = owner_.route(queue.topic))
        for (const protocol::BrokerData& data : route->brokers)
            if (auto master = data.addresses.find(protocol::master_id);
                data.broker == queue.broker && master != data.addresses.end())
                broker = master->second;
    auto answered = [this, round, queue](const protocol::CallResult& result) {
        if (round != round_ || phase_ != Phase::running) return;
        if (const auto* found = result ? get_if<protocol::OffsetResponse>(&result->payload) : nullptr)
            return take(round, queue, {found->offset});
        owner_.refresh_route(queue.topic, [this, round, queue] {
            host_.after(options_.config.retry_backoff, [this, round, queue] { reset_position(round, queue); });
        });
    };
    if (!broker) return answered(std::unexpected(protocol::CallError::connect_failed));
    protocol::Payload question;
    switch (options_.from) {
        case protocol::ConsumeFromWhere::last_offset:
            question = protocol::GetMaxOffsetRequest{queue.topic, queue.queue_id};
            break;
        case protocol::ConsumeFromWhere::first_offset:
            question = protocol::GetMinOffsetRequest{queue.topic, queue.queue_id};
            break;
        case protocol::ConsumeFromWhere::timestamp:
            question = protocol::SearchOffsetRequest{queue.topic, queue.queue_id, options_.from_timestamp};
            break;
    }
    owner_.remoting().call(*broker, std::move(question), options_.config.request_timeout, std::move(answered));
}

void GroupMember::take(std::uint64_t round, const protocol::MessageQueue& queue, QueueOffset from) {
    owner_.take(queue, from, Duration::zero());
    if (round == round_ && --untaken_ == 0) all_taken();
}

void GroupMember::all_taken() {
    const std::uint64_t generation = mix64(static_cast<std::uint64_t>(generation_.id));
    host_.note(note::Rebalanced{group_, mix64(generation ^ plan_digest_), static_cast<std::int32_t>(assigned_.size()),
                                assigned_ != before_});
    before_ = assigned_;
}

/// The queue's position was outside what its broker has, and the consumer has dropped it.
void GroupMember::offset_moved(const protocol::MessageQueue& queue, QueueOffset corrected) {
    if (phase_ != Phase::running || joining_ || !std::binary_search(assigned_.begin(), assigned_.end(), queue)) return;
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
