#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/types.h"

namespace brokersim::cli {

/// A line on standard error that says how far a long run is; shows nothing where that is no terminal, nor in the first
/// second.
class Progress {
public:
    Progress(std::string variant, std::uint64_t seed);
    void show(Duration passed, Duration most);
    void clear();

private:
    std::string what_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point shown_;
    bool terminal_;
    bool visible_ = false;
};

}  // namespace brokersim::cli
