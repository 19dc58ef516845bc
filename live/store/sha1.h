#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <boost/uuid/detail/sha1.hpp>

namespace brokersim::live {

/// SHA-1 of bytes that come in pieces.
class Sha1 {
public:
    void add(std::span<const std::byte> bytes) { state_.process_bytes(bytes.data(), bytes.size()); }
    /// 40 hexadecimal digits, lower case; the state is used up.
    std::string hex();

private:
    boost::uuids::detail::sha1 state_;
};

std::string sha1_hex(std::span<const std::byte> bytes);

}  // namespace brokersim::live
