#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/assign/algorithms.h"

namespace brokersim::scenario::assign {

/// An input that cannot be used: where and why. Never leaves assign::answer.
struct InputError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A value of an input and its path ("input.members[3].id"), which its errors name.
class Input {
public:
    Input(const Json& value, std::string path) : value_(&value), path_(std::move(path)) {}

    [[noreturn]] void fail(std::string_view what) const;

    bool null() const { return value_->is_null(); }
    std::string text() const;
    std::int64_t integer(std::int64_t least, std::int64_t most) const;
    std::int32_t int32() const;
    /// The elements of an array, of exactly `size` ones where that is given.
    std::vector<Input> list() const;
    std::vector<Input> list(std::size_t size) const;
    std::vector<std::string> texts() const;
    std::string hex_bytes() const;

    /// Checks that this is an object with no other keys than these.
    void only(std::initializer_list<std::string_view> keys) const;
    bool has(std::string_view key) const;  // and it is not null
    Input at(std::string_view key) const;  // must be there
    /// Calls `visit(key, value)` for each entry of the object.
    void each(const std::function<void(const std::string&, const Input&)>& visit) const;

private:
    const Json* value_;
    std::string path_;
};

/// The key `virtual_nodes`: how many places each of `members` has on a ring, on which there is room for two million.
std::uint32_t virtual_nodes(const Input& input, std::size_t members);

/// Adds a key that is new to the object `json` (which does not look for it: objects may be large).
void add(Json& json, std::string key, Json value);

}  // namespace brokersim::scenario::assign
