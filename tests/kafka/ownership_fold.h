#pragma once

#include <map>
#include <string>

#include <rapidcheck.h>

#include "tests/support/bare_host.h"

namespace brokersim::kafka::testing {

/// Owners of each queue by the notes, as they come: a killed node owns nothing any more.
class OwnershipFold {
public:
    explicit OwnershipFold(const brokersim::testing::BareWorld& world) : world_(world) {}

    void observe() {
        for (; seen_ < world_.notes.size(); ++seen_) {
            const auto& [node, given] = world_.notes[seen_];
            if (const auto* owned = std::get_if<note::Owned>(&given)) {
                RC_ASSERT(owners_.emplace(owned->queue, node).second);
            } else if (const auto* revoked = std::get_if<note::Revoked>(&given)) {
                RC_ASSERT(owners_.at(revoked->queue) == node);
                owners_.erase(revoked->queue);
            }
        }
    }
    void killed(const std::string& node) {
        observe();
        std::erase_if(owners_, [&](const auto& entry) { return entry.second == node; });
    }

private:
    const brokersim::testing::BareWorld& world_;
    std::size_t seen_ = 0;
    std::map<NameId, std::string> owners_;
};

}  // namespace brokersim::kafka::testing
