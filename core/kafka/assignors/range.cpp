#include "core/kafka/assignors/range.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/kafka/assignors/member_order.h"

namespace brokersim::kafka {
namespace {

/// The state of one topic while it is shared out (RangeAssignor.TopicAssignmentState). Consumers are indexes into its
/// subscribers.
class TopicState {
public:
    TopicState(const TopicMetadata& topic, std::vector<std::size_t> subscribers, const std::vector<Subscriber>& members)
        : topic_(topic), subscribers_(std::move(subscribers)) {
        const auto consumers = static_cast<std::int32_t>(subscribers_.size());
        quota_ = topic.partitions / consumers;
        extras_ = topic.partitions % consumers;
        given_.resize(subscribers_.size());
        taken_.resize(static_cast<std::size_t>(topic.partitions));
        bool any_rack = false;
        for (const std::size_t member : subscribers_) {
            const auto& rack = members[member].subscription.rack;
            racks_.push_back(rack.value_or(""));
            any_rack = any_rack || !racks_.back().empty();
        }
        if (any_rack) record_partition_racks();
    }

    const TopicMetadata& topic() const { return topic_; }
    const std::vector<std::size_t>& subscribers() const { return subscribers_; }
    bool rack_mode() const { return rack_mode_; }
    std::size_t recorded_partitions() const { return partition_racks_.size(); }
    bool rack_fits(std::size_t consumer, std::int32_t partition) const {
        if (racks_[consumer].empty()) return true;
        const auto place = static_cast<std::size_t>(partition);
        return place < partition_racks_.size() && partition_racks_[place].contains(racks_[consumer]);
    }
    /// How many more partitions the consumer may get.
    std::int32_t room(std::size_t consumer) const {
        return std::max(0, quota_ + (extras_ > 0 ? 1 : 0) - count(consumer));
    }
    /// The first partition from `at` on that is not assigned; behind the last one if there is none.
    std::int32_t next_unassigned(std::int32_t at) const {
        at = std::max(at, first_unassigned_);
        while (at < topic_.partitions && taken_[static_cast<std::size_t>(at)]) ++at;
        return at;
    }

    /// Gives unassigned partitions to the consumer.
    void give(std::size_t consumer, const std::vector<std::int32_t>& partitions) {
        if (partitions.empty()) return;
        given_[consumer].insert(given_[consumer].end(), partitions.begin(), partitions.end());
        for (const std::int32_t partition : partitions) taken_[static_cast<std::size_t>(partition)] = true;
        first_unassigned_ = next_unassigned(first_unassigned_);
        if (count(consumer) > quota_) --extras_;
    }
    /// Adds what was given to each consumer, sorted, to the members' lists.
    void deliver(std::vector<std::vector<TopicPartition>>& result) {
        for (std::size_t consumer = 0; consumer < subscribers_.size(); ++consumer) {
            std::sort(given_[consumer].begin(), given_[consumer].end());
            for (const std::int32_t partition : given_[consumer])
                result[subscribers_[consumer]].push_back({topic_.topic, partition});
        }
    }

private:
    std::int32_t count(std::size_t consumer) const { return static_cast<std::int32_t>(given_[consumer].size()); }
    void record_partition_racks() {
        std::set<std::string_view> all;
        partition_racks_.resize(static_cast<std::size_t>(topic_.partitions));
        for (std::size_t p = 0; p < partition_racks_.size() && p < topic_.racks.size(); ++p) {
            partition_racks_[p].insert(topic_.racks[p].begin(), topic_.racks[p].end());
            all.insert(topic_.racks[p].begin(), topic_.racks[p].end());
        }
        const bool common = std::any_of(racks_.begin(), racks_.end(),
                                        [&](const std::string& rack) { return !rack.empty() && all.contains(rack); });
        rack_mode_ = common && std::any_of(partition_racks_.begin(), partition_racks_.end(),
                                           [&](const auto& racks) { return racks != all; });
    }

