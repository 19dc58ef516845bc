#include "core/client/consistent_hash.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/uuid/detail/md5.hpp>

#include "core/client/queue_text.h"

namespace brokersim::client {
namespace {

class RingShares final : public Shares {
public:
    explicit RingShares(std::vector<QueueRefs> queues) : queues_(std::move(queues)) {}
    QueueRefs of(std::size_t place) const override { return queues_[place]; }

private:
    std::vector<QueueRefs> queues_;  // by place of the client
};

}  // namespace

std::uint32_t ring_hash(std::string_view key) {
    boost::uuids::detail::md5 md5;
    md5.process_bytes(key.data(), key.size());
    boost::uuids::detail::md5::digest_type digest;
    md5.get_digest(digest);  // words of the digest, read big-endian
    return digest[0];
}

HashRing::HashRing(std::span<const std::string> nodes, std::uint32_t virtual_nodes) {
    struct Standing {
        std::size_t first;         // place in `nodes`
        std::uint32_t places = 0;  // on the ring now
    };
    std::map<std::string_view, Standing> standings;
    std::map<std::uint32_t, Standing*> ring;
    std::string key;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        Standing& node = standings.try_emplace(nodes[i], Standing{i}).first->second;
        const std::uint32_t existing = node.places;
        for (std::uint32_t replica = 0; replica < virtual_nodes; ++replica) {
            key.clear();
            fmt::format_to(std::back_inserter(key), "{}-{}", nodes[i], existing + replica);
            Standing*& owner = ring[ring_hash(key)];
            if (owner != nullptr) --owner->places;  // equal hashes: the later one stays
            owner = &node;
            ++node.places;
        }
    }
    places_.reserve(ring.size());
    for (const auto& [hash, owner] : ring) places_.push_back({hash, owner->first});
}

std::optional<std::size_t> HashRing::route(std::string_view key) const {
    if (places_.empty()) return std::nullopt;
    const auto found = std::lower_bound(places_.begin(), places_.end(), ring_hash(key),
                                        [](const Place& place, std::uint32_t hash) { return place.hash < hash; });
    return (found == places_.end() ? places_.front() : *found).node;
}

std::expected<std::unique_ptr<const Shares>, std::string> ConsistentHash::share_out(const Queues& queues,
                                                                                    const ClientIds& client_ids) const {
    const HashRing ring(client_ids, virtual_nodes_);
    std::vector<QueueRefs> shares(client_ids.size());
    for (const protocol::MessageQueue& queue : queues)
        if (const auto owner = ring.route(queue_text(queue))) shares[*owner].push_back(&queue);
    return std::make_unique<RingShares>(std::move(shares));
}

}  // namespace brokersim::client
