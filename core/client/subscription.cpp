#include "core/client/subscription.h"

#include <algorithm>
#include <string_view>

#include "core/java_hash.h"

namespace brokersim::client {
namespace {

// String.trim: everything up to a blank goes.
std::string_view trimmed(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

protocol::SubscriptionData parse_subscription(const std::string& topic, const std::string& expression,
                                              std::int64_t version) {
    protocol::SubscriptionData data;
    data.topic = topic;
    data.sub_version = version;
    data.sub_string = expression.empty() ? "*" : expression;
    if (data.sub_string == "*") return data;
    std::string_view rest = data.sub_string;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find("||"), rest.size());
        const std::string_view tag = trimmed(rest.substr(0, end));
        if (!tag.empty() && std::find(data.tags.begin(), data.tags.end(), tag) == data.tags.end()) {
            data.tags.emplace_back(tag);
            const std::int32_t code = java_hash(tag);
            if (std::find(data.codes.begin(), data.codes.end(), code) == data.codes.end()) data.codes.push_back(code);
        }
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return data;
}

}  // namespace brokersim::client
