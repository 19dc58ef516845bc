#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace brokersim::scenario {

/// How many letters must be put in, taken out, changed, or swapped with their neighbour to make one word of the other
/// (optimal string alignment). Counts bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word among `words` that the writer of `word` most probably meant: the least edits, at most a third of its length
/// (and one for short words); of equally near ones the first. Differences of case count as nothing.
std::optional<std::string> nearest_word(std::string_view word, std::span<const std::string> words);

/// The end of an error about `word`: "; did you mean `X`?" if one is near, else "; {what} are `A`, `B`", at most twenty
/// of them, or "; there are no {what}".
std::string suggestion(std::string_view word, std::span<const std::string> words, std::string_view what);

}  // namespace brokersim::scenario
