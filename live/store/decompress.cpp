#include "live/store/decompress.h"

#include <array>
#include <memory>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

namespace brokersim::live {
namespace {

using Buffer = std::array<std::byte, 64 << 10>;

/// Passes pieces on until there are too many.
class Bounded {
public:
    explicit Bounded(const std::function<void(std::span<const std::byte>)>& out) : out_(out) {}
    bool add(std::span<const std::byte> piece) {
        size_ += static_cast<std::int64_t>(piece.size());
        if (size_ > largest_unpacked) return false;
        out_(piece);
        return true;
    }

private:
    const std::function<void(std::span<const std::byte>)>& out_;
    std::int64_t size_ = 0;
};

bool unpack_zlib(std::span<const std::byte> body, Bounded& out) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return false;
    const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, inflateEnd);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    Buffer buffer;
    while (true) {
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        const int result = inflate(&stream, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END) return false;
        if (!out.add(std::span(buffer).first(buffer.size() - stream.avail_out))) return false;
        if (result == Z_STREAM_END) return true;
        if (stream.avail_in == 0 && stream.avail_out > 0) return false;  // cut short
    }
}

bool unpack_lz4(std::span<const std::byte> body, Bounded& out) {
    LZ4F_dctx* made = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) return false;
    const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(made, LZ4F_freeDecompressionContext);
    Buffer buffer;
    std::size_t wanted = 1;
    while (wanted != 0) {
        std::size_t filled = buffer.size();
        std::size_t used = body.size();
        wanted = LZ4F_decompress(context.get(), buffer.data(), &filled, body.data(), &used, nullptr);
        if (LZ4F_isError(wanted) != 0 || !out.add(std::span(buffer).first(filled))) return false;
        body = body.subspan(used);
        if (wanted != 0 && used == 0 && filled == 0) return false;  // cut short
    }
    return true;
}

bool unpack_zstd(std::span<const std::byte> body, Bounded& out) {
    const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
    if (stream == nullptr) return false;
    ZSTD_inBuffer in{body.data(), body.size(), 0};
    Buffer buffer;
    std::size_t wanted = 1;
    while (wanted != 0) {
        ZSTD_outBuffer filled{buffer.data(), buffer.size(), 0};
        const std::size_t before = in.pos;
        wanted = ZSTD_decompressStream(stream.get(), &filled, &in);
        if (ZSTD_isError(wanted) != 0 || !out.add(std::span(buffer).first(filled.pos))) return false;
        if (wanted != 0 && in.pos == before && filled.pos == 0) return false;  // cut short
    }
    return true;
}

}  // namespace

bool decompress(std::int32_t sys_flag, std::span<const std::byte> body,
                const std::function<void(std::span<const std::byte>)>& out) {
    Bounded bounded(out);
    switch (sys_flag >> 8 & 7) {
        case 0:
        case 3:
            return unpack_zlib(body, bounded);
        case 1:
            return unpack_lz4(body, bounded);
        case 2:
            return unpack_zstd(body, bounded);
        default:
            return false;
    }
}

}  // namespace brokersim::live
