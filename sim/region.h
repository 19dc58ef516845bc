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
    Region(Process& process, Mapping mapping) : process_(process), mapping_(std::move(mapping)) {
        mapping_.file().open_region();
    }
    ~Region() override { mapping_.file().close_region(); }

    std::uint64_t size() const override { return mapping_.file().size(); }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override;
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override;
    void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override;

    /// The mapped file, and where in it `bytes` begin, which lie in it.
    File& file() const { return mapping_.file(); }
    std::uint64_t offset_of(std::span<const std::byte> bytes) const {
        return static_cast<std::uint64_t>(bytes.data() - mapping_.bytes().data());
    }

private:
    void require_inside(std::uint64_t offset, std::uint64_t length) const;

    Process& process_;
    Mapping mapping_;
};

}  // namespace brokersim::sim
