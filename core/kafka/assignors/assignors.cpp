#include "core/kafka/assignors/assignors.h"

#include "core/kafka/assignors/range.h"
#include "core/kafka/assignors/round_robin.h"
#include "core/kafka/assignors/sticky.h"

namespace brokersim::kafka {

std::vector<std::string_view> assignor_names() { return {"cooperative-sticky", "range", "roundrobin", "sticky"}; }

std::unique_ptr<Assignor> make_assignor(std::string_view name) {
    if (name == "cooperative-sticky") return std::make_unique<CooperativeStickyAssignor>();
    if (name == "range") return std::make_unique<RangeAssignor>();
    if (name == "roundrobin") return std::make_unique<RoundRobinAssignor>();
    if (name == "sticky") return std::make_unique<StickyAssignor>();
    return nullptr;
}

}  // namespace brokersim::kafka
