#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "scenarios/reader.h"

/// The first line is an override if it begins with "--set "; the rest is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> overrides;
    constexpr std::string_view option = "--set ";
    if (text.starts_with(option)) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        overrides.emplace_back(text.substr(option.size(), end - option.size()));
        text.remove_prefix(end);
    }
    const auto file = brokersim::scenario::read_scenario(text, "fuzz.toml", overrides);
    if (file) {
        BROKERSIM_CHECK(!file->variants.empty(), "a scenario has a variant");
        return 0;
    }
    BROKERSIM_CHECK(!file.error().empty(), "a refusal says why");
    for (const auto& diagnostic : file.error())
        BROKERSIM_CHECK(diagnostic.line >= 1 && diagnostic.column >= 1, "a diagnostic has a place");
    return 0;
}
