#include "core/broker/broker.h"

#include <algorithm>
#include <utility>

#include "core/broker/answers.h"
#include "core/broker/client_requests.h"
#include "core/broker/consumer_offsets.h"
#include "core/broker/consumer_registry.h"
#include "core/broker/consumer_requests.h"
#include "core/broker/delay_offsets.h"
#include "core/broker/housekeeping.h"
#include "core/broker/message_queries.h"
#include "core/broker/page_cache.h"
#include "core/broker/pop_service.h"
#include "core/broker/producer_registry.h"
#include "core/broker/pull_hold.h"
#include "core/broker/pull_processor.h"
#include "core/broker/queue_locks.h"
#include "core/broker/registration.h"
#include "core/broker/request_lane.h"
#include "core/broker/send_processor.h"
#include "core/broker/subscription_groups.h"
#include "core/broker/topic_table.h"
#include "core/check.h"

namespace brokersim::broker {

namespace {

constexpr Duration long_polling_check = Millis(5'000);
constexpr Duration first_fast_failure = Millis(1'000);
constexpr std::uint16_t ha_port_distance = 1;
constexpr std::size_t coordinator_capacity = 1'000'000;

/// The lane whose servers work on a request.
struct LaneOf {
    std::optional<Lane> operator()(const protocol::SendMessageRequest&) { return Lane::send; }
    std::optional<Lane> operator()(const protocol::PullMessageRequest&) { return Lane::pull; }
    std::optional<Lane> operator()(const protocol::HeartbeatRequest&) { return Lane::heartbeat; }
    std::optional<Lane> operator()(const protocol::UnregisterClientRequest&) { return Lane::client_manage; }
    std::optional<Lane> operator()(const protocol::GetConsumerListRequest&) { return Lane::consumer_manage; }
    std::optional<Lane> operator()(const protocol::QueryConsumerOffsetRequest&) { return Lane::consumer_manage; }
    std::optional<Lane> operator()(const protocol::UpdateConsumerOffsetRequest&) { return Lane::consumer_manage; }
    std::optional<Lane> operator()(const protocol::GetMaxOffsetRequest&) { return Lane::admin; }
    std::optional<Lane> operator()(const protocol::GetMinOffsetRequest&) { return Lane::admin; }
    std::optional<Lane> operator()(const protocol::SearchOffsetRequest&) { return Lane::admin; }
    std::optional<Lane> operator()(const protocol::QueryMessageRequest&) { return Lane::admin; }
    std::optional<Lane> operator()(const protocol::ViewMessageRequest&) { return Lane::admin; }
    std::optional<Lane> operator()(const protocol::LockBatchRequest&) { return Lane::admin; }
    std::optional<Lane> operator()(const protocol::UnlockBatchRequest&) { return Lane::admin; }
    std::optional<Lane> operator()(const protocol::PopMessageRequest&) { return Lane::pull; }
    std::optional<Lane> operator()(const protocol::AckMessageRequest&) { return Lane::ack; }
    std::optional<Lane> operator()(const protocol::ChangeInvisibleTimeRequest&) { return Lane::ack; }
    std::optional<Lane> operator()(const protocol::QueryAssignmentRequest&) { return Lane::load_balance; }
    std::optional<Lane> operator()(const protocol::SetRequestModeRequest&) { return Lane::load_balance; }
    std::optional<Lane> operator()(const kafka::FindCoordinatorRequest&) { return Lane::coordinator; }
    std::optional<Lane> operator()(const kafka::JoinGroupRequest&) { return Lane::coordinator; }
    std::optional<Lane> operator()(const kafka::SyncGroupRequest&) { return Lane::coordinator; }
    std::optional<Lane> operator()(const kafka::HeartbeatRequest&) { return Lane::coordinator; }
    std::optional<Lane> operator()(const kafka::LeaveGroupRequest&) { return Lane::coordinator; }
    std::optional<Lane> operator()(const kafka::OffsetCommitRequest&) { return Lane::coordinator; }
    std::optional<Lane> operator()(const kafka::OffsetFetchRequest&) { return Lane::coordinator; }
    std::optional<Lane> operator()(const kafka::ConsumerGroupHeartbeatRequest&) { return Lane::coordinator; }
    template <class Other>
    std::optional<Lane> operator()(const Other&) {
        return std::nullopt;
    }
};

/// Serves the admin lane. The real broker has a pool of its own for queries.
class AdminRequests final : public Processor {
public:
    AdminRequests(Processor& offsets, Processor& queries) : offsets_(offsets), queries_(queries) {}
    void process(Request&& request, LaneServer server) override {
        const bool query = holds_alternative<protocol::QueryMessageRequest>(request.payload) ||
                           holds_alternative<protocol::ViewMessageRequest>(request.payload);
        (query ? queries_ : offsets_).process(std::move(request), std::move(server));
    }

private:
    Processor& offsets_;
    Processor& queries_;
};

/// Serves the pull lane: pulls and pops share its threads.
class PullsAndPops final : public Processor {
public:
    PullsAndPops(Processor& pulls, Processor& pops) : pulls_(pulls), pops_(pops) {}
    void process(Request&& request, LaneServer server) override {
        Processor& one = holds_alternative<protocol::PopMessageRequest>(request.payload) ? pops_ : pulls_;
        one.process(std::move(request), std::move(server));
    }

private:
    Processor& pulls_;
    Processor& pops_;
};

/// Serves the coordinator's lane.
class PluggedIn final : public Processor {
public:
    explicit PluggedIn(Answers& answers) : answers_(answers) {}
    void process(Request&& request, LaneServer) override {
        BROKERSIM_CHECK(handler != nullptr, "a request for a handler that is not plugged in");
        const Origin origin = request.origin;
        protocol::Frame frame;
        frame.kind = origin.one_way ? protocol::FrameKind::one_way : protocol::FrameKind::request;
        frame.opaque = origin.opaque;
        frame.payload = std::move(request.payload);
        if (!handler->handle(origin.connection, std::move(frame))) answers_.refuse(origin, not_supported(origin));
    }

    static Refusal not_supported(const Origin& origin) {
        return {protocol::ResponseCode::request_code_not_supported,
                " request type " + std::to_string(origin.code) + " not supported"};
    }

    std::unique_ptr<RequestHandler> handler;

private:
    Answers& answers_;
};

}  // namespace

struct Broker::Parts final : protocol::ServerEvents {
    Parts(Host& host, BrokerOptions given);

    void load();
    void open_lanes();
    void start();
    void serve();
    void shutdown(Task done);

    void on_request(ConnectionId id, protocol::Frame&& frame) override;
    void on_connection_closed(ConnectionId id) override { forget(id, note::LeaveReason::connection_closed); }

    RequestLane* lane_of(const protocol::Payload& payload);
    RequestLane& open(Lane lane, std::int64_t servers, std::int64_t capacity, Millis max_wait, Processor& processor);
    /// Nothing more comes on the connection: whatever refers to it goes.
    void forget(ConnectionId id, note::LeaveReason reason);
    void expire(ConnectionId id);
    Address address() const { return {host.address().ip, options.identity.port}; }

    Host& host;
    BrokerOptions options;
    protocol::RemotingServer server;
    store::MessageStore store;
    PageCache page_cache;
    Answers answers;
    TopicTable topics;
    SubscriptionGroups groups;
    ConsumerOffsets offsets;
    DelayOffsets delays;
    ConsumerRegistry consumers;
    ProducerRegistry producers;
    Housekeeping housekeeping;
    Registration registration;
    PullHold hold;
    SendProcessor send;
    PullProcessor pull;
    QueueLocks locks;
    ClientRequests clients;
    ConsumerRequests consumer_requests;
    MessageQueries queries;
    AdminRequests admin;
    PopService pop;
    PullsAndPops pulls_and_pops;
    PluggedIn plugged_in;
    std::vector<std::unique_ptr<RequestLane>> lanes;  // by Lane
    bool serving = false;
    bool ended = false;
    std::optional<std::string> start_error;
};

Broker::Parts::Parts(Host& given_host, BrokerOptions given)
    : host(given_host),
      options(std::move(given)),
      server(host, *this),
      store(host, options.identity.name, options.store, options.store_costs),
      page_cache(store, options.store.osPageCacheBusyTimeOutMills),
      answers(host, server),
      topics(host, options.identity.name, options.identity.cluster, options.config),
      groups(host, options.config),
      offsets(host, options.identity.name, options.config.flushConsumerOffsetInterval),
      delays(host),
      consumers(host, server, groups, options.config.notifyConsumerIdsChangedEnable),
      producers(host),
      housekeeping(
          host,
          [this](HeartbeatScan& scan) {
              producers.show(scan);
              consumers.show(scan);
          },
          [this](ConnectionId id) { expire(id); }),
      registration(
          host,
          {.cluster = options.identity.cluster,
           .name = options.identity.name,
           .id = options.identity.id,
           .address = address(),
           .ha_server = {host.address().ip, static_cast<std::uint16_t>(options.identity.port + ha_port_distance)}},
          options.name_servers, topics, options.config),
      hold(host, options.config.longPollingEnable ? long_polling_check : Duration(options.config.shortPollingTimeMills),
           [this](Request&& request) { lanes[static_cast<std::size_t>(Lane::pull)]->submit(std::move(request)); }),
      send({host, store, topics, groups, answers, options.config, options.costs, options.store},
           options.identity.cluster, address()),
      pull({host, store, topics, groups, consumers, offsets, hold, answers, server, options.config, options.costs},
           address(),
           [this](Request&& request) { lanes[static_cast<std::size_t>(Lane::pull)]->submit(std::move(request)); }),
      clients({host, server, topics, groups, consumers, producers, housekeeping, answers}, options.costs.small_request),
      consumer_requests({host, store, topics, groups, consumers, offsets, locks, answers}, options.costs.small_request),
      queries({host, store, answers, options.config, options.costs}),
      admin(consumer_requests, queries),
      pop({host, store, topics, groups, consumers, offsets, answers, server, options.config, options.costs,
           options.name_servers},
          options.identity.cluster, options.identity.name, address(),
          [this](Request&& request) { lanes[static_cast<std::size_t>(Lane::pull)]->submit(std::move(request)); }),
      pulls_and_pops(pull, pop.pops()),
      plugged_in(answers),
      lanes(lane_count) {
    BROKERSIM_CHECK(options.identity.id == protocol::master_id, "{} is no master's id: there is no replication yet",
                    options.identity.id);
}

void Broker::Parts::load() {
    auto loaded = topics.load();
    if (loaded) loaded = groups.load();
    if (loaded) loaded = offsets.load();
    if (loaded) loaded = delays.load();
    if (loaded) loaded = pop.load();
    if (!loaded) {
        start_error = loaded.error();
        return;
    }
    if (auto opened = store.load(); !opened) start_error = opened.error().what;
}

RequestLane& Broker::Parts::open(Lane lane, std::int64_t servers, std::int64_t capacity, Millis max_wait,
                                 Processor& processor) {
    const LaneOptions lane_options{.servers = static_cast<int>(servers),
                                   .capacity = static_cast<std::size_t>(capacity),
                                   .max_wait = options.config.brokerFastFailureEnable ? max_wait : Millis(0),
                                   .first_check = host.mono_ns() + first_fast_failure,
                                   .page_cache = lane == Lane::send ? &page_cache : nullptr};
    auto& opened = lanes[static_cast<std::size_t>(lane)];
    opened = std::make_unique<RequestLane>(host, lane, lane_options, processor, answers);
    return *opened;
}

void Broker::Parts::open_lanes() {
    const BrokerConfig& config = options.config;
    const std::int64_t cores = host.cores();
    const auto threads = [](std::int64_t configured, std::int64_t otherwise) {
        return configured > 0 ? configured : otherwise;
    };
    open(Lane::send, threads(config.sendMessageThreadPoolNums, std::min<std::int64_t>(cores, 4)),
         config.sendThreadPoolQueueCapacity, config.waitTimeMillsInSendQueue, send);
    open(Lane::pull, threads(config.pullMessageThreadPoolNums, 16 + 2 * cores), config.pullThreadPoolQueueCapacity,
         config.waitTimeMillsInPullQueue, pulls_and_pops);
    open(Lane::heartbeat, threads(config.heartbeatThreadPoolNums, std::min<std::int64_t>(32, cores)),
         config.heartbeatThreadPoolQueueCapacity, config.waitTimeMillsInHeartbeatQueue, clients);
    open(Lane::client_manage, config.clientManageThreadPoolNums, config.clientManagerThreadPoolQueueCapacity, Millis(0),
         clients);
    open(Lane::consumer_manage, config.consumerManageThreadPoolNums, config.consumerManagerThreadPoolQueueCapacity,
         Millis(0), consumer_requests);
    open(Lane::admin, config.adminBrokerThreadPoolNums, config.adminBrokerThreadPoolQueueCapacity,
         config.waitTimeMillsInAdminBrokerQueue, admin);
    open(Lane::ack, config.ackMessageThreadPoolNums, config.ackThreadPoolQueueCapacity, config.waitTimeMillsInAckQueue,
         pop.acks());
    open(Lane::load_balance, config.loadBalanceThreadPoolNums, config.loadBalanceThreadPoolQueueCapacity, Millis(0),
         pop.assignments());
    if (plugged_in.handler != nullptr) open(Lane::coordinator, 1, coordinator_capacity, Millis(0), plugged_in);
}

/// What recovery wrote may be read when it has been paid for.
void Broker::Parts::start() {
    load();
    if (!start_error) host.paid([this] { serve(); });
}

void Broker::Parts::serve() {
    if (ended) return;
    open_lanes();
    for (const auto& topic : options.topics) topics.ensure(topic);
    for (const auto& mode : options.request_modes) pop.modes.put(mode);
    topics.on_change([this] { registration.announce(); });
    store.on_arrival(
        [this](const std::string& topic, std::int32_t queue_id, QueueOffset max_offset, std::int64_t tags_code) {
            hold.arrived(topic, queue_id, max_offset, tags_code);
            pop.arrived(topic, queue_id, tags_code);
        });
    store.start();
    delays.start();
    pop.start();
    if (plugged_in.handler != nullptr) plugged_in.handler->start();
    server.listen(options.identity.port);
    serving = true;
    registration.start();
}

void Broker::Parts::on_request(ConnectionId id, protocol::Frame&& frame) {
    if (!serving) return;
    Request request = make_request(id, server.peer(id), std::move(frame), host.mono_ns());
    if (RequestLane* lane = lane_of(request.payload))
        lane->submit(std::move(request));
    else
        answers.refuse(request.origin, PluggedIn::not_supported(request.origin));
}

RequestLane* Broker::Parts::lane_of(const protocol::Payload& payload) {
    const std::optional<Lane> lane = visit(LaneOf{}, payload);
    return lane ? lanes[static_cast<std::size_t>(*lane)].get() : nullptr;
}

void Broker::Parts::forget(ConnectionId id, note::LeaveReason reason) {
    hold.forget(id);
    pop.forget(id);
    producers.remove(id);
    consumers.remove(id, reason);
    if (plugged_in.handler != nullptr) plugged_in.handler->connection_closed(id);
}

/// RocketMQ closes the connection of a client that fell silent; what follows is the same as if the client had gone.
void Broker::Parts::expire(ConnectionId id) {
    server.close(id);
    forget(id, note::LeaveReason::expired);
}

/// In the order of BrokerController.shutdown.
void Broker::Parts::shutdown(Task done) {
    ended = true;
    if (!serving) {
        done();
        return;
    }
    serving = false;
    registration.stop([this, done = std::move(done)]() mutable {
        if (plugged_in.handler != nullptr) plugged_in.handler->stop();
        server.close_all();
        for (auto& lane : lanes)
            if (lane != nullptr) lane->close();
        pop.stop();
        store.shutdown([this, done = std::move(done)]() mutable {
            auto tables_saved = [this, done = std::move(done)]() mutable {
                topics.when_saved([this, done = std::move(done)]() mutable {
                    groups.when_saved([this, done = std::move(done)]() mutable { pop.when_saved(std::move(done)); });
                });
            };
            auto delays_saved = [this, tables_saved = std::move(tables_saved)]() mutable {
                offsets.persist(std::move(tables_saved));
            };
            delays.persist(std::move(delays_saved));
        });
    });
}

Broker::Broker(Host& host, BrokerOptions options) : parts_(std::make_unique<Parts>(host, std::move(options))) {}

Broker::~Broker() = default;

void Broker::plug(std::unique_ptr<RequestHandler> handler) {
    BROKERSIM_CHECK(!parts_->serving, "a handler is plugged into a running broker");
    parts_->plugged_in.handler = std::move(handler);
}

void Broker::start() { parts_->start(); }

void Broker::shutdown(Task done) { parts_->shutdown(std::move(done)); }

const std::optional<std::string>& Broker::start_error() const { return parts_->start_error; }

protocol::RemotingServer& Broker::server() { return parts_->server; }

store::MessageStore& Broker::store() { return parts_->store; }

bool Broker::pops_idle() const { return parts_->pop.idle(); }

const BrokerIdentity& Broker::identity() const { return parts_->options.identity; }

void Broker::ensure_topic(const protocol::TopicConfig& config) { parts_->topics.ensure(config); }

}  // namespace brokersim::broker
