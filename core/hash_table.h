#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/draw.h"

namespace brokersim {

/// Hash of integers (mixed) and of texts (bytes); texts may be looked up by view.
struct TableHash {
    using is_transparent = void;
    template <class T>
        requires(std::is_integral_v<T> || std::is_enum_v<T>)
    std::size_t operator()(T key) const {
        return mix64(static_cast<std::uint64_t>(key));
    }
    std::size_t operator()(std::string_view key) const { return text_identity(key); }
};

struct TableEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
        return a == b;
    }
};

/// A hash map that cannot be iterated: the order of its entries is nobody's business, so it cannot leak into a run.
/// References to values are valid until the next insertion or erasure.
template <class Key, class Value, class Hash = TableHash, class Equal = TableEqual>
class HashTable {
public:
    /// The value of `key`, or null.
    template <class K>
    Value* find(const K& key) {
        auto found = map_.find(key);
        return found == map_.end() ? nullptr : &found->second;
    }
    template <class K>
    const Value* find(const K& key) const {
        auto found = map_.find(key);
        return found == map_.end() ? nullptr : &found->second;
    }
    template <class K>
    bool contains(const K& key) const {
        return map_.contains(key);
    }
    /// Adds an entry unless there is one; returns the value that is there now, and whether it is new.
    template <class... Args>
    std::pair<Value*, bool> try_emplace(Key key, Args&&... args) {
        auto [at, added] = map_.try_emplace(std::move(key), std::forward<Args>(args)...);
        return {&at->second, added};
    }
    Value& operator[](const Key& key) { return map_[key]; }
    /// True if there was such an entry.
    template <class K>
    bool erase(const K& key) {
        return map_.erase(key) > 0;
    }
    std::size_t size() const { return map_.size(); }
    bool empty() const { return map_.empty(); }
    void clear() { map_.clear(); }
    void reserve(std::size_t entries) { map_.reserve(entries); }

private:
    boost::unordered_flat_map<Key, Value, Hash, Equal> map_;  // lint: allow(hash-order) because nothing iterates it
};

}  // namespace brokersim
