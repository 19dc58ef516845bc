#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace brokersim::protocol {

/// Reads big-endian integers and counted bytes from memory that may end too early. The first thing that does not fit
/// makes the reader fail for good: ok() is false, and everything read from then on is zero or empty.
class WireReader {
public:
    explicit WireReader(std::span<const std::byte> bytes) : rest_(bytes) {}

    bool ok() const { return ok_; }
    bool at_end() const { return rest_.empty(); }
    std::span<const std::byte> rest() const { return rest_; }
    void fail() {
        ok_ = false;
        rest_ = {};
    }

    template <std::integral Integer>
    Integer integer() {
        std::make_unsigned_t<Integer> value = 0;
        for (std::byte byte : bytes(sizeof(Integer)))
            value = static_cast<std::make_unsigned_t<Integer>>(static_cast<std::uint64_t>(value) << 8 |
                                                               std::to_integer<std::uint64_t>(byte));
        return static_cast<Integer>(value);
    }

    /// The next `size` bytes; a negative size does not fit.
    std::span<const std::byte> bytes(std::int64_t size) {
        if (size < 0 || static_cast<std::uint64_t>(size) > rest_.size()) {
            fail();
            return {};
        }
        const auto taken = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(static_cast<std::size_t>(size));
        return taken;
    }
    std::string_view text(std::int64_t size) {
        const auto taken = bytes(size);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }

private:
    std::span<const std::byte> rest_;
    bool ok_ = true;
};

}  // namespace brokersim::protocol
