#include "core/java_hash.h"

#include <cstring>

namespace brokersim {
namespace {

/// Reads one code point from `at` on and moves `at` behind it. Of a malformed sequence the longest prefix that could
/// have begun a well-formed one is taken as one U+FFFD (the rule that Java's decoder and Unicode share).
char32_t next_code_point(std::string_view text, std::size_t& at) {
    constexpr char32_t replacement = 0xFFFD;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at++);
    if (lead < 0x80) return lead;
    int more = 0;
    unsigned char low = 0x80;  // bounds of the second byte: they exclude overlong forms, surrogates and what is too big
    unsigned char high = 0xBF;
    char32_t value = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        more = 1;
        value = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        more = 2;
        value = lead & 0x0FU;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        more = 3;
        value = lead & 0x07U;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return replacement;
    }
    for (; more > 0; --more) {
        if (at >= text.size() || byte(at) < low || byte(at) > high) return replacement;
        value = value << 6 | (byte(at++) & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    return value;
}

}  // namespace

std::int32_t java_hash(std::string_view utf8, std::int32_t before) {
    auto hash = static_cast<std::uint32_t>(before);
    std::size_t at = 0;
    for (std::uint32_t four = 0; at + sizeof four <= utf8.size(); at += sizeof four) {  // 31 * (31 * (...)) at once
        std::memcpy(&four, utf8.data() + at, sizeof four);
        if ((four & 0x80808080U) != 0) break;
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[at + i]); };
        hash = 31U * 31 * 31 * 31 * hash + (31U * 31 * 31 * byte(0) + 31U * 31 * byte(1)) + (31U * byte(2) + byte(3));
    }
    while (at < utf8.size()) {
        if (const auto byte = static_cast<unsigned char>(utf8[at]); byte < 0x80) {
            hash = 31 * hash + byte;
            ++at;
            continue;
        }
        const char32_t point = next_code_point(utf8, at);
        if (point < 0x10000) {
            hash = 31 * hash + point;
        } else {
            hash = 31 * hash + (0xD800 + ((point - 0x10000) >> 10));
            hash = 31 * hash + (0xDC00 + ((point - 0x10000) & 0x3FF));
        }
    }
    return static_cast<std::int32_t>(hash);
}

std::size_t java_length(std::string_view utf8) {
    std::size_t length = 0;
    for (std::size_t at = 0; at < utf8.size();) length += next_code_point(utf8, at) < 0x10000 ? 1 : 2;
    return length;
}

}  // namespace brokersim
