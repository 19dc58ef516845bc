#include "core/kafka/assignors/assignors.h"

#include "core/kafka/assignors/range.h"
#include "core/kafka/assignors/round_robin.h"

namespace brokersim::kafka {

std::vector<std::string_view> assignor_names() { return {"range", "roundrobin"}; }

std::unique_ptr<Assignor> make_assignor(std::string_view name) {
    if (name == "range") return std::make_unique<RangeAssignor>();
    if (name == "roundrobin") return std::make_unique<RoundRobinAssignor>();
    return nullptr;
}

}  // namespace brokersim::kafka
