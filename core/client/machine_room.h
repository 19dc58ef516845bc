#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "core/client/allocate.h"

/// RocketMQ's strategies for clusters that spread over machine rooms.
namespace brokersim::client {

/// AllocateMessageQueueByMachineRoom: brokers are named ROOM@NAME, and only the queues of some rooms are shared out:
/// equal blocks, and one queue more of the rest for the first clients.
class ByMachineRoom final : public AllocateStrategy {
public:
    /// The rooms whose queues are consumed (setConsumeridcs).
    explicit ByMachineRoom(std::set<std::string, std::less<>> rooms) : rooms_(std::move(rooms)) {}

    std::string real_name() const override { return "MACHINE_ROOM"; }
    std::expected<std::unique_ptr<const Shares>, std::string> share_out(const Queues& queues,
                                                                        const ClientIds& client_ids) const override;

private:
    std::set<std::string, std::less<>> rooms_;
};

/// What MachineRoomResolver answers; empty: unknown, which makes the allocation fail.
struct RoomResolver {
    std::function<std::string(const std::string& broker)> of_broker;
    std::function<std::string(const std::string& client_id)> of_client;
};

/// AllocateMachineRoomNearby: the queues of a room are shared out among the clients of that room; those of a room
/// without clients among all. How, is the inner strategy's business.
class MachineRoomNearby final : public AllocateStrategy {
public:
    /// `inner` must outlive the strategy and must not ignore its view.
    MachineRoomNearby(const AllocateStrategy& inner, RoomResolver rooms) : inner_(inner), rooms_(std::move(rooms)) {}

    std::string real_name() const override { return "MACHINE_ROOM_NEARBY-" + inner_.real_name(); }
    std::expected<std::unique_ptr<const Shares>, std::string> share_out(const Queues& queues,
                                                                        const ClientIds& client_ids) const override;

private:
    const AllocateStrategy& inner_;
    RoomResolver rooms_;
};

}  // namespace brokersim::client
