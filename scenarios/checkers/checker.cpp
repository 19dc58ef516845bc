#include "scenarios/checkers/checker.h"

#include <algorithm>

#include "scenarios/checkers/all_owned.h"
#include "scenarios/checkers/at_least_once.h"
#include "scenarios/checkers/bounded.h"
#include "scenarios/checkers/no_acked_loss.h"
#include "scenarios/checkers/no_phantom.h"
#include "scenarios/checkers/offsets_forward.h"
#include "scenarios/checkers/one_owner.h"
#include "scenarios/checkers/ordered_consumption.h"
#include "scenarios/checkers/owner_consumes.h"
#include "scenarios/checkers/progress.h"
#include "scenarios/checkers/queue_order.h"

namespace brokersim::scenario {

namespace {

template <class... Checkers>
std::vector<std::unique_ptr<Checker>> make_all(const History& history, const CheckerContext& context) {
    std::vector<std::unique_ptr<Checker>> checkers;
    (checkers.push_back(std::make_unique<Checkers>(history, context)), ...);
    return checkers;
}

}  // namespace

std::vector<std::unique_ptr<Checker>> make_checkers(const History& history, const CheckerContext& context) {
    auto checkers = make_all<NoAckedLoss, AtLeastOnce, QueueOrder, OrderedConsumption, NoPhantom, OneOwner,
                             OwnerConsumes, AllOwned, OffsetsForward, Bounded, Progress>(history, context);
    if (std::ranges::none_of(context.groups, [](const GroupBounds& group) { return group.order.has_value(); }))
        std::erase_if(checkers, [](const auto& checker) { return checker->promise() == "ordered-consumption"; });
    return checkers;
}

}  // namespace brokersim::scenario
