#include "scenarios/strategy_lines.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace brokersim::scenario {
namespace {

using Json = nlohmann::ordered_json;

/// Reads the shares of one answer, one after the other.
class ShareReader {
public:
    ShareReader(const client::Queues& queues, const client::ClientIds& client_ids)
        : queues_(queues), client_ids_(client_ids), owner_(queues.size()) {}

    std::expected<client::QueueRefs, std::string> read(const std::string& id, const Json& places) {
        if (!std::binary_search(client_ids_.begin(), client_ids_.end(), id, client::java_string_less))
            return std::unexpected(fmt::format("output.allocation has \"{}\", who is not in cid_all", id));
        if (!places.is_array())
            return std::unexpected(fmt::format("output.allocation.{} is no list of places in mq_all", id));
        client::QueueRefs share;
        for (const Json& place : places) {
            if (!place.is_number_integer() || place < 0 || place >= queues_.size())
                return std::unexpected(fmt::format("output.allocation.{} has {}, but places in mq_all go from 0 to {}",
                                                   id, place.dump(), queues_.size() - 1));
            const auto at = place.get<std::size_t>();
            if (!owner_[at].empty())
                return std::unexpected(fmt::format(
                    "queue {} is given to {}", protocol::queue_name(queues_[at]),
                    owner_[at] == id ? fmt::format("{} twice", id) : fmt::format("both {} and {}", owner_[at], id)));
            owner_[at] = id;
            share.push_back(&queues_[at]);
        }
        return share;
    }

    /// A queue that nobody has, or null.
    const protocol::MessageQueue* left_out() const {
        const auto found = std::ranges::find(owner_, std::string());
        return found == owner_.end() ? nullptr : &queues_[static_cast<std::size_t>(found - owner_.begin())];
    }

private:
    const client::Queues& queues_;
    const client::ClientIds& client_ids_;
    std::vector<std::string> owner_;  // by place; empty: nobody so far
};

}  // namespace

std::string question_input(const std::string& group, const std::string& asking, const client::Queues& queues,
                           const client::ClientIds& client_ids) {
    Json by_broker = Json::array();
    const std::string* broker = nullptr;
    for (const protocol::MessageQueue& queue : queues) {
        if (broker == nullptr || *broker != queue.broker)
            by_broker.push_back(Json::array({queue.broker, Json::array()}));
        broker = &queue.broker;
        by_broker.back()[1].push_back(queue.queue_id);
    }
    const Json input = {{"group", group},
                        {"topic", queues.front().topic},
                        {"mq_all", std::move(by_broker)},
                        {"cid_all", client_ids},
                        {"asking", asking}};
    return input.dump();
}

std::string question_line(std::size_t number, const std::string& input) {
    return fmt::format(R"({{"algo":"rocketmq.alloc.averagely","case":"{}","input":{}}})", number, input);
}

std::expected<client::QueueRefs, std::string> read_share(const std::string& line, const std::string& asking,
                                                         const client::Queues& queues,
                                                         const client::ClientIds& client_ids) {
    const Json answer = Json::parse(line, nullptr, false);
    if (answer.is_discarded()) return std::unexpected("the answer is not JSON");
    const Json::json_pointer path("/output/allocation");
    if (!answer.is_object() || !answer.contains(path) || !answer[path].is_object())
        return std::unexpected("the answer has no output.allocation");
    const Json& allocation = answer[path];
    if (!allocation.contains(asking))
        return std::unexpected(fmt::format("output.allocation has nothing for {}, who asks", asking));
    client::QueueRefs mine;
    ShareReader reader(queues, client_ids);
    for (const auto& [id, places] : allocation.items()) {
        auto share = reader.read(id, places);
        if (!share) return share;
        if (id == asking) mine = std::move(*share);
    }
    const bool all = std::ranges::all_of(client_ids, [&](const std::string& id) { return allocation.contains(id); });
    if (const auto* queue = reader.left_out(); all && queue != nullptr)
        return std::unexpected(fmt::format("queue {} is given to nobody", protocol::queue_name(*queue)));
    return mine;
}

}  // namespace brokersim::scenario
