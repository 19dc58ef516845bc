#include "live/store/json_line.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace brokersim::live {

std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string printable(std::string_view text) {
    const auto plain = [](char byte) { return byte >= ' ' && byte <= '~'; };
    std::string shown;
    for (auto at = text.begin(); at != text.end();) {
        const auto odd = std::find_if_not(at, text.end(), plain);
        const auto behind = std::find_if(odd, text.end(), plain);
        shown.append(at, odd);
        if (odd != behind) {
            const std::string quoted = json_string(std::string_view(odd, behind));
            shown.append(quoted, 1, quoted.size() - 2);
        }
        at = behind;
    }
    return shown;
}

JsonLine& JsonLine::raw(std::string_view key, std::string_view json) {
    if (line_.size() > 1) line_ += ", ";
    line_ += json_string(key);
    line_ += ": ";
    line_ += json;
    return *this;
}

}  // namespace brokersim::live
