#include "cli/scenario_files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace brokersim::cli {
namespace {

std::optional<Seeds> parse(const std::string& text) {
    Seeds seeds;
    const auto dots = text.find("..");
    if (dots == std::string::npos) return std::nullopt;
    const char* begin = text.data();
    const auto first = std::from_chars(begin, begin + dots, seeds.first);
    const auto last = std::from_chars(begin + dots + 2, begin + text.size(), seeds.last);
    const bool whole = first.ec == std::errc{} && last.ec == std::errc{} && first.ptr == begin + dots &&
                       last.ptr == begin + text.size();
    if (!whole || seeds.first > seeds.last) return std::nullopt;
    return seeds;
}

void print(const std::vector<scenario::Diagnostic>& diagnostics) {
    for (const auto& diagnostic : diagnostics) fmt::print(stderr, "{}\n", diagnostic.text());
}

}  // namespace

std::optional<Seeds> read_seeds(const std::string& text) {
    const auto seeds = parse(text);
    if (!seeds) fmt::print(stderr, "--seeds wants A..B with A <= B, for example 1..20; got \"{}\"\n", text);
    return seeds;
}

std::optional<std::vector<scenario::Variant>> read_variants(const std::string& path,
                                                            const std::vector<std::string>& sets,
                                                            const std::vector<std::string>& names) {
    const auto file = scenario::read_scenario_file(path, sets);
    if (!file) {
        print(file.error());
        return std::nullopt;
    }
    print(file->warnings);
    if (names.empty()) return file->variants;
    std::vector<scenario::Variant> variants;
    for (const std::string& wanted : names) {
        const auto found = std::ranges::find(file->variants, wanted, &scenario::Variant::name);
        if (found == file->variants.end()) {
            std::vector<std::string> known;
            for (const auto& variant : file->variants) known.push_back(variant.name);
            fmt::print(stderr, "no variant \"{}\"; there are: {}\n", wanted, fmt::join(known, ", "));
            return std::nullopt;
        }
        variants.push_back(*found);
    }
    return variants;
}

}  // namespace brokersim::cli
