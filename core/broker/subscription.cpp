#include "core/broker/subscription.h"

#include "core/java_hash.h"

namespace brokersim::broker {

namespace {

constexpr std::string_view separator = "||";

/// Java's String.trim: everything up to and including the space goes.
std::string_view trim(std::string_view text) {
    const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace

std::optional<store::TagFilter> parse_subscription(std::string_view text) {
    if (text.empty() || text == "*") return store::TagFilter{};
    store::TagFilter codes;
    bool any_piece = false;
    while (!text.empty()) {
        const auto end = text.find(separator);
        const std::string_view piece = text.substr(0, end);
        any_piece |= !piece.empty();
        if (const std::string_view tag = trim(piece); !tag.empty()) codes.push_back(java_hash(tag));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + separator.size());
    }
    // Java's split drops empty pieces at the end: a text of separators alone has none, and is refused.
    if (!any_piece) return std::nullopt;
    return codes;
}

}  // namespace brokersim::broker
