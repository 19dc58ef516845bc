#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/java_hash.h"
#include "core/kafka/messages.h"

/// Some of Kafka's results depend on the order in which Java's hash containers iterate. This file is the one place that
/// emulates it: String's order and hash, and the buckets of java.util.HashMap (without its tree form, which needs more
/// than eight entries in one bucket).
namespace brokersim::kafka {

/// Java's String.compareTo: by UTF-16 code units, which differs from the order of UTF-8 bytes where characters beyond
/// the basic plane meet U+E000..U+FFFF. Negative, zero or positive.
int java_compare(std::string_view a, std::string_view b);

struct JavaLess {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return java_compare(a, b) < 0; }
    /// Topic, then partition: the order of Kafka's PartitionComparator.
    bool operator()(const TopicPartition& a, const TopicPartition& b) const {
        const int by_topic = java_compare(a.topic, b.topic);
        return by_topic != 0 ? by_topic < 0 : a.partition < b.partition;
    }
};

/// A number that stands for a key whose hashCode() is known.
struct HashedNumber {
    std::uint32_t number = 0;
    std::int32_t hash = 0;

    bool operator==(const HashedNumber&) const = default;
};

/// hashCode() of the types that are keys of Kafka's hash containers.
struct JavaHash {
    std::int32_t operator()(std::string_view text) const { return java_hash(text); }
    std::int32_t operator()(std::int32_t number) const { return number; }
    std::int32_t operator()(const HashedNumber& key) const { return key.hash; }
    std::int32_t operator()(const TopicPartition& partition) const {
        const std::uint32_t inner = 31U * (31U + static_cast<std::uint32_t>(partition.partition));
        return static_cast<std::int32_t>(inner + static_cast<std::uint32_t>(java_hash(partition.topic)));
    }
};

/// Places of keys, which differ, in the order in which a `new HashMap<>()` iterates that they were put into one after
/// the other; given are their hash codes.
std::vector<std::uint32_t> java_map_order(const std::vector<std::int32_t>& hashes);
/// The distinct elements of `new HashSet<>(numbers)`, a set of Integer, in the order in which it iterates.
std::vector<std::int32_t> java_set_order(const std::vector<std::int32_t>& numbers);

/// A map that iterates like java.util.HashMap: buckets ascending, within a bucket by insertion; the table doubles when
/// more than three quarters full, and never shrinks. References are invalidated by insertion and erasure.
template <class Key, class Value>
class JavaHashMap {
public:
    struct Entry {
        Key key;
        Value value;
        std::uint32_t spread;
    };

    /// `new HashMap<>()`.
    JavaHashMap() : JavaHashMap(default_capacity) {}
    /// `new HashMap<>(capacity)`: the table has the next power of two.
    explicit JavaHashMap(std::size_t capacity) {
        std::size_t power = 1;
        while (power < capacity) power *= 2;
        buckets_.resize(power);
    }
    /// The table of `new HashSet<>(collection)` for a collection of `count` elements; they are yet to be inserted.
    static JavaHashMap sized_for(std::size_t count) {
        return JavaHashMap(std::max(count * 4 / 3 + 1, default_capacity));
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    template <class K>
    Value* find(const K& key) {
        return const_cast<Value*>(std::as_const(*this).find(key));
    }
    template <class K>
    const Value* find(const K& key) const {
        for (const Entry& entry : buckets_[index(spread(key))])
            if (entry.key == key) return &entry.value;
        return nullptr;
    }

    /// Map.put: an entry that is there keeps its place. Returns the value in the map.
    Value& put(Key key, Value value) {
        const std::uint32_t hash = spread(key);
        for (Entry& entry : buckets_[index(hash)])
            if (entry.key == key) return entry.value = std::move(value);
        buckets_[index(hash)].push_back({std::move(key), std::move(value), hash});
        if (++size_ > buckets_.size() / 4 * 3 + buckets_.size() % 4 * 3 / 4) grow();
        return *find_spread(hash);
    }

    /// Map.remove. Returns whether the key was there.
    template <class K>
    bool erase(const K& key) {
        auto& bucket = buckets_[index(spread(key))];
        const auto erased = std::erase_if(bucket, [&](const Entry& entry) { return entry.key == key; });
        size_ -= erased;
        return erased != 0;
    }

    /// Map.remove, for a key that must be there. Returns its value.
    template <class K>
    Value take(const K& key) {
        auto& bucket = buckets_[index(spread(key))];
        auto found = std::find_if(bucket.begin(), bucket.end(), [&](const Entry& entry) { return entry.key == key; });
        BROKERSIM_CHECK(found != bucket.end(), "the key is not in the map");
        Value value = std::move(found->value);
        bucket.erase(found);
        --size_;
        return value;
    }

    /// Iterates in Java's order over Entry.
    class Iterator {
    public:
        using value_type = const Entry;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        Iterator(const JavaHashMap* map, std::size_t bucket) : map_(map), bucket_(bucket) { skip_empty(); }
        const Entry& operator*() const { return map_->buckets_[bucket_][slot_]; }
        const Entry* operator->() const { return &**this; }
        Iterator& operator++() {
            ++slot_;
            skip_empty();
            return *this;
        }
        Iterator operator++(int) {
            Iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator&) const = default;

    private:
        void skip_empty() {
            while (bucket_ < map_->buckets_.size() && slot_ >= map_->buckets_[bucket_].size()) {
                ++bucket_;
                slot_ = 0;
            }
        }
        const JavaHashMap* map_ = nullptr;
        std::size_t bucket_ = 0;
        std::size_t slot_ = 0;
    };
    Iterator begin() const { return Iterator(this, 0); }
    Iterator end() const { return Iterator(this, buckets_.size()); }

private:
    static constexpr std::size_t default_capacity = 16;

    template <class K>
    static std::uint32_t spread(const K& key) {
        const auto hash = static_cast<std::uint32_t>(JavaHash{}(key));
        return hash ^ hash >> 16;
    }
    std::size_t index(std::uint32_t hash) const { return hash & (buckets_.size() - 1); }
    /// The value that was inserted last among those of this hash.
    Value* find_spread(std::uint32_t hash) {
        auto& bucket = buckets_[index(hash)];
        for (auto entry = bucket.rbegin(); entry != bucket.rend(); ++entry)
            if (entry->spread == hash) return &entry->value;
        BROKERSIM_CHECK(false, "an entry was lost by a table of {}", buckets_.size());
        std::unreachable();
    }
    void grow() {
        std::vector<std::vector<Entry>> old(buckets_.size() * 2);
        old.swap(buckets_);
        for (auto& bucket : old)
            for (Entry& entry : bucket) buckets_[index(entry.spread)].push_back(std::move(entry));
    }

    std::vector<std::vector<Entry>> buckets_;
    std::size_t size_ = 0;
};

}  // namespace brokersim::kafka
