#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "scenarios/assign/algorithms.h"

/// One line of `brokersim assign`.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answered =
        brokersim::scenario::assign::answer(std::string_view(reinterpret_cast<const char*>(data), size));
    if (answered)
        BROKERSIM_CHECK(answered->contains("output"), "an answer has an output");
    else
        BROKERSIM_CHECK(!answered.error().empty(), "a refusal says why");
    return 0;
}
