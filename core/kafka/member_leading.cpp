#include <algorithm>
#include <set>

#include "core/check.h"
#include "core/client/route_table.h"
#include "core/kafka/group_member.h"
#include "core/kafka/queue_names.h"
#include "core/store/big_endian.h"

/// GroupMember: what the leader does with the group's subscriptions.
namespace brokersim::kafka {
namespace {

std::string digest_bytes(std::uint64_t digest) {
    std::string bytes(sizeof(digest), '\0');
    store::save_big(reinterpret_cast<std::byte*>(bytes.data()), digest);
    return bytes;
}

/// Whether the route's queues ask for another plan than the one that was made of `planned`. A broker that is missing
/// altogether is down; its queues stay its owners'.
bool outdated(const std::vector<protocol::MessageQueue>& planned, const std::vector<protocol::MessageQueue>& now) {
    std::set<std::string> brokers;
    for (const protocol::MessageQueue& queue : now) {
        if (!std::binary_search(planned.begin(), planned.end(), queue)) return true;
        brokers.insert(queue.broker);
    }
    return std::any_of(planned.begin(), planned.end(), [&](const protocol::MessageQueue& queue) {
        return brokers.contains(queue.broker) && !std::binary_search(now.begin(), now.end(), queue);
    });
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
    return route ? client::sorted_queues(topic, *route).queues : std::vector<protocol::MessageQueue>();
}

/// The queue's number among all queues of its topic; none if the route does not show it.
std::optional<TopicPartition> GroupMember::numbered(const TopicPartition& named) const {
    const protocol::MessageQueue queue = queue_of(named);
    const auto topic = numbering_.find(queue.topic);
    if (topic == numbering_.end()) return std::nullopt;
    const auto place = std::lower_bound(topic->second.begin(), topic->second.end(), queue);
    if (place == topic->second.end() || *place != queue) return std::nullopt;
    return TopicPartition{queue.topic, static_cast<std::int32_t>(place - topic->second.begin())};
}

/// Puts what the members say they own, or owned, into the numbers that the assignor works with.
void GroupMember::renumber_claims(std::vector<Subscriber>& members, const Assignor& assignor) const {
    for (Subscriber& member : members) {
        Subscription& said = member.subscription;
        std::vector<TopicPartition> owned;
        for (const TopicPartition& partition : said.owned_partitions)
            if (auto number = numbered(partition)) owned.push_back(*std::move(number));
        said.owned_partitions = std::move(owned);
        if (said.user_data)
            said.user_data = assignor.renamed(*std::move(said.user_data),
                                              [this](const TopicPartition& partition) { return numbered(partition); });
    }
}

/// A queue has one copy: its broker's rack is all that it has.
TopicMetadata GroupMember::metadata_of(const std::string& topic,
                                       const std::vector<protocol::MessageQueue>& queues) const {
    TopicMetadata metadata{topic, static_cast<std::int32_t>(queues.size()), {}};
    if (!options_.rack_of) return metadata;
    for (const protocol::MessageQueue& queue : queues) {
        std::string rack = options_.rack_of(queue.broker);
        metadata.racks.emplace_back();
        if (!rack.empty()) metadata.racks.back().push_back(std::move(rack));
    }
    return metadata;
}

void GroupMember::assign(std::vector<Subscriber> members) {
    bool all_known = true;
    std::vector<TopicMetadata> topics;
    for (auto& [topic, queues] : numbering_) {
        queues = queues_of(topic);
        all_known = all_known && !queues.empty();
        topics.push_back(metadata_of(topic, queues));
    }
    auto assignor = std::find_if(assignors_.begin(), assignors_.end(),
                                 [this](const auto& known) { return known->name() == generation_.protocol; });
    BROKERSIM_CHECK(assignor != assignors_.end(), "group {} selected {}, which was not offered", owner_.group(),
                    generation_.protocol);
    renumber_claims(members, **assignor);
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
void GroupMember::refresh_watched_routes() {
    if (phase_ != Phase::running || state_ != State::stable) return;
    std::vector<std::string> topics;
    for (const auto& [topic, queues] : numbering_) topics.push_back(topic);
    refresh_routes(std::move(topics), 0, [this, generation = generation_] {
        if (phase_ != Phase::running || state_ != State::stable || !generation.same(generation_)) return;
        bool all_known = true;
        for (const auto& [topic, queues] : numbering_) all_known = all_known && !queues_of(topic).empty();
        route_check_.set(all_known ? options_.config.metadata_max_age : options_.config.retry_backoff_max);
        look_at_routes();
    });
}

/// Compares the routes that the consumer knows, whoever asked for them, with those that were planned with; Kafka's
/// leader does so at each poll().
void GroupMember::look_at_routes() {
    if (phase_ != Phase::running || state_ != State::stable || joining_ || !leads()) return;
    for (const auto& [topic, queues] : numbering_)
        if (outdated(queues, queues_of(topic))) return request_rejoin();
}

}  // namespace brokersim::kafka
