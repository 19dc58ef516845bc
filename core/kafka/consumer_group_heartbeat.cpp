#include <algorithm>

#include <fmt/format.h>

#include "core/kafka/consumer_group_steps.h"
#include "core/kafka/consumer_groups.h"
#include "core/kafka/group_coordinator.h"

/// ConsumerGroups: what it does with a heartbeat.
namespace brokersim::kafka {
namespace {

bool all_in(const std::optional<IdPartitions>& some, const IdPartitions& all) {
    return some && std::ranges::includes(all, *some);
}

/// A request with an older epoch is one whose answer was lost.
Error check_epoch(const ConsumerGroupMember& member, const ConsumerGroupHeartbeatRequest& request) {
    if (request.member_epoch == member.has.epoch) return Error::none;
    const bool answer_was_lost = request.member_epoch < member.has.epoch &&
                                 request.member_epoch == member.has.previous_epoch &&
                                 all_in(request.owned, member.has.assigned);
    return answer_was_lost ? Error::none : Error::fenced_member_epoch;
}

/// Kafka's Uuid as text: 128 bits in the URL's base 64.
std::string base64_of(std::uint64_t high, std::uint64_t low) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr int places = 22;
    std::string text;
    unsigned __int128 bits = static_cast<unsigned __int128>(high) << 64 | low;
    for (int i = 0; i < places; ++i) {  // the last digit has two bits, and is filled up with zeros
        text += digits[static_cast<std::size_t>(bits >> 122)];
        bits <<= 6;
    }
    return text;
}

}  // namespace

void ConsumerGroups::refuse(Reply reply, Error error) {
    ConsumerGroupHeartbeatResponse response;
    response.error = error;
    runtime_.answer(reply, std::move(response));
}

Error ConsumerGroups::check(const ConsumerGroupHeartbeatRequest& request) const {
    const bool joins = request.member_epoch == 0;
    if (request.member_epoch < static_away_epoch) return Error::invalid_request;
    if (!joins && request.member_id.empty()) return Error::invalid_request;
    if (request.member_epoch == static_away_epoch && request.instance_id.empty()) return Error::invalid_request;
    if (joins && (request.rebalance_timeout_ms < 0 || !request.owned || !request.owned->empty() || !request.topics ||
                  request.topics->empty()))
        return Error::invalid_request;
    if (!request.server_assignor.empty() && std::ranges::find(assignors_, request.server_assignor) == assignors_.end())
        return Error::unsupported_assignor;
    return Error::none;
}

void ConsumerGroups::heartbeat(Reply reply, const ConsumerGroupHeartbeatRequest& request, const std::string& host) {
    if (const Error error = check(request); error != Error::none) return refuse(reply, error);
    if (request.member_epoch < 0) return leave(reply, request);
    LivePtr live = find_live(request.group);
    if (live == nullptr && request.member_epoch != 0) return refuse(reply, Error::group_id_not_found);
    if (live != nullptr && live->failed) return refuse(reply, Error::coordinator_not_available);
    static const ConsumerGroup nobody;
    const ConsumerGroup& before = live == nullptr ? nobody : live->now;
    if (before.find(request.member_id) == nullptr &&
        before.members().size() >= static_cast<std::size_t>(config_.group_consumer_max_size))
        return refuse(reply, Error::group_max_size_reached);
    const auto sender = sender_of(request.group, before, request);
    if (!sender) return refuse(reply, sender.error());
    if (live == nullptr) live = make(request.group);

    Records records;
    std::vector<std::string> order;  // for an assignor, a new member stands last
    if (sender->is_new) {
        order = live->now.table_order();
        std::erase(order, sender->replaces);
        order.push_back(sender->id);
    }
    const bool subscribes_anew = take_metadata(*live, records, *sender, request, host);
    if (subscribes_anew || live->topics_changed) refresh_topics(*live, records, subscribes_anew);
    live->topics_changed = false;
    if (live->now.epoch() > live->now.target_epoch() &&
        !retarget(*live, records, sender->is_new ? order : live->now.table_order())) {
        write(live, std::move(records), {});
        return refuse(reply, Error::unknown_server_error);
    }

    const IdPartitions had = live->now.find(sender->id)->has.assigned;
    reconcile(*live, records, sender->id, request);
    watch_session(*live, sender->id);
    const MemberAssigned& has = live->now.find(sender->id)->has;
    ConsumerGroupHeartbeatResponse response;
    response.member_id = sender->id;
    response.member_epoch = has.epoch;
    response.heartbeat_interval_ms = static_cast<std::int32_t>(config_.group_consumer_heartbeat_interval.count());
    const bool full_request = request.topics && request.rebalance_timeout_ms >= 0 && request.owned;
    if (request.member_epoch == 0 || full_request || had != has.assigned) response.assignment = has.assigned;
    write(live, std::move(records), [this, reply, response = std::move(response)](bool stored) mutable {
        if (stored) return runtime_.answer(reply, std::move(response));
        refuse(reply, runtime_.write_error());
    });
}

