#include "reports/build_info.h"

#include <fmt/format.h>

namespace brokersim::report {

std::string build_name() {
#if defined(__clang__)
    const std::string compiler = fmt::format("clang {}.{}", __clang_major__, __clang_minor__);
#else
    const std::string compiler = fmt::format("g++ {}.{}", __GNUC__, __GNUC_MINOR__);
#endif
    return fmt::format("{}, {}, {}", version, compiler, BROKERSIM_BUILD_TYPE);
}

}  // namespace brokersim::report
