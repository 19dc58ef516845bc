#include "scenarios/assign/input.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "scenarios/spelling.h"

namespace brokersim::scenario::assign {

void Input::fail(std::string_view what) const { throw InputError(fmt::format("{}: {}", path_, what)); }

std::string Input::text() const {
    if (!value_->is_string()) fail("must be a text");
    return value_->get<std::string>();
}

std::int64_t Input::integer(std::int64_t least, std::int64_t most) const {
    if (!value_->is_number_integer()) fail("must be a whole number");
    const bool too_big = value_->is_number_unsigned() && value_->get<std::uint64_t>() > INT64_MAX;
    const std::int64_t number = too_big ? INT64_MAX : value_->get<std::int64_t>();
    if (too_big || number < least || number > most) fail(fmt::format("must be from {} to {}", least, most));
    return number;
}

std::uint32_t virtual_nodes(const Input& input, std::size_t members) {
    constexpr std::int64_t most_places = 2'000'000;
    const Input given = input.at("virtual_nodes");
    const std::int64_t number = given.integer(0, most_places);
    const std::int64_t places = number * static_cast<std::int64_t>(members);
    if (places > most_places)
        given.fail(fmt::format("{} for each of {} members: a ring has room for {} places in all", number, members,
                               most_places));
    return static_cast<std::uint32_t>(number);
}

std::int32_t Input::int32() const { return static_cast<std::int32_t>(integer(INT32_MIN, INT32_MAX)); }

std::vector<Input> Input::list() const {
    if (!value_->is_array()) fail("must be a list");
    std::vector<Input> elements;
    elements.reserve(value_->size());
    for (const Json& element : *value_) elements.emplace_back(element, fmt::format("{}[{}]", path_, elements.size()));
    return elements;
}

std::vector<Input> Input::list(std::size_t size) const {
    auto elements = list();
    if (elements.size() != size) fail(fmt::format("must be a list of {}", size));
    return elements;
}

std::vector<std::string> Input::texts() const {
    std::vector<std::string> texts;
    for (const Input& element : list()) texts.push_back(element.text());
    return texts;
}

std::string Input::hex_bytes() const {
    const std::string digits = text();
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        unsigned byte = 0;
        const char* begin = digits.data() + i;
        const char* end = begin + std::min<std::size_t>(2, digits.size() - i);
        if (end != begin + 2 || std::from_chars(begin, end, byte, 16).ptr != end) fail("must be bytes in hexadecimal");
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

void Input::only(std::initializer_list<std::string_view> keys) const {
    if (!value_->is_object()) fail("must be an object");
    for (const auto& [key, value] : value_->items()) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        const std::vector<std::string> words(keys.begin(), keys.end());
        fail(fmt::format("unknown key `{}`{}", key, suggestion(key, words, "keys")));
    }
}

bool Input::has(std::string_view key) const {
    if (!value_->is_object()) fail("must be an object");
    const auto found = value_->find(key);
    return found != value_->end() && !found->is_null();
}

Input Input::at(std::string_view key) const {
    if (!value_->is_object()) fail("must be an object");
    const auto found = value_->find(key);
    if (found == value_->end()) fail(fmt::format("`{}` is missing", key));
    return {*found, fmt::format("{}.{}", path_, key)};
}

void Input::each(const std::function<void(const std::string&, const Input&)>& visit) const {
    if (!value_->is_object()) fail("must be an object");
    for (const auto& [key, value] : value_->items()) visit(key, Input(value, fmt::format("{}.{}", path_, key)));
}

void add(Json& json, std::string key, Json value) {
    using Entries = std::vector<std::pair<const std::string, Json>>;
    static_cast<Entries&>(json.get_ref<Json::object_t&>()).emplace_back(std::move(key), std::move(value));
}

}  // namespace brokersim::scenario::assign
