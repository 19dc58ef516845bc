#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/broker/queue_locks.h"
#include "core/client/message_listener.h"
#include "core/protocol/messages.h"
#include "core/protocol/remoting.h"
#include "core/store/record.h"
#include "tests/support/bare_host.h"

/// Servers that say what a test wants, to try clients against: no lanes, no costs, nothing on disk.
namespace brokersim::client::testing {

using brokersim::testing::BareHost;
using brokersim::testing::BareWorld;

inline std::chrono::seconds s(int n) { return std::chrono::seconds(n); }
inline std::chrono::milliseconds ms(int n) { return std::chrono::milliseconds(n); }

/// Answers route requests from a table.
class FakeNameServer final : private protocol::ServerEvents {
public:
    FakeNameServer(BareWorld& world, const std::string& name, int last_byte)
        : host_(world.host(name, last_byte)), server_(host_, *this) {
        server_.listen(9876);
    }
    Address address() const { return {host_.address().ip, 9876}; }

    std::map<std::string, protocol::TopicRouteData> routes;
    std::vector<std::string> asked;
    bool silent = false;

private:
    void on_request(ConnectionId id, protocol::Frame&& frame) override {
        const auto& request = get<protocol::GetRouteRequest>(frame.payload);
        asked.push_back(request.topic);
        if (silent) return;
        if (const auto route = routes.find(request.topic); route != routes.end())
            server_.respond(id, frame.opaque,
                            protocol::GetRouteResponse{std::make_shared<protocol::TopicRouteData>(route->second)});
        else
            server_.respond(id, frame.opaque, protocol::ResponseCode::topic_not_exist, "no such topic");
    }
    void on_connection_closed(ConnectionId) override {}

    BareHost& host_;
    protocol::RemotingServer server_;
};

/// Stores what it is sent, serves pulls (holding those that find nothing), keeps offsets and group members, and tells
/// members when their group changes. `intercept` sees each request first and may answer it, or swallow it, itself.
class FakeBroker final : private protocol::ServerEvents {
public:
    FakeBroker(BareWorld& world, std::string broker_name, int last_byte)
        : name(std::move(broker_name)), world_(world), host_(world.host(name, last_byte)), server_(host_, *this) {
        server_.listen(10911);
    }
    Address address() const { return {host_.address().ip, 10911}; }

    /// Appends a message as a producer would have.
    void append(const std::string& topic, std::int32_t queue_id, const std::string& body,
                const std::string& properties = "") {
        store({.topic = topic, .queue_id = queue_id, .properties = properties, .body = copy_slice(body)});
    }
    void respond(ConnectionId id, std::int32_t opaque, protocol::ResponseCode code, protocol::Payload payload = {}) {
        server_.respond(id, opaque, code, "as the test wants", std::move(payload));
    }
    void notify(const std::string& group) {
        for (const auto& [client, connection] : members[group])
            server_.push(connection, protocol::NotifyConsumerIdsChanged{group});
    }
    void close_all() { server_.close_all(); }
    template <class T>
    std::vector<T> got() const {
        std::vector<T> found;
        for (const auto& [at, payload] : requests)
            if (const auto* wanted = get_if<T>(&payload)) found.push_back(*wanted);
        return found;
    }
    template <class T>
    std::vector<MonoTime> times_of() const {
        std::vector<MonoTime> found;
        for (const auto& [at, payload] : requests)
            if (holds_alternative<T>(payload)) found.push_back(at);
        return found;
    }

    using Queue = std::pair<std::string, std::int32_t>;
    std::string name;
    std::function<bool(ConnectionId, const protocol::Frame&)> intercept;
    std::vector<std::pair<MonoTime, protocol::Payload>> requests;
    std::map<Queue, std::vector<Slice>> queues;
    std::map<Queue, std::int64_t> min_offsets;
    std::map<std::pair<std::string, Queue>, std::int64_t> offsets;       // by group and queue
    std::map<std::string, std::map<std::string, ConnectionId>> members;  // by group, by client id
    std::map<std::string, std::set<std::string>> extra_members;          // whom only the test knows
    broker::QueueLocks locks;
    bool notifies = true;

private:
    struct Held {
        ConnectionId id;
        std::int32_t opaque;
        protocol::PullMessageRequest pull;
    };

