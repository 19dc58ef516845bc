#include "scenarios/spelling.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace brokersim::scenario {

namespace {

// Longer words are names that nobody typed by hand; the cost of comparing them is quadratic.
constexpr std::size_t longest_word = 128;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return last[b.size()];
}

std::optional<std::string> nearest_word(std::string_view word, std::span<const std::string> words) {
    if (word.size() > longest_word) return std::nullopt;
    const std::string wanted = lower(word);
    std::optional<std::string> nearest;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : words) {
        if (candidate.size() > longest_word) continue;
        const std::size_t distance = edit_distance(wanted, lower(candidate));
        if (distance >= least || distance >= candidate.size()) continue;
        least = distance;
        nearest = candidate;
    }
    return nearest;
}

std::string suggestion(std::string_view word, std::span<const std::string> words, std::string_view what) {
    if (const auto near = nearest_word(word, words)) return fmt::format("; did you mean `{}`?", *near);
    if (words.empty()) return fmt::format("; there are no {}", what);
    constexpr std::size_t most = 20;
    std::string list;
    for (std::size_t i = 0; i < words.size() && i < most; ++i)
        list += fmt::format("{}`{}`", i == 0 ? "" : ", ", words[i]);
    if (words.size() > most) list += ", ...";
    return fmt::format("; {} are {}", what, list);
}

}  // namespace brokersim::scenario
