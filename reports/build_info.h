#pragma once

#include <string>
#include <string_view>

namespace brokersim::report {

inline constexpr std::string_view version = "0.1.0";

/// Which build this is: compiler and kind of build. Digests are promised to be equal for equal sources; this says with
/// what they were made.
std::string build_name();

}  // namespace brokersim::report
