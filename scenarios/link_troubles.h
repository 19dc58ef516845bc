#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "faults/world.h"
#include "sim/network.h"
#include "sim/types.h"

namespace brokersim::scenario {

/// All that is wrong with the links of a run, so that several troubles can lie on one link and each can be lifted
/// alone. Tells the network what they come to: silence wins, delays add, a frame passes if each lets it pass.
class LinkTroubles {
public:
    /// `network` must outlive this.
    explicit LinkTroubles(sim::Network& network) : network_(network) {}

    /// On the links from each machine of `from` to each of `to`; a machine has none to itself.
    faults::TroubleId add(std::span<const sim::MachineId> from, std::span<const sim::MachineId> to,
                          faults::LinkTrouble trouble);
    /// The trouble must be there.
    void lift(faults::TroubleId id);
    bool empty() const { return links_of_.empty(); }

private:
    using Link = std::pair<sim::MachineId, sim::MachineId>;
    void tell(const Link& link) const;

    sim::Network& network_;
    std::map<Link, std::map<faults::TroubleId, faults::LinkTrouble>> on_;
    std::map<faults::TroubleId, std::vector<Link>> links_of_;
    std::uint64_t next_ = 0;
};

}  // namespace brokersim::scenario
