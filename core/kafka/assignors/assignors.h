#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/kafka/assignor.h"

namespace brokersim::kafka {

/// Names of all client-side assignors that exist here ("range", ...), sorted.
std::vector<std::string_view> assignor_names();
/// A new assignor of that name; null for an unknown one.
std::unique_ptr<Assignor> make_assignor(std::string_view name);

}  // namespace brokersim::kafka
