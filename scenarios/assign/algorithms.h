#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

/// Assignments and hashes as data: one JSON object a line, {"algo": NAME, "case": ANY, "input": {...}}, to which an
/// "output" is added. The fields of inputs and outputs are those of tests/vectors/assignment/README.md.
namespace brokersim::scenario::assign {

using Json = nlohmann::ordered_json;

struct Algorithm {
    std::string_view name;   // "rocketmq.alloc.averagely"
    std::string_view about;  // what it does, for people
    /// The output for an input; throws InputError (input.h) where the input cannot be used.
    Json (*answer)(const Json& input);
};

/// All algorithms, by name.
std::span<const Algorithm> algorithms();

/// The line's object with its output (one that it had is replaced), or what is wrong with it.
std::expected<Json, std::string> answer(std::string_view line);

}  // namespace brokersim::scenario::assign
