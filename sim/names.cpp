#include "sim/names.h"

#include "core/check.h"

namespace brokersim::sim {

NameId Names::id(std::string_view text) {
    if (const NameId* known = ids_.find(text)) return *known;
    const NameId fresh{static_cast<std::uint32_t>(texts_.size())};
    texts_.emplace_back(text);
    ids_.try_emplace(std::string_view(texts_.back()), fresh);
    return fresh;
}

std::string_view Names::text(NameId id) const {
    BROKERSIM_CHECK(id.value < texts_.size(), "name {} of {}", id.value, texts_.size());
    return texts_[id.value];
}

}  // namespace brokersim::sim
