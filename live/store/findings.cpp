#include "live/store/findings.h"

#include <fmt/format.h>

#include "live/store/json_line.h"

namespace brokersim::live {

std::string Finding::text() const {
    return printable(offset ? fmt::format("{} at {}: {}", path, *offset, what) : fmt::format("{}: {}", path, what));
}

void Findings::add(std::string path, std::optional<std::int64_t> offset, std::string what) {
    ++count_;
    if (++of_file_[path] <= most_of_a_file) listener_({std::move(path), offset, std::move(what)});
}

void Findings::finish() {
    for (const auto& [path, count] : of_file_)
        if (count > most_of_a_file)
            listener_({path, std::nullopt, fmt::format("and {} more of this file", count - most_of_a_file)});
    of_file_.clear();
}

}  // namespace brokersim::live