    void on_request(ConnectionId id, protocol::Frame&& frame) override {
        requests.emplace_back(world_.now(), frame.payload);
        if (intercept && intercept(id, frame)) return;
        visit([&](const auto& request) { handle(id, frame.opaque, request); }, frame.payload);
    }
    void on_connection_closed(ConnectionId id) override {
        std::erase_if(held_, [id](const Held& held) { return held.id == id; });
        for (auto& [group, clients] : members)
            if (std::erase_if(clients, [id](const auto& member) { return member.second == id; }) > 0 && notifies)
                notify(group);
    }

    template <class T>
    void handle(ConnectionId id, std::int32_t opaque, const T&) {
        respond(id, opaque, protocol::ResponseCode::request_code_not_supported);
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::SendMessageRequest& request) {
        const std::int64_t offset = store(request);
        server_.respond(
            id, opaque,
            protocol::SendMessageResponse{
                .msg_id = "offset-id", .queue_id = request.queue_id, .queue_offset = {offset}, .transaction_id = ""});
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::PullMessageRequest& pull) {
        const Queue queue{pull.topic, pull.queue_id};
        if ((pull.sys_flag & protocol::pull_flag::commit_offset) != 0)
            offsets[{pull.consumer_group, queue}] = pull.commit_offset;
        if (answer(id, opaque, pull)) return;
        held_.push_back({id, opaque, pull});
        host_.after(std::chrono::milliseconds(pull.suspend_timeout_ms), [this, id, opaque] {
            const auto held = std::find_if(held_.begin(), held_.end(),
                                           [&](const Held& one) { return one.id == id && one.opaque == opaque; });
            if (held == held_.end()) return;
            const QueueOffset from = held->pull.queue_offset;
            held_.erase(held);
            respond(id, opaque, protocol::ResponseCode::pull_not_found,
                    protocol::PullMessageResponse{0, from, {}, from, {}});
        });
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::QueryConsumerOffsetRequest& query) {
        const auto known = offsets.find({query.consumer_group, {query.topic, query.queue_id}});
        if (known == offsets.end())
            respond(id, opaque, protocol::ResponseCode::query_not_found);
        else
            server_.respond(id, opaque, protocol::OffsetResponse{known->second});
    }
    void handle(ConnectionId, std::int32_t, const protocol::UpdateConsumerOffsetRequest& update) {
        offsets[{update.consumer_group, {update.topic, update.queue_id}}] = update.commit_offset;
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::GetMaxOffsetRequest& request) {
        server_.respond(id, opaque, protocol::OffsetResponse{max({request.topic, request.queue_id})});
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::HeartbeatRequest& heartbeat) {
        for (const auto& consumer : heartbeat.data->consumers) {
            const bool fresh = members[consumer.group].insert_or_assign(heartbeat.data->client_id, id).second;
            if (fresh && notifies) notify(consumer.group);
        }
        server_.respond(id, opaque, protocol::Empty{});
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::UnregisterClientRequest& request) {
        if (members[request.consumer_group].erase(request.client_id) > 0 && notifies) notify(request.consumer_group);
        server_.respond(id, opaque, protocol::Empty{});
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::GetConsumerListRequest& request) {
        auto list = std::make_shared<protocol::MemberList>();
        auto& ids = list->client_ids;
        for (const auto& client : extra_members[request.consumer_group]) ids.push_back(client);
        for (const auto& [client, connection] : members[request.consumer_group]) ids.insert(ids.begin(), client);
        if (ids.empty())
            respond(id, opaque, protocol::ResponseCode::system_error);
        else
            server_.respond(id, opaque, protocol::GetConsumerListResponse{list});
    }

    void handle(ConnectionId id, std::int32_t opaque, const protocol::LockBatchRequest& request) {
        server_.respond(id, opaque, protocol::LockBatchResponse{locks.lock(request, epoch_ms(host_.wall_ms()))});
    }
    void handle(ConnectionId id, std::int32_t opaque, const protocol::UnlockBatchRequest& request) {
        locks.unlock(request);
        server_.respond(id, opaque, protocol::Empty{});
    }

