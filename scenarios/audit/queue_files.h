#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scenarios/audit/log_audit.h"
#include "scenarios/audit/record_reader.h"

namespace brokersim::scenario::audit {

/// One store file together with the byte offset that its name says it begins at.
struct Part {
    std::int64_t start = 0;
    std::span<const std::byte> bytes;
    std::size_t written = SIZE_MAX;  // as in StoreFile

    std::int64_t end() const { return start + static_cast<std::int64_t>(bytes.size()); }
};

/// The start in a name of 20 digits; nothing for another name.
std::optional<std::int64_t> start_of(std::string_view name);

/// The files of one ConsumeQueue.
class QueueFiles {
public:
    void add(Part part) { parts_.push_back(part); }
    /// Sorts the files; to be called once, before they are read.
    void complete();

    /// The unit of a queue offset; nothing if no file reaches there.
    std::optional<Unit> unit(std::int64_t queue_offset) const;
    /// Offset of the last unit that says anything (size > 0 and no filler), from `from` on; -1: there is none.
    std::int64_t last_unit(std::int64_t from) const;

private:
    std::vector<Part> parts_;
};

}  // namespace brokersim::scenario::audit
