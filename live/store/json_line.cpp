#include "live/store/json_line.h"

#include <nlohmann/json.hpp>

namespace brokersim::live {

std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

JsonLine& JsonLine::raw(std::string_view key, std::string_view json) {
    if (line_.size() > 1) line_ += ", ";
    line_ += json_string(key);
    line_ += ": ";
    line_ += json;
    return *this;
}

}  // namespace brokersim::live