std::expected<ConsumerGroups::Sender, Error> ConsumerGroups::sender_of(const std::string& group,
                                                                       const ConsumerGroup& now,
                                                                       const ConsumerGroupHeartbeatRequest& request) {
    const bool joins = request.member_epoch == 0;
    const std::string* known = request.instance_id.empty() ? nullptr : now.static_member(request.instance_id);
    if (!request.instance_id.empty() && known == nullptr && !joins) return std::unexpected(Error::unknown_member_id);
    if (known != nullptr && joins) {
        if (now.find(*known)->has.epoch != static_away_epoch) return std::unexpected(Error::unreleased_instance_id);
        return Sender{request.member_id.empty() ? new_member_id(group) : request.member_id, *known, true};
    }
    if (known != nullptr && *known != request.member_id) return std::unexpected(Error::fenced_instance_id);
    const ConsumerGroupMember* member = now.find(request.member_id);
    if (member == nullptr) {
        if (!joins) return std::unexpected(Error::unknown_member_id);
        return Sender{request.member_id.empty() ? new_member_id(group) : request.member_id, {}, true};
    }
    if (const Error error = check_epoch(*member, request); error != Error::none) return std::unexpected(error);
    return Sender{request.member_id, {}, false};
}

bool ConsumerGroups::take_metadata(Live& live, Records& records, const Sender& sender,
                                   const ConsumerGroupHeartbeatRequest& request, const std::string& host) {
    const bool says_nothing = !request.topics && request.rebalance_timeout_ms < 0 && request.rack_id.empty() &&
                              request.server_assignor.empty();
    if (says_nothing && !sender.is_new) return false;
    const ConsumerGroupMember* replaced = live.now.find(sender.replaces);
    const ConsumerGroupMember* known = replaced != nullptr ? replaced : live.now.find(sender.id);
    const ConsumerGroupMember old = known == nullptr ? ConsumerGroupMember{} : *known;
    if (replaced != nullptr) {
        live.timers.erase(sender.replaces);
        change(live, records, MemberAssignedRecord{sender.replaces, std::nullopt});
        change(live, records, MemberTargetRecord{sender.replaces, std::nullopt});
        change(live, records, MemberRecord{sender.replaces, std::nullopt});
        host_.note(note::MemberLeft{live.name_id, host_.name(sender.replaces), note::LeaveReason::unregistered});
    }
    if (sender.is_new) host_.note(note::MemberJoined{live.name_id, host_.name(sender.id)});

    MemberMetadata metadata = old.metadata;
    metadata.client_id = default_client_id(request.group);
    metadata.client_host = host;
    if (!request.instance_id.empty()) metadata.instance_id = request.instance_id;
    if (!request.rack_id.empty()) metadata.rack_id = request.rack_id;
    if (request.rebalance_timeout_ms >= 0) metadata.rebalance_timeout_ms = request.rebalance_timeout_ms;
    if (!request.server_assignor.empty()) metadata.server_assignor = request.server_assignor;
    if (request.topics) {
        metadata.topics = *request.topics;
        std::ranges::sort(metadata.topics);
        metadata.topics.erase(std::ranges::unique(metadata.topics).begin(), metadata.topics.end());
    }
    const bool subscribes_anew = metadata.topics != old.metadata.topics;
    if (sender.is_new || metadata != old.metadata) change(live, records, MemberRecord{sender.id, std::move(metadata)});
    if (replaced != nullptr) {
        MemberAssigned kept;
        kept.assigned = old.has.assigned;
        change(live, records, MemberTargetRecord{sender.id, old.target});
        change(live, records, MemberAssignedRecord{sender.id, std::move(kept)});
    }
    return subscribes_anew;
}

