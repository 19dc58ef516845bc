#include <map>
#include <set>

#include "core/client/configured_queues.h"
#include "core/client/consistent_hash.h"
#include "core/client/machine_room.h"
#include "scenarios/assign/families.h"
#include "scenarios/assign/input.h"

namespace brokersim::scenario::assign {
namespace {

/// [[broker, [queueId, ...]], ...]
client::Queues read_queues(const std::string& topic, const Input& by_broker) {
    client::Queues queues;
    for (const Input& broker : by_broker.list()) {
        const auto pair = broker.list(2);
        const std::string name = pair[0].text();
        for (const Input& id : pair[1].list()) queues.push_back({topic, name, id.int32()});
    }
    return queues;
}

/// The same form; consecutive queues of a broker are grouped.
template <class Range, class QueueOf>
Json queues_json(const Range& range, QueueOf queue_of) {
    Json json = Json::array();
    const std::string* broker = nullptr;
    for (const auto& element : range) {
        const protocol::MessageQueue& queue = queue_of(element);
        if (broker == nullptr || queue.broker != *broker) json.push_back(Json::array({queue.broker, Json::array()}));
        broker = &queue.broker;
        json.back()[1].push_back(queue.queue_id);
    }
    return json;
}

/// What is common to all strategies: the view, prepared as RebalanceImpl does.
struct View {
    explicit View(const Input& input) {
        input.only({"group", "topic", "mq_all", "cid_all", "extra_current", "virtual_nodes", "consumer_idcs",
                    "broker_room", "cid_room", "inner", "config", "asking"});
        if (input.has("group")) input.at("group").text();
        topic = input.has("topic") ? input.at("topic").text() : "";
        queues = read_queues(topic, input.at("mq_all"));
        client::sort_queues(queues);
        queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
        ids = input.at("cid_all").texts();
        client::sort_client_ids(ids);
        asked = ids;
        asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
        if (!input.has("extra_current")) return;
        const std::set<std::string> known(asked.begin(), asked.end());
        for (std::string& id : input.at("extra_current").texts())
            if (!known.contains(id)) asked.push_back(std::move(id));
    }

    std::string topic;
    client::Queues queues;
    client::ClientIds ids;
    client::ClientIds asked;  // whose shares are printed
};

/// Every client's share, as `share_json` shows it.
template <class ShareJson>
Json outcome(const View& view, const client::AllocateStrategy& strategy, ShareJson share_json) {
    Json allocation = Json::object();
    Json errors = Json::object();
    std::set<std::string> messages;
    const client::GroupAllocation group(strategy, view.queues, view.ids);
    for (const std::string& id : view.asked) {
        const auto share = group.of(id);
        if (share) {
            add(allocation, id, share_json(*share));
        } else {
            messages.insert("IllegalArgumentException: " + share.error());
            add(errors, id, "IllegalArgumentException: " + share.error());
        }
    }
    if (errors.size() > 1 && errors.size() == view.asked.size() && messages.size() == 1)
        errors = {{"*", *messages.begin()}};
    Json output = {{"name", strategy.real_name()},
                   {"cid_sorted", view.ids},
                   {"mq_sorted", queues_json(view.queues, [](const auto& queue) -> const auto& { return queue; })},
                   {"allocation", std::move(allocation)}};
    if (!errors.empty()) output["errors"] = std::move(errors);
    return output;
}

Json outcome(const View& view, const client::AllocateStrategy& strategy) {
    return outcome(view, strategy, [&](const client::QueueRefs& share) {
        Json places = Json::array();
        for (const protocol::MessageQueue* queue : share) places.push_back(queue - view.queues.data());
        return places;
    });
}

std::map<std::string, std::string> read_rooms(const Input& rooms) {
    std::map<std::string, std::string> by_name;
    rooms.each([&](const std::string& name, const Input& room) { by_name[name] = room.null() ? "" : room.text(); });
    return by_name;
}

}  // namespace

Json rocketmq_averagely(const Json& json) {
    return outcome(View(Input(json, "input")), *client::find_strategy("averagely"));
}

Json rocketmq_averagely_by_circle(const Json& json) {
    return outcome(View(Input(json, "input")), *client::find_strategy("averagely-by-circle"));
}

Json rocketmq_consistent_hash(const Json& json) {
    const Input input(json, "input");
    const View view(input);
    if (!input.has("virtual_nodes")) return outcome(view, client::ConsistentHash());
    return outcome(view, client::ConsistentHash(virtual_nodes(input, view.ids.size())));
}

Json rocketmq_machine_room(const Json& json) {
    const Input input(json, "input");
    const View view(input);
    const auto rooms = input.at("consumer_idcs").texts();
    return outcome(view, client::ByMachineRoom({rooms.begin(), rooms.end()}));
}

Json rocketmq_machine_room_nearby(const Json& json) {
    const Input input(json, "input");
    const View view(input);
    std::string inner = "averagely";
    if (input.has("inner")) inner = input.at("inner").text();
    if (inner == "averagely_by_circle") inner = "averagely-by-circle";
    const client::AllocateStrategy* strategy = client::find_strategy(inner);
    if (strategy == nullptr || inner == "consistent-hash")
        input.at("inner").fail("must be `averagely` or `averagely_by_circle`");
    const auto lookup = [](std::map<std::string, std::string> rooms) {
        return [rooms = std::move(rooms)](const std::string& name) {
            const auto found = rooms.find(name);
            return found == rooms.end() ? std::string() : found->second;
        };
    };
    return outcome(view, client::MachineRoomNearby(*strategy, {lookup(read_rooms(input.at("broker_room"))),
                                                               lookup(read_rooms(input.at("cid_room")))}));
}

Json rocketmq_config(const Json& json) {
    const Input input(json, "input");
    const View view(input);
    const bool set = input.has("config");
    const client::ConfiguredQueues strategy(set ? read_queues(view.topic, input.at("config")) : client::Queues{});
    return outcome(view, strategy, [&](const client::QueueRefs& share) {
        return set ? queues_json(share, [](const auto* queue) -> const auto& { return *queue; }) : Json();
    });
}

}  // namespace brokersim::scenario::assign
