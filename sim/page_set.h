#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace brokersim::sim {

/// A bit for each page of a file.
class PageSet {
public:
    explicit PageSet(std::uint64_t pages) : words_((pages + 63) / 64) {}

    bool test(std::uint64_t page) const { return (words_[page / 64] >> (page % 64) & 1) != 0; }
    /// Adds pages [first, last]; returns how many were not in the set.
    std::int64_t add(std::uint64_t first, std::uint64_t last) {
        if (first == last) {
            std::uint64_t& word = words_[first / 64];
            const std::uint64_t mask = 1ULL << (first % 64);
            const std::int64_t added = (word & mask) == 0 ? 1 : 0;
            word |= mask;
            return added;
        }
        std::int64_t added = 0;
        each_word(first, last, [&](std::uint64_t word, std::uint64_t mask) {
            added += std::popcount(mask & ~words_[word]);
            words_[word] |= mask;
        });
        return added;
    }
    /// The same, and calls `visit(page)` for each page that was not in the set, before it is.
    template <class Visit>
    void add_each_new(std::uint64_t first, std::uint64_t last, Visit&& visit) {
        each_word(first, last, [&](std::uint64_t word, std::uint64_t mask) {
            each_bit(word, mask & ~words_[word], visit);
            words_[word] |= mask;
        });
    }
    /// Adds those of the pages [first, last] that are in `other`, a set of as many pages.
    void add_common(std::uint64_t first, std::uint64_t last, const PageSet& other) {
        each_word(first, last,
                  [&](std::uint64_t word, std::uint64_t mask) { words_[word] |= mask & other.words_[word]; });
    }
    /// Takes pages [first, last] out; returns how many were in it.
    std::int64_t remove(std::uint64_t first, std::uint64_t last) {
        std::int64_t removed = 0;
        each_word(first, last, [&](std::uint64_t word, std::uint64_t mask) {
            removed += std::popcount(mask & words_[word]);
            words_[word] &= ~mask;
        });
        return removed;
    }
    /// True if none of the pages [first, last] is missing.
    bool holds(std::uint64_t first, std::uint64_t last) const {
        if (first == last) return test(first);
        bool all = true;
        each_word(first, last,
                  [&](std::uint64_t word, std::uint64_t mask) { all = all && (mask & ~words_[word]) == 0; });
        return all;
    }
    /// Calls `visit(page)` for each page of the set, in order.
    template <class Visit>
    void each(Visit&& visit) const {
        for (std::uint64_t word = 0; word < words_.size(); ++word) each_bit(word, words_[word], visit);
    }
    std::uint64_t count() const {
        std::uint64_t pages = 0;
        for (const std::uint64_t word : words_) pages += static_cast<std::uint64_t>(std::popcount(word));
        return pages;
    }
    /// One past the greatest page in the set; 0 if it is empty.
    std::uint64_t end() const {
        for (std::size_t word = words_.size(); word-- > 0;)
            if (words_[word] != 0) return word * 64 + static_cast<std::uint64_t>(std::bit_width(words_[word]));
        return 0;
    }
    /// Becomes the part of `other` that fits; pages behind its end are not in the set.
    void assign_from(const PageSet& other) {
        for (std::uint64_t word = 0; word < words_.size(); ++word)
            words_[word] = word < other.words_.size() ? other.words_[word] : 0;
    }

private:
    /// Calls `visit(word, mask)` for each word that holds some of the bits [first, last].
    template <class Visit>
    static void each_word(std::uint64_t first, std::uint64_t last, Visit&& visit) {
        for (std::uint64_t word = first / 64; word <= last / 64; ++word) {
            std::uint64_t mask = ~0ULL;
            if (word == first / 64) mask &= ~0ULL << (first % 64);
            if (word == last / 64) mask &= ~0ULL >> (63 - last % 64);
            visit(word, mask);
        }
    }
    template <class Visit>
    static void each_bit(std::uint64_t word, std::uint64_t bits, Visit& visit) {
        for (; bits != 0; bits &= bits - 1) visit(word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits)));
    }

    std::vector<std::uint64_t> words_;
};

}  // namespace brokersim::sim
