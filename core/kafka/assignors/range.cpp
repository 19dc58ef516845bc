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
        for (std::int32_t p = 0; p < topic.partitions; ++p) unassigned_.push_back(p);
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
    bool done() const { return unassigned_.empty(); }
    const std::vector<std::int32_t>& unassigned() const { return unassigned_; }

    /// Gives unassigned partitions, which are sorted, to the consumer.
    void give(std::size_t consumer, const std::vector<std::int32_t>& partitions) {
        if (partitions.empty()) return;
        given_[consumer].insert(given_[consumer].end(), partitions.begin(), partitions.end());
        std::erase_if(unassigned_, [&](std::int32_t partition) {
            return std::binary_search(partitions.begin(), partitions.end(), partition);
        });
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
    std::vector<std::int32_t> unassigned_;
    std::vector<std::vector<std::int32_t>> given_;  // by consumer
    std::int32_t quota_ = 0;
    std::int32_t extras_ = 0;
    bool rack_mode_ = false;
};

/// Gives each consumer in turn as many of the first unassigned partitions as it may get and `fits` accepts.
template <class Fits>
void range_pass(TopicState& state, Fits fits) {
    for (std::size_t consumer = 0; consumer < state.subscribers().size() && !state.done(); ++consumer) {
        std::vector<std::int32_t> taken;
        const std::int32_t room = state.room(consumer);
        for (const std::int32_t partition : state.unassigned()) {
            if (static_cast<std::int32_t>(taken.size()) >= room) break;
            if (fits(consumer, partition)) taken.push_back(partition);
        }
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

}  // namespace

std::expected<PartitionPlan, std::string> RangeAssignor::assign(const std::vector<TopicMetadata>& topics,
                                                                const std::vector<Subscriber>& members) {
    std::map<std::size_t, std::size_t> state_of;  // by place in `topics`
    std::vector<TopicState> states;
    for (auto& [topic, subscribers] : subscribed_topics(topics, members)) {
        state_of.emplace(topic, states.size());
        states.emplace_back(topics[topic], std::move(subscribers), members);
    }
    const bool by_rack =
        std::any_of(states.begin(), states.end(), [](const TopicState& state) { return state.rack_mode(); });
    if (by_rack) rack_aware_pass(states);
    for (TopicState& state : states) range_pass(state, [](std::size_t, std::int32_t) { return true; });
    PartitionPlan result(members.size());
    if (by_rack) {  // lists are sorted then
        for (TopicState& state : states) state.deliver(result);
    } else {
        for (const std::size_t topic : topics_in_hash_order(topics, members))
            states[state_of.at(topic)].deliver(result);
    }
    return result;
}

}  // namespace brokersim::kafka
