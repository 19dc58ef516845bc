#include "live/store/sha1.h"

#include <fmt/format.h>

namespace brokersim::live {

std::string Sha1::hex() {
    unsigned int words[5];
    state_.get_digest(words);
    return fmt::format("{:08x}{:08x}{:08x}{:08x}{:08x}", words[0], words[1], words[2], words[3], words[4]);
}

std::string sha1_hex(std::span<const std::byte> bytes) {
    Sha1 sha1;
    sha1.add(bytes);
    return sha1.hex();
}

}  // namespace brokersim::live
