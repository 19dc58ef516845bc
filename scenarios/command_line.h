#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace brokersim::scenario {

/// The words of a command, split as a POSIX shell splits them, without any of its expansions: blanks separate words;
/// '...' takes everything as it is; in "..." a backslash takes '"' and '\\' as they are; elsewhere a backslash takes
/// any next character as it is. There is at least one word. An error says what is wrong.
std::expected<std::vector<std::string>, std::string> split_command(std::string_view command);

}  // namespace brokersim::scenario
