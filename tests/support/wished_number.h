#pragma once

#include <cstdlib>

namespace brokersim::testing {

/// How often a test of random cases tries: what the environment's variable says, or a few seconds' worth.
inline long long wished_number(const char* variable, long long usual) {
    const char* wished = std::getenv(variable);
    if (wished == nullptr) return usual;
    const long long number = std::atoll(wished);
    return number > 0 ? number : usual;
}

}  // namespace brokersim::testing
