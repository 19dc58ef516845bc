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
    std::string file = {};  // if it is in another one than the scenario itself

    auto operator<=>(const Finding&) const = default;
};

/// What a reader found wrong, or worth a warning, in the order in which it found it.
class Findings {
public:
    void error(Place place, std::string message) { list_.push_back({place, std::move(message), false}); }
    void warning(Place place, std::string message) { list_.push_back({place, std::move(message), true}); }
    /// Takes over what was found in another file, which the scenario names.
    void add_from(const std::string& file, const Findings& others) {
        for (Finding finding : others.list_) {
            finding.file = file;
            list_.push_back(std::move(finding));
        }
    }

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