    std::int64_t max(const Queue& queue) { return static_cast<std::int64_t>(queues[queue].size()); }

    bool answer(ConnectionId id, std::int32_t opaque, const protocol::PullMessageRequest& pull) {
        const Queue queue{pull.topic, pull.queue_id};
        const std::int64_t from = pull.queue_offset.value;
        const std::int64_t min = min_offsets[queue];
        if (from < min || from > max(queue)) {
            respond(id, opaque, protocol::ResponseCode::pull_offset_moved,
                    protocol::PullMessageResponse{0, {from < min ? min : max(queue)}, {min}, {max(queue)}, {}});
            return true;
        }
        if (from == max(queue)) return false;
        const std::int64_t end = std::min<std::int64_t>(max(queue), from + pull.max_msg_nums);
        protocol::PullMessageResponse response{0, {end}, {min}, {max(queue)}, {}};
        for (std::int64_t at = from; at < end; ++at)
            response.records.push_back(queues[queue][static_cast<std::size_t>(at)]);
        server_.respond(id, opaque, std::move(response));
        return true;
    }

    std::int64_t store(const protocol::SendMessageRequest& request) {
        const Queue queue{request.topic, request.queue_id};
        const std::int64_t offset = max(queue);
        store::RecordFields fields;
        fields.queue_id = request.queue_id;
        fields.queue_offset = offset;
        fields.physical_offset = offset * 1000;
        fields.born_timestamp = request.born_timestamp;
        fields.store_timestamp = epoch_ms(host_.wall_ms());
        fields.born_host = store::RecordHost(Address{0x0A000001, 1});
        fields.store_host = store::RecordHost(address());
        fields.body = request.body.bytes;
        fields.topic = request.topic;
        fields.properties = request.properties;
        auto block = HeapBlock::make(static_cast<std::size_t>(store::encoded_size(fields)));
        store::encode_record(fields, block->writable());
        queues[queue].push_back(block->slice());
        std::erase_if(held_, [&](const Held& held) {
            return Queue{held.pull.topic, held.pull.queue_id} == queue && answer(held.id, held.opaque, held.pull);
        });
        return offset;
    }

    BareWorld& world_;
    BareHost& host_;
    protocol::RemotingServer server_;
    std::vector<Held> held_;
};

/// Two name servers and some brokers that carry the same topics.
class FakeCluster {
public:
    explicit FakeCluster(int broker_count) {
        for (int i = 0; i < 2; ++i)
            name_servers.push_back(std::make_unique<FakeNameServer>(world, "namesrv/" + std::to_string(i), 100 + i));
        for (int i = 0; i < broker_count; ++i)
            brokers.push_back(std::make_unique<FakeBroker>(world, "broker-" + std::to_string(i), 200 + i));
    }
    void topic(const std::string& topic, std::int32_t queues, std::int32_t permission = protocol::perm::read_write) {
        protocol::TopicRouteData route;
        for (const auto& broker : brokers) {
            route.queues.push_back({broker->name, queues, queues, permission, 0});
            route.brokers.push_back({"DefaultCluster", broker->name, {{protocol::master_id, broker->address()}}});
        }
        for (auto& server : name_servers) server->routes[topic] = route;
    }
    std::vector<Address> name_server_addresses() const {
        std::vector<Address> all;
        for (const auto& server : name_servers) all.push_back(server->address());
        return all;
    }
    template <class T>
    std::vector<T> notes_of(const std::string& node) const {
        std::vector<T> found;
        for (const auto& [from, note] : world.notes)
            if (const auto* wanted = std::get_if<T>(&note); wanted != nullptr && from == node) found.push_back(*wanted);
        return found;
    }

    BareWorld world{7};
    BareHost& clock = world.host("clock", 99);  // whose timers outlive all servers and clients
    std::vector<std::unique_ptr<FakeNameServer>> name_servers;
    std::vector<std::unique_ptr<FakeBroker>> brokers;
};

}  // namespace brokersim::client::testing
