#include "core/protocol/sink.h"

#include <charconv>

namespace brokersim::protocol {

void ByteSink::decimal(std::int64_t number) {
    char digits[24];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    text({digits, static_cast<std::size_t>(end - digits)});
}

void ByteSink::escaped(std::string_view text) {
    const std::size_t size = escaped_size(text);
    BROKERSIM_CHECK(size <= room_.size(), "{} bytes do not fit into {}", size, room_.size());
    write_escaped(reinterpret_cast<char*>(room_.data()), text);
    room_ = room_.subspan(size);
}

}  // namespace brokersim::protocol
