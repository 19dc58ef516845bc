#include "core/client/machine_room.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/client/queue_text.h"

namespace brokersim::client {
namespace {

/// The room in a broker's name: Java's split by '@' drops what is empty at the end, and must leave two parts.
std::optional<std::string_view> room_of(std::string_view broker) {
    const auto end = broker.find_last_not_of('@');
    if (end == std::string_view::npos) return std::nullopt;
    broker = broker.substr(0, end + 1);
    if (std::count(broker.begin(), broker.end(), '@') != 1) return std::nullopt;
    return broker.substr(0, broker.find('@'));
}

class BlocksAndRest final : public Shares {
public:
    BlocksAndRest(QueueRefs queues, std::size_t clients) : queues_(std::move(queues)), clients_(clients) {}
    QueueRefs of(std::size_t place) const override {
        const std::size_t block = queues_.size() / clients_;
        const std::size_t rest = queues_.size() % clients_;
        const auto begin = queues_.begin() + static_cast<std::ptrdiff_t>(block * place);
        QueueRefs mine(begin, begin + static_cast<std::ptrdiff_t>(block));
        if (place < rest) mine.push_back(queues_[block * clients_ + place]);
        return mine;
    }

private:
    QueueRefs queues_;
    std::size_t clients_;
};

/// The view that an inner strategy has of a room.
struct RoomView {
    Queues queues;
    std::vector<const protocol::MessageQueue*> originals;  // element i stands for queues[i]
    ClientIds clients;
    std::unique_ptr<const Shares> shares;

    void add_share(std::size_t place, QueueRefs& mine) const {
        for (const protocol::MessageQueue* queue : shares->of(place))
            mine.push_back(originals[static_cast<std::size_t>(queue - queues.data())]);
    }
};

class NearbyShares final : public Shares {
public:
    struct Standing {
        const RoomView* room;  // null: a room without queues
        std::size_t place;     // among the room's clients
    };
    std::map<std::string, RoomView> rooms;  // that have clients and queues
    std::map<std::string, RoomView, decltype(&java_string_less)> deserted{&java_string_less};
    std::vector<Standing> clients;

    QueueRefs of(std::size_t place) const override {
        QueueRefs mine;
        if (const auto& [room, in_room] = clients[place]; room != nullptr) room->add_share(in_room, mine);
        for (const auto& [name, room] : deserted) room.add_share(place, mine);
        return mine;
    }
};

}  // namespace

std::expected<std::unique_ptr<const Shares>, std::string> ByMachineRoom::share_out(const Queues& queues,
                                                                                   const ClientIds& client_ids) const {
    QueueRefs wanted;
    for (const protocol::MessageQueue& queue : queues)
        if (const auto room = room_of(queue.broker); room && rooms_.contains(*room)) wanted.push_back(&queue);
    return std::make_unique<BlocksAndRest>(std::move(wanted), client_ids.size());
}

std::expected<std::unique_ptr<const Shares>, std::string> MachineRoomNearby::share_out(
    const Queues& queues, const ClientIds& client_ids) const {
    std::map<std::string, RoomView> views;
    for (const protocol::MessageQueue& queue : queues) {
        const std::string room = rooms_.of_broker(queue.broker);
        if (room.empty()) return std::unexpected("Machine room is null for mq " + queue_text(queue));
        RoomView& view = views[room];
        view.queues.push_back(queue);
        view.originals.push_back(&queue);
    }
    std::map<std::string, ClientIds> clients;
    std::vector<std::pair<std::string, std::size_t>> places;
    for (const std::string& id : client_ids) {
        std::string room = rooms_.of_client(id);
        if (room.empty()) return std::unexpected("Machine room is null for consumer id " + id);
        ClientIds& of_room = clients[room];
        places.emplace_back(std::move(room), of_room.size());
        of_room.push_back(id);
    }
    auto result = std::make_unique<NearbyShares>();
    for (auto& [name, view] : views) {
        const auto here = clients.find(name);
        RoomView& room = (here != clients.end() ? result->rooms[name] : result->deserted[name]) = std::move(view);
        if (here != clients.end()) room.clients = std::move(here->second);
        auto shares = inner_.share_out(room.queues, here != clients.end() ? room.clients : client_ids);
        if (!shares) return std::unexpected(std::move(shares.error()));
        room.shares = std::move(*shares);
    }
    for (auto& [room, place] : places) {
        const auto found = result->rooms.find(room);
        result->clients.push_back({found == result->rooms.end() ? nullptr : &found->second, place});
    }
    return result;
}

}  // namespace brokersim::client
