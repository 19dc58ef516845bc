#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace brokersim::scenario {

/// A set of small numbers, dense from 0, that grows as needed: one bit for each.
class Bits {
public:
    /// Puts `n` in; true if it was not there.
    bool set(std::uint64_t n) {
        const std::size_t word = n / 64;
        if (word >= words_.size()) grow(word);
        const std::uint64_t mask = std::uint64_t{1} << (n % 64);
        const bool fresh = (words_[word] & mask) == 0;
        words_[word] |= mask;
        return fresh;
    }
    /// Takes `n` out; true if it was there.
    bool clear(std::uint64_t n) {
        const std::size_t word = n / 64;
        if (word >= words_.size()) return false;
        const std::uint64_t mask = std::uint64_t{1} << (n % 64);
        const bool was = (words_[word] & mask) != 0;
        words_[word] &= ~mask;
        return was;
    }
    bool test(std::uint64_t n) const {
        const std::size_t word = n / 64;
        return word < words_.size() && (words_[word] >> (n % 64) & 1) != 0;
    }
    std::uint64_t count() const {
        std::uint64_t total = 0;
        for (std::uint64_t word : words_) total += static_cast<std::uint64_t>(std::popcount(word));
        return total;
    }
    /// 64 members from 64 * `index` on; 0 beyond the end. Lets sets be combined word by word.
    std::uint64_t word(std::size_t index) const { return index < words_.size() ? words_[index] : 0; }
    std::size_t word_count() const { return words_.size(); }

private:
    void grow(std::size_t word) { words_.resize(word + 1 > 2 * words_.size() ? word + 1 : 2 * words_.size()); }

    std::vector<std::uint64_t> words_;
};

/// Calls `visit(n)` for each member of the set whose words `word_of(index)` gives, in order.
template <class WordOf, class Visit>
void for_each_bit(std::size_t word_count, WordOf&& word_of, Visit&& visit) {
    for (std::size_t index = 0; index < word_count; ++index)
        for (std::uint64_t rest = word_of(index); rest != 0; rest &= rest - 1)
            visit(static_cast<std::uint64_t>(index) * 64 + static_cast<std::uint64_t>(std::countr_zero(rest)));
}

}  // namespace brokersim::scenario
