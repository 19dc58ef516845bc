#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/client/allocate.h"

namespace brokersim::client {

/// Place of a key on the ring: the first four bytes of its MD5, big-endian (ConsistentHashRouter's MD5Hash).
std::uint32_t ring_hash(std::string_view key);

/// RocketMQ's ConsistentHashRouter: every node stands at several places of a ring, and has the keys that lie between
/// such a place and the one before.
class HashRing {
public:
    /// `virtual_nodes` places for each node, keys "NODE-0", "NODE-1" ...; 0 makes an empty ring. A node that is given
    /// again gets further places, numbered on.
    HashRing(std::span<const std::string> nodes, std::uint32_t virtual_nodes);

    /// The node of a key, by its first place in `nodes`; none if the ring is empty.
    std::optional<std::size_t> route(std::string_view key) const;

private:
    struct Place {
        std::uint32_t hash;
        std::size_t node;
    };
    std::vector<Place> places_;  // by hash, each once
};

/// AllocateMessageQueueConsistentHash: a queue belongs to the client that its text falls to on the ring.
class ConsistentHash final : public AllocateStrategy {
public:
    static constexpr std::uint32_t default_virtual_nodes = 10;
    explicit ConsistentHash(std::uint32_t virtual_nodes = default_virtual_nodes) : virtual_nodes_(virtual_nodes) {}

    std::string real_name() const override { return "CONSISTENT_HASH"; }
    std::expected<std::unique_ptr<const Shares>, std::string> share_out(const Queues& queues,
                                                                        const ClientIds& client_ids) const override;

private:
    std::uint32_t virtual_nodes_;
};

}  // namespace brokersim::client
