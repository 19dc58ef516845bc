#include "scenarios/audit/record_reader.h"

#include <bit>
#include <cstring>

#include <libdeflate.h>

#include <fmt/format.h>

#include "core/check.h"

namespace brokersim::scenario::audit {

namespace {

constexpr std::uint32_t magic_v1 = 0xDAA320A7;
constexpr std::uint32_t magic_v2 = 0xDAA320AB;
constexpr std::uint32_t magic_blank = 0xCBD43194;
constexpr std::int32_t born_host_v6 = 0x10;
constexpr std::int32_t store_host_v6 = 0x20;
constexpr std::size_t v6_extra = 12;
constexpr std::int32_t least_record = 91;  // bytes; up to the hosts all fields have fixed places

/// A big-endian integer that is known to be there.
template <class Integer>
Integer load(const std::byte* at) {
    Integer value;
    std::memcpy(&value, at, sizeof value);
    return std::endian::native == std::endian::big ? value : std::byteswap(value);
}

std::unexpected<ReadFailure> broken(std::string why) {
    return std::unexpected(ReadFailure{RecordEnd::broken, std::move(why)});
}

/// Takes parts off the front of a record's bytes, as long as there are enough.
class Parts {
public:
    Parts(std::span<const std::byte> bytes, std::size_t at) : bytes_(bytes), at_(at) {}

    template <class Integer>
    Integer integer() {
        if (!enough(sizeof(Integer))) return -1;
        const auto value = load<Integer>(bytes_.data() + at_);
        at_ += sizeof(Integer);
        return value;
    }
    std::span<const std::byte> bytes(std::int64_t count) {
        if (count < 0 || !enough(static_cast<std::size_t>(count))) {
            failed_ = true;
            return {};
        }
        const auto part = bytes_.subspan(at_, static_cast<std::size_t>(count));
        at_ += part.size();
        return part;
    }
    std::string_view text(std::int64_t count) {
        const auto part = bytes(count);
        return {reinterpret_cast<const char*>(part.data()), part.size()};
    }
    bool exactly_used() const { return !failed_ && at_ == bytes_.size(); }

private:
    bool enough(std::size_t count) {
        if (count > bytes_.size() - at_) failed_ = true;
        return !failed_;
    }

    std::span<const std::byte> bytes_;
    std::size_t at_;
    bool failed_ = false;
};

}  // namespace

std::expected<RecordOrBlank, ReadFailure> read_record(std::span<const std::byte> file, std::size_t at) {
    const std::size_t left = file.size() - at;
    if (left < 8) return broken(fmt::format("only {} bytes are left in the file, and no blank", left));
    const auto size = load<std::int32_t>(file.data() + at);
    const auto magic = load<std::uint32_t>(file.data() + at + 4);
    if (size == 0 && magic == 0) return std::unexpected(ReadFailure{});
    RecordOrBlank found;
    found.record.size = size;
    if (magic == magic_blank) {
        found.blank = true;
        if (size < 0 || static_cast<std::size_t>(size) != left)
            return broken(fmt::format("a blank of {} bytes, {} are left in the file", size, left));
        return found;
    }
    if (magic != magic_v1 && magic != magic_v2) return broken(fmt::format("unknown magic number {:08X}", magic));
    if (size < least_record || static_cast<std::size_t>(size) > left)
        return broken(fmt::format("a record of {} bytes, {} are left in the file", size, left));

    const auto bytes = file.subspan(at, static_cast<std::size_t>(size));
    Record& record = found.record;
    record.body_crc = load<std::int32_t>(bytes.data() + 8);
    record.queue_id = load<std::int32_t>(bytes.data() + 12);
    record.queue_offset = load<std::int64_t>(bytes.data() + 20);
    record.physical_offset = load<std::int64_t>(bytes.data() + 28);
    record.sys_flag = load<std::int32_t>(bytes.data() + 36);
    Parts parts(bytes, 48);
    parts.bytes((record.sys_flag & born_host_v6) != 0 ? 8 + v6_extra : 8);
    record.store_timestamp = parts.integer<std::int64_t>();
    parts.bytes((record.sys_flag & store_host_v6) != 0 ? 8 + v6_extra : 8);
    record.reconsume_times = parts.integer<std::int32_t>();
    parts.bytes(8);  // offset of a transaction's half message
    record.body = parts.bytes(parts.integer<std::int32_t>());
    record.topic = parts.text(magic == magic_v1 ? parts.integer<std::int8_t>() : parts.integer<std::int16_t>());
    record.properties = parts.text(parts.integer<std::int16_t>());
    if (!parts.exactly_used()) return broken(fmt::format("a record of {} bytes whose parts have another length", size));
    return found;
}

std::int32_t body_crc(std::span<const std::byte> body) {
    if (body.empty()) return 0;
    return static_cast<std::int32_t>(libdeflate_crc32(0, body.data(), body.size()) & 0x7FFFFFFF);
}

std::string_view property(std::string_view properties, std::string_view name) {
    if (properties.find(name) == std::string_view::npos) return {};  // most have none, and this is quick to see
    std::string_view value;
    while (!properties.empty()) {
        const std::size_t end = properties.find('\x02');
        const std::string_view pair = properties.substr(0, end);
        properties.remove_prefix(end == std::string_view::npos ? properties.size() : end + 1);
        const std::size_t middle = pair.find('\x01');
        if (middle == std::string_view::npos || middle + 1 == pair.size()) continue;
        if (pair.substr(0, middle) == name) value = pair.substr(middle + 1);
    }
    return value;
}

std::int32_t java_hash(std::string_view text) {
    std::uint32_t hash = 0;
    const auto add = [&hash](std::uint32_t unit) { hash = 31 * hash + unit; };
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i++]);
        if (lead < 0x80) {
            add(lead);
            continue;
        }
        const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        std::uint32_t point = lead & (0x3FU >> more);
        for (int k = 0; k < more && i < text.size(); ++k)
            point = point << 6 | (static_cast<unsigned char>(text[i++]) & 0x3FU);
        if (point < 0x10000) {
            add(point);
        } else {
            add(0xD800 + ((point - 0x10000) >> 10));
            add(0xDC00 + ((point - 0x10000) & 0x3FF));
        }
    }
    return static_cast<std::int32_t>(hash);
}

Unit read_unit(std::span<const std::byte> file, std::size_t at) {
    BROKERSIM_CHECK(at + unit_bytes <= file.size(), "a unit at {} of {}", at, file.size());
    const std::byte* unit = file.data() + at;
    return {load<std::int64_t>(unit), load<std::int32_t>(unit + 8), load<std::int64_t>(unit + 12)};
}

}  // namespace brokersim::scenario::audit
