#include "scenarios/audit/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace brokersim::scenario::audit {

bool inflate_body(std::span<const std::byte> packed, std::vector<std::byte>& plain) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return false;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    plain.resize(std::max<std::size_t>(4 * packed.size(), 1024));
    int result = Z_OK;
    while (result == Z_OK) {
        if (stream.total_out == plain.size()) plain.resize(2 * plain.size());
        stream.next_out = reinterpret_cast<Bytef*>(plain.data() + stream.total_out);
        stream.avail_out = static_cast<uInt>(plain.size() - stream.total_out);
        result = inflate(&stream, Z_NO_FLUSH);
    }
    plain.resize(stream.total_out);
    const bool all_used = stream.avail_in == 0;
    inflateEnd(&stream);
    return result == Z_STREAM_END && all_used;
}

}  // namespace brokersim::scenario::audit