/// Looks what the cluster has of the subscribed topics; if that changed, or anyway, the group gets a new epoch.
void ConsumerGroups::refresh_topics(Live& live, Records& records, bool bump_epoch) {
    auto topics = subscribed_topics(live.now);
    if (topics != live.now.topics()) {
        change(live, records, GroupTopicsRecord{std::move(topics)});
        bump_epoch = true;
    }
    if (bump_epoch) change(live, records, GroupEpochRecord{live.now.epoch() + 1});
}

/// Computes the targets for the group's epoch. False if the assignor failed: the next heartbeat tries again.
bool ConsumerGroups::retarget(Live& live, Records& records, const std::vector<std::string>& order) {
    const std::string name = preferred_assignor(live.now, assignors_.front());
    auto targets = new_targets(live.now, order, *find_target_assignor(name));
    if (!targets) {
        host_.note(note::Counted{host_.name("kafka.coordinator.assignor_failed"), 1});
        return false;
    }
    for (auto& [member, target] : *targets)
        if (target != live.now.find(member)->target)
            change(live, records, MemberTargetRecord{member, std::move(target)});
    change(live, records, TargetEpochRecord{live.now.epoch()});
    host_.note(
        note::GenerationStarted{live.name_id, live.now.epoch(), static_cast<std::int32_t>(live.now.members().size())});
    return true;
}

/// Moves the sender one step towards its target, and sees to its rebalance timeout.
void ConsumerGroups::reconcile(Live& live, Records& records, const std::string& member_id,
                               const ConsumerGroupHeartbeatRequest& request) {
    const ConsumerGroupMember& member = *live.now.find(member_id);
    auto step = reconciled(live.now, member, request.owned);
    if (!step) return;
    for (const TopicIdPartition& partition : step->assigned) {
        const std::string* holder = live.now.holder(partition);
        BROKERSIM_CHECK(holder == nullptr || *holder == member_id, "group {}: {} and {} have one partition", live.name,
                        *holder, member_id);
    }
    change(live, records, MemberAssignedRecord{member_id, *std::move(step)});
    watch_revocation(live, member);
}

void ConsumerGroups::leave(Reply reply, const ConsumerGroupHeartbeatRequest& request) {
    const LivePtr live = find_live(request.group);
    if (live == nullptr) return refuse(reply, Error::group_id_not_found);
    if (live->failed) return refuse(reply, Error::coordinator_not_available);
    if (!request.instance_id.empty()) {
        const std::string* known = live->now.static_member(request.instance_id);
        if (known == nullptr) return refuse(reply, Error::unknown_member_id);
        if (*known != request.member_id) return refuse(reply, Error::fenced_instance_id);
    }
    const ConsumerGroupMember* member = live->now.find(request.member_id);
    if (member == nullptr) return refuse(reply, Error::unknown_member_id);
    Records records;
    if (request.member_epoch == static_away_epoch) {
        // What it has stays reserved until its session ends; what it was to give up is free.
        MemberAssigned away = member->has;
        away.previous_epoch = away.epoch;
        away.epoch = static_away_epoch;
        away.revoking.clear();
        change(*live, records, MemberAssignedRecord{request.member_id, std::move(away)});
        live->timers[request.member_id].revocation.reset();
    } else {
        take_out(*live, records, request.member_id, note::LeaveReason::unregistered);
    }
    ConsumerGroupHeartbeatResponse response;
    response.member_id = request.member_id;
    response.member_epoch = request.member_epoch;
    write(live, std::move(records), [this, reply, response = std::move(response)](bool stored) mutable {
        if (stored) return runtime_.answer(reply, std::move(response));
        refuse(reply, runtime_.write_error());
    });
}

std::string ConsumerGroups::new_member_id(const std::string& group) {
    const std::uint64_t n = (std::uint64_t{host_.incarnation()} << 32) + 2 * ids_given_[group]++;
    const std::uint64_t identity = text_identity(group);
    const std::uint64_t high = host_.draw(Purpose::member_id, identity, n);
    const std::uint64_t low = host_.draw(Purpose::member_id, identity, n + 1);
    return base64_of(high, low);
}

}  // namespace brokersim::kafka
