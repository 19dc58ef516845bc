#include "scenarios/link_troubles.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {
namespace {

constexpr std::uint32_t all_ppm = 1'000'000;

/// What all of them come to. A link that loses nearly everything still passes one frame in a million.
sim::LinkFault sum(const std::map<faults::TroubleId, faults::LinkTrouble>& troubles) {
    sim::LinkFault fault;
    std::uint64_t passes = all_ppm;
    for (const auto& [id, trouble] : troubles) {
        fault.blocked = fault.blocked || trouble.silent;
        fault.extra_delay += trouble.delay;
        passes = passes * (all_ppm - trouble.loss_ppm) / all_ppm;
    }
    fault.loss_ppm = static_cast<std::uint32_t>(all_ppm - std::max<std::uint64_t>(passes, 1));
    return fault;
}

}  // namespace

faults::TroubleId LinkTroubles::add(std::span<const sim::MachineId> from, std::span<const sim::MachineId> to,
                                    faults::LinkTrouble trouble) {
    BROKERSIM_CHECK(trouble.loss_ppm < all_ppm && trouble.delay >= Duration::zero(), "a loss of {} ppm",
                    trouble.loss_ppm);
    const faults::TroubleId id{++next_};
    std::vector<Link>& links = links_of_[id];
    for (const sim::MachineId source : from)
        for (const sim::MachineId target : to) {
            if (source == target) continue;
            links.emplace_back(source, target);
            on_[links.back()].emplace(id, trouble);
            tell(links.back());
        }
    return id;
}

void LinkTroubles::lift(faults::TroubleId id) {
    const auto found = links_of_.find(id);
    BROKERSIM_CHECK(found != links_of_.end(), "no trouble {} lies on a link", static_cast<std::uint64_t>(id));
    for (const Link& link : found->second) {
        on_[link].erase(id);
        tell(link);
        if (on_[link].empty()) on_.erase(link);
    }
    links_of_.erase(found);
}

void LinkTroubles::tell(const Link& link) const { network_.set_link(link.first, link.second, sum(on_.at(link))); }

}  // namespace brokersim::scenario
