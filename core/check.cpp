#include "core/check.h"

#include <string_view>

namespace brokersim {

void broken_invariant(const char* file, int line, const char* condition, const std::string& message) {
    std::string_view path = file;  // shown from the project's root, so that reports are equal in every build folder
    for (std::string_view room : {"core/", "sim/", "faults/", "scenarios/", "reports/"})
        if (auto at = path.rfind(room); at != std::string_view::npos) {
            path = path.substr(at);
            break;
        }
    throw BrokenInvariant(fmt::format("{}:{}: {} ({})", path, line, message, condition));
}

}  // namespace brokersim
