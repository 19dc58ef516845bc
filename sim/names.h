#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "core/hash_table.h"
#include "core/types.h"

namespace brokersim::sim {

/// Texts by small numbers, dense from 0 in order of first use, one table for a world.
class Names {
public:
    NameId id(std::string_view text);
    /// The text of an id that this table gave out; valid as long as the table.
    std::string_view text(NameId id) const;
    std::size_t size() const { return texts_.size(); }

private:
    std::deque<std::string> texts_;  // a deque: texts do not move
    HashTable<std::string_view, NameId> ids_;
};

}  // namespace brokersim::sim
