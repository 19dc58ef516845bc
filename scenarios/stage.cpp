#include "scenarios/stage.h"

#include <algorithm>

#include "core/broker/broker.h"
#include "core/check.h"
#include "core/kafka/coordinator_service.h"
#include "core/namesrv/name_server.h"
#include "scenarios/assignment.h"
#include "scenarios/bounds.h"
#include "scenarios/configs.h"
#include "scenarios/consumer_options.h"
#include "scenarios/engines.h"
#include "scenarios/nodes.h"
#include "scenarios/profiles.h"
#include "scenarios/rooms.h"
#include "sim/files.h"

namespace brokersim::scenario {
namespace {

constexpr Duration settle_time = std::chrono::seconds(5);  // brokers run that long before the load begins

sim::WorldOptions world_options(const Scenario& scenario, const StageOptions& options) {
    sim::WorldOptions made;
    const NetworkProfile* network = find_network_profile(scenario.hardware.network);
    made.network.latency_median = network->latency_median;
    made.network.latency_p99 = network->latency_p99;
    made.network.window_bytes = network->window;
    made.network.socket_buffer_bytes = network->socket_buffer;
    made.storage.model = scenario.hardware.modelled_storage ? sim::StorageModel::modelled : sim::StorageModel::constant;
    made.storage.keep_directory = options.keep_store;
    made.storage.limit_bytes = options.store_limit;
    made.check_unpaid = options.check_unpaid;
    return made;
}

bool uses_kafka(const Scenario& scenario) {
    return std::any_of(scenario.groups.begin(), scenario.groups.end(), has_coordinator);
}

}  // namespace

Stage::Stage(const Scenario& scenario, std::uint64_t seed, const StageOptions& options)
    : scenario_(scenario),
      readers_(readers_of(scenario)),
      options_(options),
      roster_([this](NameId id) { return std::string(world_.names().text(id)); }),
      history_(roster_),
      recorder_(world_, history_),
      world_(seed, world_options(scenario, options)),
      links_(world_.network()) {
    world_.add_observer(recorder_);
    add_groups();
    add_name_servers();
    add_brokers();
    add_producers();
    add_consumers();
}

Stage::~Stage() = default;

void Stage::add_groups() {
    for (const TopicSpec& topic : scenario_.topics) roster_.add_topic(topic.name);
    const auto topic_number = [this](const std::string& name) {
        const auto found = std::find_if(scenario_.topics.begin(), scenario_.topics.end(),
                                        [&](const TopicSpec& topic) { return topic.name == name; });
        BROKERSIM_CHECK(found != scenario_.topics.end(), "topic {} is not in the scenario", name);
        return static_cast<std::uint32_t>(found - scenario_.topics.begin());
    };
    for (const Reader& reader : readers_) {
        const GroupSpec& spec = scenario_.groups[reader.group];
        GroupEntry group;
        group.name = reader.name;
        group.id = world_.names().id(reader.name);
        if (reader.member != NodeName::all) group.reader_of = spec.name;
        group.topics = {topic_number(spec.topic)};
        group.from = spec.from;
        group.shares_queues = shares_queues(spec);
        group.threads = spec.threads;
        group.handler_mean = distribution_of(spec.handler).mean();
        group.orderly = spec.order == ConsumeOrder::orderly;
        const std::uint32_t number = roster_.add_group(std::move(group));
        handler_times_.push_back(std::make_unique<HandlerTimes>(world_, spec, number));
    }
    for (std::uint32_t number = 0; number < scenario_.topics.size(); ++number) {
        const TopicSpec& topic = scenario_.topics[number];
        has_backlog_ = has_backlog_ || topic.backlog > 0;
        backlog_producers_.push_back(
            topic.backlog == 0 ? none : roster_.add_producer({fmt::format("backlog of {}", topic.name), number, true}));
        for (std::int64_t broker = 0; broker < scenario_.cluster.brokers; ++broker)
            for (std::int32_t queue = 0; queue < topic.queues; ++queue)
                roster_.declare_queue(number, world_.names().id(protocol::queue_name(
                                                  topic.name, broker_name(scenario_.cluster, broker), queue)));
    }
}

sim::NodeId Stage::add(const NodeName& name, std::uint32_t group, sim::NodeFactory factory) {
    const sim::MachineId machine = machine_for(name);
    const sim::NodeId node =
        world_.add_node(machine, name.text(), std::move(factory), find_engine(scenario_.cluster.engine)->collector);
    const std::uint32_t number = roster_.add_node(name, group);
    BROKERSIM_CHECK(number == node.value, "node {} is {} in the roster and {} in the world", name.text(), number,
                    node.value);
    nodes_.emplace(name.text(), node);
    if (name.role == NodeName::Role::consumer)
        rooms_.emplace(world_.address(machine).ip, room_of(scenario_.cluster, name.index));
    return node;
}

void Stage::add_name_servers() {
    for (std::int64_t index = 0; index < scenario_.cluster.name_servers; ++index)
        name_servers_.push_back(add({NodeName::Role::name_server, "", index}, none, [this](Host& host) {
            return std::make_unique<namesrv::NameServer>(host, name_server_config(scenario_));
        }));
}

std::vector<Address> Stage::name_server_addresses() const {
    std::vector<Address> addresses;
    for (const sim::NodeId node : name_servers_) {
        Address address = world_.address(world_.machine_of(node));
        address.port = static_cast<std::uint16_t>(name_server_config(scenario_).listenPort);
        addresses.push_back(address);
    }
    return addresses;
}

void Stage::add_brokers() {
    for (std::int64_t index = 0; index < scenario_.cluster.brokers; ++index) {
        brokers_.push_back(add({NodeName::Role::broker, "", index}, none, [this, index](Host& host) {
            return has_backlog_ && host.incarnation() == 0 ? make_loader(host, index) : make_broker(host, index);
        }));
        roster_.add_broker(broker_name(scenario_.cluster, index), brokers_.back().value);
        storage_meters_.watch(world_.machine(world_.machine_of(brokers_.back())));
    }
    loaders_.resize(brokers_.size());
    living_brokers_.resize(brokers_.size());
}

std::vector<Backlog> Stage::backlogs_of(std::int64_t broker) const {
    std::vector<Backlog> backlogs;
    for (std::uint32_t number = 0; number < scenario_.topics.size(); ++number) {
        const TopicSpec& topic = scenario_.topics[number];
        if (topic.backlog == 0) continue;
        Backlog backlog{.topic = topic.name,
                        .producer = backlog_producers_[number],
                        .messages = topic.backlog,
                        .queues = topic.queues,
                        .broker = broker,
                        .brokers = scenario_.cluster.brokers,
                        .body = {.first = 256, .values = {}}};
        for (const ProducerSpec& producer : scenario_.producers)
            if (producer.topic == topic.name) {
                backlog.body = producer.body;
                break;
            }
        backlogs.push_back(std::move(backlog));
    }
    return backlogs;
}

std::unique_ptr<Node> Stage::make_loader(Host& host, std::int64_t index) {
    Address address = host.address();
    address.port = broker::BrokerIdentity{}.port;
    auto loader = std::make_unique<BacklogLoader>(host, broker_name(scenario_.cluster, index), store_config(scenario_),
                                                  backlogs_of(index), address, world_,
                                                  brokers_[static_cast<std::size_t>(index)].value, recorder_);
    loaders_[static_cast<std::size_t>(index)] = loader.get();
    return loader;
}

std::unique_ptr<Node> Stage::make_broker(Host& host, std::int64_t index) {
    broker::BrokerOptions options;
    options.identity.name = broker_name(scenario_.cluster, index);
    options.config = broker_config(scenario_);
    options.store = store_config(scenario_);
    options.store_costs = store_costs(scenario_);
    options.name_servers = name_server_addresses();
    for (const TopicSpec& topic : scenario_.topics)
        options.topics.push_back({.topic = topic.name,
                                  .read_queue_nums = static_cast<std::int32_t>(topic.queues),
                                  .write_queue_nums = static_cast<std::int32_t>(topic.queues)});
    for (const GroupSpec& group : scenario_.groups)
        if (shares_queues(group))
            options.request_modes.push_back(
                {.topic = group.topic,
                 .consumer_group = group.name,
                 .mode = protocol::RequestMode::pop,
                 .pop_share_queue_num = static_cast<std::int32_t>(options.config.defaultPopShareQueueNum)});
    options.costs = find_engine(scenario_.cluster.engine)->broker;
    auto made = std::make_unique<broker::Broker>(host, std::move(options));
    living_brokers_[static_cast<std::size_t>(index)] = made.get();
    if (uses_kafka(scenario_)) {
        kafka::CoordinatorCluster cluster{
            .self = static_cast<std::int32_t>(index), .brokers = {}, .name_servers = name_server_addresses()};
        for (const sim::NodeId node : brokers_) {
            Address address = world_.address(world_.machine_of(node));
            address.port = broker::BrokerIdentity{}.port;
            cluster.brokers.push_back(address);
        }
        made->plug(std::make_unique<kafka::CoordinatorService>(host, *made, std::move(cluster),
                                                               coordinator_config(scenario_)));
    }
    return made;
}

void Stage::add_producers() {
    for (const ProducerSpec& spec : scenario_.producers) {
        const auto topic = static_cast<std::uint32_t>(
            std::find_if(scenario_.topics.begin(), scenario_.topics.end(),
                         [&](const TopicSpec& candidate) { return candidate.name == spec.topic; }) -
            scenario_.topics.begin());
        const std::int64_t count = total_count({NodeName::Role::producer, spec.name, 0}, scenario_);
        for (std::int64_t index = 0; index < count; ++index) {
            const NodeName name{NodeName::Role::producer, spec.name, index};
            const sim::NodeId node = add(name, none, [this, &spec](Host& host) {
                ProducerNode& producer = producers_.at(nodes_.at(std::string(host.node_name())).value);
                client::ProducerOptions options{.group = "producer-" + spec.name,
                                                .name_servers = name_server_addresses(),
                                                .config = client_config(spec),
                                                .topics = {spec.topic}};
                auto app = std::make_unique<ProducerApp>(host, std::move(options), spec,
                                                         nodes_.at(std::string(host.node_name())).value, *producer.load,
                                                         recorder_);
                producer.app = app.get();
                return app;
            });
            const std::uint32_t number = roster_.add_producer({name.text(), topic, false});
            producers_.emplace(node.value, ProducerNode{&spec, std::make_unique<ProducerLoad>(
                                                                   world_, spec, number, text_identity(name.text()))});
        }
    }
}

void Stage::add_consumers() {
    for (std::uint32_t group = 0; group < readers_.size(); ++group) {
        const GroupSpec& spec = group_spec(group);
        const std::int64_t count = total_count({NodeName::Role::consumer, spec.name, 0}, scenario_);
        for (std::int64_t index = 0; index < count; ++index) {
            if (readers_[group].member != NodeName::all && readers_[group].member != index) continue;
            const sim::NodeId node =
                add({NodeName::Role::consumer, spec.name, index}, group, [this, &spec, group, index](Host& host) {
                    const std::uint32_t number = nodes_.at(std::string(host.node_name())).value;
                    const auto consumer = [&](Host& its_host, client::MessageListener& listener) {
                        return make_consumer(its_host, spec,
                                             consumer_options(spec, index, room_of(scenario_.cluster, index),
                                                              name_server_addresses(), strategy(group, index)),
                                             listener);
                    };
                    auto app =
                        std::make_unique<ConsumerApp>(host, consumer, number, group, *handler_times_[group], recorder_);
                    consumers_.at(number).app = app.get();
                    return app;
                });
            consumers_.emplace(node.value, ConsumerNode{group});
        }
    }
}

// Client ids begin with the client's address.
ClientRooms Stage::client_rooms() const {
    return [this](const std::string& client_id) {
        const auto address = protocol::parse_ip(std::string_view(client_id).substr(0, client_id.find('@')));
        const auto found = address ? rooms_.find(address->ip) : rooms_.end();
        return found == rooms_.end() ? std::string() : found->second;
    };
}

sim::RunStatus Stage::set_up() {
    for (const sim::NodeId node : name_servers_) world_.start(node);
    for (const sim::NodeId node : brokers_) world_.start(node);
    if (has_backlog_) {
        const auto loaded = [this] {
            return std::all_of(loaders_.begin(), loaders_.end(), [](const auto* loader) { return loader->done(); });
        };
        while (!loaded())
            if (const auto status = world_.run_for(std::chrono::seconds(1)); status != sim::RunStatus::reached)
                return status;
        for (const sim::NodeId node : brokers_)
            world_.stop(node, [this, node] { world_.schedule(world_.now(), [this, node] { world_.start(node); }); });
    }
    const auto status = world_.run_for(settle_time);
    recorder_.set_load_start(world_.now());
    return status;
}

void Stage::start_clients() {
    for (const auto& [node, consumer] : consumers_)
        if (roster_.nodes()[node].name.index < group_spec(consumer.group).consumers) world_.start({node});
    for (const auto& [node, producer] : producers_)
        if (roster_.nodes()[node].name.index < producer.spec->count) world_.start({node});
}

void Stage::end_load() {
    recorder_.record(load_ended(recorder_.now()));
    for (auto& [node, producer] : producers_) producer.load->end();
}

bool Stage::quiet() const {
    for (const auto& [node, producer] : producers_)
        if (world_.state({node}) == sim::NodeState::running && producer.app->under_way() > 0) return false;
    for (std::uint32_t group = 0; group < readers_.size(); ++group) {
        if (history_.owners().members_alive(group) == 0) continue;
        if (history_.flow().waiting(group) > 0) return false;
        const bool shares = roster_.groups()[group].shares_queues;
        if (shares ? !pops_idle() : !history_.owners().settled(group)) return false;
    }
    for (const auto& [node, consumer] : consumers_)
        if (world_.state({node}) == sim::NodeState::running && consumer.app->consumer().handling() > 0) return false;
    return dispatched() && !unread_after_power_cut();
}

/// Whether all that is in the brokers' logs is in their queues.
bool Stage::dispatched() const {
    for (std::size_t index = 0; index < brokers_.size(); ++index) {
        if (world_.state(brokers_[index]) != sim::NodeState::running) continue;
        const store::MessageStore& store = living_brokers_[index]->store();
        if (store.dispatched_offset() < store.max_physical_offset()) return false;
    }
    return true;
}

bool Stage::unread_after_power_cut() const {
    for (const Flow::Queue& queue : history_.flow().queues()) {
        if (!queue.power_lost || queue.entry->kind != QueueKind::ordinary || queue.entry->broker == none) continue;
        if (world_.state(brokers_[queue.entry->broker]) != sim::NodeState::running) continue;
        const std::string& topic = roster_.topics()[queue.entry->topic].name;
        const std::int64_t end =
            living_brokers_[queue.entry->broker]->store().max_offset(topic, queue.entry->queue_id).value;
        for (const Flow::Reading& reading : queue.readings)
            if (reading.position >= 0 && reading.position < end && history_.owners().members_alive(reading.group) > 0)
                return true;
    }
    return false;
}

bool Stage::pops_idle() const {
    for (std::size_t index = 0; index < brokers_.size(); ++index)
        if (world_.state(brokers_[index]) == sim::NodeState::running && !living_brokers_[index]->pops_idle())
            return false;
    return true;
}

void Stage::sample_levels() {
    const NameId what = world_.names().id("messages cached by a consumer");
    for (const auto& [node, consumer] : consumers_) {
        if (world_.state({node}) != sim::NodeState::running) continue;
        const client::Consumer& client = consumer.app->consumer();
        recorder_.record(level_sampled(recorder_.now(), node, what, client.cached(),
                                       most_cached(group_spec(consumer.group), client.queue_count())));
    }
}

sim::NodeId Stage::node(const std::string& name) const {
    const auto found = nodes_.find(name);
    BROKERSIM_CHECK(found != nodes_.end(), "no node {}", name);
    return found->second;
}

std::string Stage::client_id(std::uint32_t node) const {
    const auto found = consumers_.find(node);
    if (found == consumers_.end() || world_.state({node}) != sim::NodeState::running) return {};
    return found->second.app->consumer().client_id();
}

}  // namespace brokersim::scenario
