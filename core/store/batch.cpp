#include "core/store/batch.h"

#include "core/store/big_endian.h"

namespace brokersim::store {
namespace {

constexpr std::size_t unused_size = 12;  // size, magic, checksum

/// Takes bytes off a body; none any more once there were too few.
class BatchBytes {
public:
    explicit BatchBytes(std::span<const std::byte> bytes) : rest_(bytes) {}
    bool empty() const { return rest_.empty(); }
    bool short_of() const { return short_of_; }
    std::span<const std::byte> take(std::int64_t size) {
        if (size < 0 || size > static_cast<std::int64_t>(rest_.size())) {
            short_of_ = true;
            rest_ = {};
            return {};
        }
        const auto taken = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(static_cast<std::size_t>(size));
        return taken;
    }
    template <class Int>
    Int number() {
        const auto bytes = take(sizeof(Int));
        return bytes.empty() ? Int{} : load_big<Int>(bytes.data());
    }

private:
    std::span<const std::byte> rest_;
    bool short_of_ = false;
};

}  // namespace

std::optional<std::vector<BatchPart>> decode_batch(std::span<const std::byte> body) {
    BatchBytes bytes(body);
    std::vector<BatchPart> parts;
    while (!bytes.empty()) {
        BatchPart part;
        bytes.take(unused_size);
        part.flag = bytes.number<std::int32_t>();
        const auto body_size = bytes.number<std::int32_t>();
        part.body = bytes.take(body_size);
        const auto properties_size = bytes.number<std::int16_t>();
        const auto properties = bytes.take(properties_size);
        part.properties = {reinterpret_cast<const char*>(properties.data()), properties.size()};
        if (bytes.short_of()) return std::nullopt;
        parts.push_back(part);
    }
    if (parts.empty()) return std::nullopt;
    return parts;
}

}  // namespace brokersim::store
