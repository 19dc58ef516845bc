#include "core/protocol/fields.h"

#include <algorithm>
#include <utility>

namespace brokersim::protocol {

/// Java's Boolean.parseBoolean: whatever is not "true" in any case is false.
bool FieldReader::parse(const std::string& text, bool& value) {
    constexpr std::string_view yes = "true";
    value = std::equal(text.begin(), text.end(), yes.begin(), yes.end(),
                       [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + ('a' - 'A') == b); });
    return true;
}

bool FieldReader::parse(const std::string& text, Address& value) {
    const auto address = parse_address(text);
    if (address) value = *address;
    return address.has_value();
}

void FieldReader::fail(DecodeErrorCode code, std::string what) {
    if (!error_) error_ = DecodeError{code, std::move(what)};
}

}  // namespace brokersim::protocol
