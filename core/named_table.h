#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/hash_table.h"

namespace brokersim {

/// Values by name: looked up by hash, the one found last first of all (names come in runs); walked in the order of
/// their names. A value stays at its address until it is erased.
template <class Value>
class NamedTable {
    using Sorted = std::map<std::string, Value, std::less<>>;

public:
    using Iterator = typename Sorted::iterator;

    NamedTable() = default;
    NamedTable(const NamedTable&) = delete;
    NamedTable& operator=(const NamedTable&) = delete;

    /// Null if there is none.
    Value* find(std::string_view name) { return look_up(name); }
    const Value* find(std::string_view name) const { return look_up(name); }
    /// The value of that name, made from `args` if there is none.
    template <class... Args>
    Value& get_or_make(std::string_view name, Args&&... args) {
        if (Value* known = find(name)) return *known;
        const auto made = sorted_.try_emplace(std::string(name), std::forward<Args>(args)...).first;
        by_name_.try_emplace(made->first, &*made);
        return made->second;
    }

    std::size_t size() const { return sorted_.size(); }
    Iterator begin() { return sorted_.begin(); }
    Iterator end() { return sorted_.end(); }
    auto begin() const { return sorted_.begin(); }
    auto end() const { return sorted_.end(); }
    /// Returns the place behind it.
    Iterator erase(Iterator at) {
        by_name_.erase(std::string_view(at->first));
        last_ = nullptr;
        return sorted_.erase(at);
    }
    /// Where the value of that name stands; end() if there is none.
    Iterator locate(std::string_view name) { return sorted_.find(name); }

private:
    using Entry = typename Sorted::value_type;

    Value* look_up(std::string_view name) const {
        if (last_ != nullptr && last_->first == name) return &last_->second;
        Entry* const* found = by_name_.find(name);
        if (found == nullptr) return nullptr;
        last_ = *found;
        return &last_->second;
    }

    Sorted sorted_;
    HashTable<std::string_view, Entry*> by_name_;  // the entries of the map
    mutable Entry* last_ = nullptr;                // the one that was found last
};

}  // namespace brokersim
