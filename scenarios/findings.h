#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/document.h"

namespace brokersim::scenario {

struct Finding {
    Place place;
    std::string message;
    bool warning = false;

    auto operator<=>(const Finding&) const = default;
};

/// What a reader found wrong, or worth a warning, in the order in which it found it.
class Findings {
public:
    void error(Place place, std::string message) { list_.push_back({place, std::move(message), false}); }
    void warning(Place place, std::string message) { list_.push_back({place, std::move(message), true}); }

    const std::vector<Finding>& list() const { return list_; }
    bool has_error() const {
        for (const Finding& finding : list_)
            if (!finding.warning) return true;
        return false;
    }

private:
    std::vector<Finding> list_;
};

}  // namespace brokersim::scenario
