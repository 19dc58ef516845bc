#include "core/kafka/consumer_groups.h"

#include <utility>

#include "core/check.h"
#include "core/kafka/queue_names.h"

/// ConsumerGroups: what is stored, restored and watched.
namespace brokersim::kafka {

ConsumerGroups::ConsumerGroups(Host& host, GroupRuntime& runtime, GroupTopics& topics, const CoordinatorConfig& config)
    : host_(host), runtime_(runtime), topics_(topics), config_(config) {
    auto assignors = server_assignors(config);
    BROKERSIM_CHECK(assignors.has_value(), "{}", assignors.error());
    assignors_ = *std::move(assignors);
    topics_.on_change([this](const std::string& topic) {
        for (const auto& [name, live] : groups_)
            live->topics_changed = live->topics_changed || live->now.subscriptions().contains(topic);
    });
}

void ConsumerGroups::restore(const ConsumerGroupRecord& record) { make(record.group)->stored.apply(record); }

void ConsumerGroups::start() {
    std::erase_if(groups_, [](const auto& entry) { return entry.second->stored.epoch() == 0; });
    for (const auto& [name, live] : groups_) {
        for (const GroupTopic& topic : live->stored.topics())
            if (const auto mark = topic.name.find(broker_mark); mark != std::string::npos)
                topics_.remember(topic_of_part(topic.name), topic.name.substr(mark + 1), topic.partitions);
        std::vector<std::string> topics;
        for (const auto& [topic, subscribers] : live->stored.subscriptions()) topics.push_back(topic);
        topics_.watch(topics, [] {});
        resume(*live);
    }
}

void ConsumerGroups::stop() {
    stopped_ = true;
    for (const auto& [name, live] : groups_) live->timers.clear();
}

/// Goes on from what is stored.
void ConsumerGroups::resume(Live& live) {
    live.now = live.stored;
    live.failed = false;
    live.topics_changed = true;
    live.was_stable = live.now.state() == ConsumerGroup::State::stable;
    live.timers.clear();
    for (const auto& [id, member] : live.now.members()) {
        watch_session(live, id);
        watch_revocation(live, member);
    }
}

const ConsumerGroup* ConsumerGroups::find(const std::string& group) const {
    const LivePtr live = find_live(group);
    return live == nullptr ? nullptr : &live->now;
}

Error ConsumerGroups::may_commit(const std::string& group, const std::string& member_id, std::int32_t epoch) const {
    const LivePtr live = find_live(group);
    if (live->failed) return Error::coordinator_not_available;
    if (epoch < 0 && live->now.members().empty()) return Error::none;
    const ConsumerGroupMember* member = live->now.find(member_id);
    if (member == nullptr) return Error::unknown_member_id;
    return epoch == member->has.epoch ? Error::none : Error::stale_member_epoch;
}

bool ConsumerGroups::make_way(const std::string& group) {
    const LivePtr live = find_live(group);
    if (live == nullptr) return true;
    if (!live->now.members().empty() || live->failed) return false;
    Records records;
    change(*live, records, TargetEpochRecord{});
    change(*live, records, GroupTopicsRecord{});
    change(*live, records, GroupEpochRecord{});
    write(live, std::move(records), {});
    groups_.erase(group);
    return true;
}

ConsumerGroups::LivePtr ConsumerGroups::find_live(const std::string& group) const {
    auto found = groups_.find(group);
    return found == groups_.end() ? nullptr : found->second;
}

ConsumerGroups::LivePtr ConsumerGroups::make(const std::string& group) {
    LivePtr& live = groups_[group];
    if (live == nullptr) {
        live = std::make_shared<Live>();
        live->name = group;
        live->name_id = host_.name(group);
    }
    return live;
}

/// What the cluster has of the topics that the group's members subscribe to; by topic and broker.
std::vector<GroupTopic> ConsumerGroups::subscribed_topics(const ConsumerGroup& group) const {
    std::vector<GroupTopic> topics;
    for (const auto& [topic, subscribers] : group.subscriptions())
        for (const auto& [broker, queues] : topics_.queues(topic)) {
            if (queues == 0) continue;
            std::string name = part_of_topic(topic, broker);
            const TopicId id = topic_id(name);
            topics.push_back({id, std::move(name), queues});
        }
    return topics;
}

// --- writing ------------------------------------------------------------------------------------------------

void ConsumerGroups::change(Live& live, Records& records, decltype(ConsumerGroupRecord::what) what) {
    records.push_back({live.name, std::move(what)});
    live.now.apply(records.back());
}

void ConsumerGroups::write(const LivePtr& live, Records records, Callback<void(bool)> done) {
    std::vector<GroupRecord> encoded;
    encoded.reserve(records.size());
    for (const ConsumerGroupRecord& record : records) encoded.push_back(encode(record));
    Callback<void(bool)> ended;
    if (!records.empty()) {
        ++live->writes;
        ended = [this, live, records = std::move(records)](bool stored) { written(live, records, stored); };
        const bool stable = live->now.state() == ConsumerGroup::State::stable;
        if (stable && !live->was_stable) host_.note(note::GroupStable{live->name_id, live->now.target_epoch()});
        live->was_stable = stable;
    }
    runtime_.partition_of(live->name).write(std::move(encoded), std::move(ended), std::move(done));
}

void ConsumerGroups::written(const LivePtr& live, const Records& records, bool stored) {
    --live->writes;
    if (stored)
        for (const ConsumerGroupRecord& record : records) live->stored.apply(record);
    else
        live->failed = true;
    if (!live->failed || live->writes > 0 || stopped_ || find_live(live->name) != live) return;
    if (live->stored.epoch() == 0)
        groups_.erase(live->name);
    else
        resume(*live);
}

// --- timers -------------------------------------------------------------------------------------------------

void ConsumerGroups::watch_session(Live& live, const std::string& member_id) {
    auto& session = live.timers[member_id].session;
    if (!session)
        session = std::make_unique<Deadline>(host_, [this, name = live.name, member_id] {
            runtime_.on_lane([this, name, member_id] { session_met(name, member_id); });
        });
    session->set(config_.group_consumer_session_timeout);
}

/// The rebalance timeout runs from the moment when a member is asked to give something up until it is asked no more.
void ConsumerGroups::watch_revocation(Live& live, const ConsumerGroupMember& member) {
    Timers& timers = live.timers[member.id];
    if (member.has.progress != MemberProgress::unrevoked_partitions) {
        timers.revocation.reset();
        return;
    }
    timers.revoking_epoch = member.has.epoch;
    timers.revocation = std::make_unique<Deadline>(host_, [this, name = live.name, id = member.id] {
        runtime_.on_lane([this, name, id] { revocation_met(name, id); });
    });
    timers.revocation->set(Millis(member.metadata.rebalance_timeout_ms));
}

void ConsumerGroups::session_met(const std::string& group, const std::string& member_id) {
    const LivePtr live = find_live(group);
    if (live == nullptr || stopped_) return;
    const auto timers = live->timers.find(member_id);
    if (timers == live->timers.end() || !timers->second.session->met()) return;
    Records records;
    take_out(*live, records, member_id, note::LeaveReason::expired);
    write(live, std::move(records), {});
}

void ConsumerGroups::revocation_met(const std::string& group, const std::string& member_id) {
    const LivePtr live = find_live(group);
    if (live == nullptr || stopped_) return;
    const auto timers = live->timers.find(member_id);
    if (timers == live->timers.end() || !timers->second.revocation || !timers->second.revocation->met()) return;
    if (live->now.find(member_id)->has.epoch != timers->second.revoking_epoch) return;
    Records records;
    take_out(*live, records, member_id, note::LeaveReason::rebalance_timeout);
    write(live, std::move(records), {});
}

/// Fences a member: what it has is free at once. The others' new targets are computed at the next heartbeat of any.
void ConsumerGroups::take_out(Live& live, Records& records, const std::string& member_id, note::LeaveReason reason) {
    host_.note(note::MemberLeft{live.name_id, host_.name(member_id), reason});
    live.timers.erase(member_id);
    change(live, records, MemberAssignedRecord{member_id, std::nullopt});
    change(live, records, MemberTargetRecord{member_id, std::nullopt});
    change(live, records, MemberRecord{member_id, std::nullopt});
    refresh_topics(live, records, true);
}

}  // namespace brokersim::kafka