    const TopicMetadata& topic_;
    std::vector<std::size_t> subscribers_;  // indexes of members
    std::vector<std::string> racks_;        // of the subscribers; empty: none
    std::vector<std::set<std::string_view>> partition_racks_;
    std::vector<bool> taken_;  // by partition
    std::int32_t first_unassigned_ = 0;
    std::vector<std::vector<std::int32_t>> given_;  // by consumer
    std::int32_t quota_ = 0;
    std::int32_t extras_ = 0;
    bool rack_mode_ = false;
};

/// Gives each consumer in turn as many of the first unassigned partitions as it may get and `fits` accepts.
template <class Fits>
void range_pass(TopicState& state, Fits fits) {
    const std::int32_t end = state.topic().partitions;
    for (std::size_t consumer = 0; consumer < state.subscribers().size(); ++consumer) {
        std::vector<std::int32_t> taken;
        const auto room = static_cast<std::size_t>(state.room(consumer));
        for (std::int32_t p = state.next_unassigned(0); p < end && taken.size() < room;
             p = state.next_unassigned(p + 1))
            if (fits(consumer, p)) taken.push_back(p);
        state.give(consumer, taken);
    }
}

/// Topics with the same subscribers and numbers of partitions: partition p of all of them goes to the same consumer,
/// the first that has room and a fitting rack in every topic.
void co_partition(const std::vector<TopicState*>& topics) {
    std::vector<std::size_t> running(topics.front()->subscribers().size());
    for (std::size_t i = 0; i < running.size(); ++i) running[i] = i;
    const auto partitions = static_cast<std::int32_t>(topics.front()->recorded_partitions());
    for (std::int32_t p = 0; p < partitions && !running.empty(); ++p) {
        auto chosen = std::find_if(running.begin(), running.end(), [&](std::size_t consumer) {
            return std::all_of(topics.begin(), topics.end(), [&](const TopicState* topic) {
                return topic->rack_fits(consumer, p) && topic->room(consumer) > 0;
            });
        });
        if (chosen == running.end()) continue;
        for (TopicState* topic : topics) topic->give(*chosen, {p});
        if (std::none_of(topics.begin(), topics.end(),
                         [&](const TopicState* topic) { return topic->room(*chosen) > 0; }))
            running.erase(chosen);
    }
}

void rack_aware_pass(std::vector<TopicState>& states) {
    // Who subscribes decides the racks of the subscribers as well.
    std::map<std::pair<std::vector<std::size_t>, std::size_t>, std::vector<TopicState*>> groups;
    for (TopicState& state : states) groups[{state.subscribers(), state.recorded_partitions()}].push_back(&state);
    for (auto& [key, topics] : groups) {
        if (topics.size() > 1) {
            co_partition(topics);
        } else if (TopicState& only = *topics.front(); only.rack_mode()) {
            range_pass(only, [&](std::size_t consumer, std::int32_t partition) {
                return only.rack_fits(consumer, partition);
            });
        }
    }
}

/// Where nobody has a rack, every subscriber of a topic gets a block.
void deal_blocks(const TopicMetadata& topic, const std::vector<std::size_t>& subscribers, PartitionPlan& plan) {
    const auto consumers = static_cast<std::int32_t>(subscribers.size());
    std::int32_t next = 0;
    for (std::int32_t i = 0; i < consumers; ++i) {
        const std::int32_t end = next + topic.partitions / consumers + (i < topic.partitions % consumers ? 1 : 0);
        for (; next < end; ++next) plan[subscribers[static_cast<std::size_t>(i)]].push_back({topic.topic, next});
    }
}

}  // namespace

std::expected<PartitionPlan, std::string> RangeAssignor::assign(const std::vector<TopicMetadata>& topics,
                                                                const std::vector<Subscriber>& members) {
    PartitionPlan result(members.size());
    auto subscribed = subscribed_topics(topics, members);
    std::vector<std::size_t> place_of(topics.size());  // in `subscribed`
    for (std::size_t i = 0; i < subscribed.size(); ++i) place_of[subscribed[i].topic] = i;
    if (std::none_of(members.begin(), members.end(), [](const Subscriber& member) {
            return member.subscription.rack && !member.subscription.rack->empty();
        })) {
        for (const std::size_t topic : topics_in_hash_order(topics, members))
            deal_blocks(topics[topic], subscribed[place_of[topic]].subscribers, result);
        return result;
    }
    std::vector<TopicState> states;
    for (auto& [topic, subscribers] : subscribed) states.emplace_back(topics[topic], std::move(subscribers), members);
    const bool by_rack =
        std::any_of(states.begin(), states.end(), [](const TopicState& state) { return state.rack_mode(); });
    if (by_rack) rack_aware_pass(states);
    for (TopicState& state : states) range_pass(state, [](std::size_t, std::int32_t) { return true; });
    if (by_rack) {  // lists are sorted then
        for (TopicState& state : states) state.deliver(result);
    } else {
        for (const std::size_t topic : topics_in_hash_order(topics, members)) states[place_of[topic]].deliver(result);
    }
    return result;
}

}  // namespace brokersim::kafka
