#include "scenarios/command_line.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace brokersim::scenario {

std::expected<std::vector<std::string>, std::string> split_command(std::string_view command) {
    std::vector<std::string> words;
    std::optional<std::string> word;  // the one that is being read
    const auto take = [&word](char c) { word = std::move(word).value_or("") + c; };
    char quote = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        const bool escapes = c == '\\' && quote != '\'';
        if (escapes && i + 1 == command.size()) return std::unexpected("a backslash stands at its end");
        const char next = i + 1 < command.size() ? command[i + 1] : 0;
        if (escapes && (quote == 0 || next == '"' || next == '\\')) {
            take(next);
            ++i;
        } else if (c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
            word = std::move(word).value_or("");
        } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
            if (word) words.push_back(*std::exchange(word, std::nullopt));
        } else {
            take(c);
        }
    }
    if (quote != 0) return std::unexpected(fmt::format("a {} is not closed", quote));
    if (word) words.push_back(std::move(*word));
    if (words.empty() || words.front().empty()) return std::unexpected("it names no program");
    return words;
}

}  // namespace brokersim::scenario
