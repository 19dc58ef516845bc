#include "core/kafka/group_coordinator.h"

#include <fmt/format.h>

#include "core/check.h"
#include "core/java_hash.h"
#include "core/kafka/consumer_groups.h"
#include "core/kafka/offsets_partition.h"

namespace brokersim::kafka {
namespace {

/// An assumption: decoding, the group's tables, encoding.
constexpr Duration request_cost = std::chrono::microseconds(20);

}  // namespace

std::int32_t group_partition(std::string_view group, std::int32_t partitions) {
    const std::int32_t hash = java_hash(group);
    return hash == INT32_MIN ? 0 : (hash < 0 ? -hash : hash) % partitions;
}

std::string default_client_id(std::string_view group) { return fmt::format("consumer-{}-1", group); }

GroupCoordinator::GroupCoordinator(Host& host, protocol::RemotingServer& server, GroupLog& log,
                                   CoordinatorCluster cluster, CoordinatorConfig config, GroupTopics* topics)
    : host_(host),
      server_(server),
      log_(log),
      cluster_(std::move(cluster)),
      config_(std::move(config)),
      topics_(topics),
      consumers_(topics == nullptr
                     ? nullptr
                     : std::make_unique<ConsumerGroups>(host, static_cast<GroupRuntime&>(*this), *topics, config_)) {
    BROKERSIM_CHECK(!cluster_.brokers.empty() && cluster_.self >= 0 &&
                        static_cast<std::size_t>(cluster_.self) < cluster_.brokers.size(),
                    "broker {} of {}", cluster_.self, cluster_.brokers.size());
}

GroupCoordinator::~GroupCoordinator() = default;

bool GroupCoordinator::handle(ConnectionId connection, protocol::Frame&& frame) {
    const Reply reply{connection, frame.opaque};
    return visit(
        [&](auto& request) {
            if constexpr (requires { work(reply, request); }) {
                host_.owe(request_cost);
                work(reply, request);
                return true;
            } else {
                return false;
            }
        },
        frame.payload);
}

void GroupCoordinator::work(Reply reply, FindCoordinatorRequest& request) {
    if (request.group.empty()) return answer(reply, FindCoordinatorResponse{.error = Error::invalid_group_id});
    const std::int32_t leader = cluster_.leader_of(group_partition(request.group));
    answer(reply,
           FindCoordinatorResponse{
               .error = Error::none, .node_id = leader, .address = cluster_.brokers[static_cast<std::size_t>(leader)]});
}

void GroupCoordinator::work(Reply reply, ConsumerGroupHeartbeatRequest& request) {
    const Group* classic = find_group(request.group);
    Error error = admission(request.group);
    if (error == Error::none && consumers_ == nullptr) error = Error::unsupported_version;
    if (error == Error::none && classic != nullptr && !classic->is(GroupState::empty))
        error = Error::group_id_not_found;
    if (error != Error::none) {
        ConsumerGroupHeartbeatResponse response;
        response.error = error;
        return answer(reply, std::move(response));
    }
    if (request.topics && !topics_->looked_for(*request.topics)) {
        const std::vector<std::string> names = *request.topics;
        topics_->watch(names, [this, reply, request = std::move(request)]() mutable {
            on_lane([this, reply, request = std::move(request)]() mutable { work(reply, request); });
        });
        return;
    }
    if (classic != nullptr && request.member_epoch == 0 && consumers_->find(request.group) == nullptr) {
        StoredGroup empty;
        empty.group = request.group;
        GroupRecord tombstone = encode(empty);
        tombstone.value.clear();
        partition_of(request.group).write({std::move(tombstone)}, {}, {});
    }
    consumers_->heartbeat(reply, request, host_of(reply));
}

bool GroupCoordinator::restore(const GroupRecord& record) {
    BROKERSIM_CHECK(!started_, "a record came after the start");
    if (auto of_consumers = decode_consumer_group(record)) {
        if (consumers_) consumers_->restore(*of_consumers);
        return true;
    }
    auto decoded = decode(record);
    if (!decoded) return false;
    if (auto* offset = std::get_if<StoredOffset>(&*decoded)) {
        if (offset->offset >= 0)
            committed_entry(offset->group, offset->partition).offset = offset->offset;
        else if (auto known = offsets_.find(offset->group); known != offsets_.end())
            known->second.erase(offset->partition);
    } else {
        auto& group = std::get<StoredGroup>(*decoded);
        restored_[group.group] = std::move(group);
    }
    return true;
}

void GroupCoordinator::start() {
    BROKERSIM_CHECK(!started_, "started twice");
    if (stopped_) return;
    started_ = true;
    for (auto& [name, stored] : std::exchange(restored_, {})) {
        Group& group = make_group(name);
        for (StoredMember& member : stored.members) {
            auto made = make_member(name);
            made->id = std::move(member.id);
            made->instance_id = std::move(member.instance_id);
            made->client_id = std::move(member.client_id);
            made->client_host = std::move(member.client_host);
            made->session_timeout = Millis(member.session_timeout_ms);
            made->rebalance_timeout = Millis(member.rebalance_timeout_ms);
            made->protocols.push_back({stored.protocol, std::move(member.subscription)});
            made->assignment = std::move(member.assignment);
            Member& added = group.add(std::move(made), stored.protocol_type);
            added.session.set(added.session_timeout);
        }
        group.restore(stored.generation, stored.protocol_type, stored.protocol, stored.leader);
    }
    if (consumers_) consumers_->start();
}

void GroupCoordinator::stop() {
    stopped_ = true;
    for (auto& [name, group] : groups_) {
        for (const auto& [id, member, spread] : group->members()) {
            if (auto parked = group->unpark_join(*member)) refuse_join(*parked, Error::not_coordinator, id);
            if (auto parked = std::exchange(member->parked_sync, std::nullopt))
                answer(*parked, SyncGroupResponse{.error = Error::not_coordinator});
            member->session.clear();
        }
        group->pending_joins.clear();
        group->join_timer.clear();
        group->sync_timer.clear();
        group->become(GroupState::dead);
    }
    if (consumers_) consumers_->stop();
    for (auto& [number, partition] : partitions_) partition->abandon();
}

const Group* GroupCoordinator::find(const std::string& group) const { return find_group(group); }

std::int64_t GroupCoordinator::committed(const std::string& group, const TopicPartition& partition) const {
    auto offsets = offsets_.find(group);
    if (offsets == offsets_.end()) return -1;
    auto entry = offsets->second.find(partition);
    return entry == offsets->second.end() ? -1 : entry->second.offset;
}

/// Whether this broker may work for the group now.
Error GroupCoordinator::admission(const std::string& group) const {
    if (group.empty()) return Error::invalid_group_id;
    if (stopped_ || cluster_.leader_of(group_partition(group)) != cluster_.self) return Error::not_coordinator;
    return started_ ? Error::none : Error::coordinator_load_in_progress;
}

/// What a failed or late write means to the client.
Error GroupCoordinator::write_error() const {
    return stopped_ ? Error::not_coordinator : Error::coordinator_not_available;
}

OffsetsPartition& GroupCoordinator::partition_of(const std::string& group) {
    const std::int32_t number = group_partition(group);
    auto& partition = partitions_[number];
    if (!partition)
        partition = std::make_unique<OffsetsPartition>(host_, log_, number, config_.append_linger,
                                                       config_.offsets_commit_timeout);
    return *partition;
}

Group* GroupCoordinator::find_group(const std::string& group) const {
    auto found = groups_.find(group);
    return found == groups_.end() ? nullptr : found->second.get();
}

void GroupCoordinator::answer(Reply reply, protocol::Payload payload) {
    if (stopped_) return server_.respond(reply.connection, reply.opaque, std::move(payload));  // the last chance
    host_.paid([this, reply, payload = std::move(payload)]() mutable {
        server_.respond(reply.connection, reply.opaque, std::move(payload));
    });
}

/// The peer's address as Java prints it; empty if it is gone.
std::string GroupCoordinator::host_of(Reply reply) const {
    if (!server_.open(reply.connection)) return {};
    const std::uint32_t ip = server_.peer(reply.connection).ip;
    return fmt::format("/{}.{}.{}.{}", ip >> 24, ip >> 16 & 0xFF, ip >> 8 & 0xFF, ip & 0xFF);
}

/// Runs `task` on the coordinator's thread.
void GroupCoordinator::on_lane(Task task) {
    host_.start(Lane::coordinator, [task = std::move(task)](LaneServer) mutable { task(); });
}

}  // namespace brokersim::kafka
