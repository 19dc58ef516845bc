#pragma once

#include <cstdint>

#include "core/host.h"
#include "sim/file.h"

namespace brokersim::sim {

class Process;

/// A mapping of a file in one process. Reading and writing owe what the storage options say; what is written goes into
/// the digest when the handler returns. Used by handlers of that process only.
class Region final : public MappedRegion {
public:
    Region(Process& process, Mapping mapping) : process_(process), mapping_(std::move(mapping)) {}

    std::uint64_t size() const override { return mapping_.file().size(); }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override;
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override;
    void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override;

private:
    void require_inside(std::uint64_t offset, std::uint64_t length) const;

    Process& process_;
    Mapping mapping_;
};

}  // namespace brokersim::sim
