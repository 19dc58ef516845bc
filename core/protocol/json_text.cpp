#include "core/protocol/json_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace brokersim::protocol {

namespace {

// How many bytes more than itself a byte takes, if it is not the start of an escaped multi-byte character.
constexpr std::array<std::uint16_t, 256> extra_bytes = [] {
    std::array<std::uint16_t, 256> extra{};
    for (int c = 0; c < 0x20; ++c) extra[c] = 5;
    for (int c : {'\b', '\t', '\n', '\f', '\r', '"', '\\'}) extra[c] = 1;
    extra[0x7F] = 5;
    return extra;
}();

// The same, and more than a whole block can take for bytes that may begin an escaped multi-byte character.
constexpr std::uint16_t maybe_multi_byte = 256;
constexpr std::array<std::uint16_t, 256> extra_bytes_or_maybe = [] {
    std::array<std::uint16_t, 256> extra = extra_bytes;
    for (int c : {0xC2, 0xE2}) extra[c] = maybe_multi_byte;
    return extra;
}();

constexpr char hex[] = "0123456789ABCDEF";

unsigned char byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// The code point of a two- or three-byte character at `i` that is escaped, else 0.
std::uint32_t escaped_code_point(std::string_view text, std::size_t i) {
    const unsigned char c = byte_at(text, i);
    if (c == 0xC2 && i + 1 < text.size() && byte_at(text, i + 1) >= 0x80 && byte_at(text, i + 1) <= 0x9F)
        return byte_at(text, i + 1);
    if (c == 0xE2 && i + 2 < text.size() && byte_at(text, i + 1) == 0x80 && (byte_at(text, i + 2) & 0xFE) == 0xA8)
        return 0x2000U | (byte_at(text, i + 2) & 0x3FU);
    return 0;
}

/// How many bytes more than itself the character at `i` takes; `length` is that of the character, or 1.
std::size_t extra_at(std::string_view text, std::size_t i, std::size_t& length) {
    const std::uint32_t code_point = escaped_code_point(text, i);
    length = code_point == 0 ? 1 : code_point < 0x800 ? 2 : 3;
    return code_point == 0 ? extra_bytes[byte_at(text, i)] : 6 - length;
}

using Block = unsigned char __attribute__((vector_size(16)));
using Words = std::uint64_t __attribute__((vector_size(16)));

// In a block of a message's properties, control characters (separators) are frequent, and nothing else is escaped.
struct BlockCount {
    std::size_t control_characters;
    bool other;  // something else may have to be escaped, or a control character in the short way
};
/// Of the block at `at`, without its first `skip` bytes (less than a block).
BlockCount count_block(const char* at, std::size_t skip) {
    // Bytes that are skipped count as spaces.
    alignas(Block) static constexpr auto masks = [] {
        std::array<unsigned char, 2 * sizeof(Block)> bytes{};
        for (std::size_t i = 0; i < sizeof(Block); ++i) bytes[sizeof(Block) + i] = 0xFF;
        return bytes;
    }();
    Block block;
    Block mask;
    std::memcpy(&block, at, sizeof block);
    std::memcpy(&mask, masks.data() + sizeof block - skip, sizeof mask);
    block = (block & mask) | (~mask & ' ');
    const auto control = block < 0x20;
    const auto short_form = static_cast<Block>(block - 8) < 6;
    const auto other =
        short_form | (block == '"') | (block == '\\') | (block == 0x7F) | (block == 0xC2) | (block == 0xE2);
    Words control_words;
    Words other_words;
    std::memcpy(&control_words, &control, sizeof control_words);
    std::memcpy(&other_words, &other, sizeof other_words);
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    const std::uint64_t both = (control_words[0] & ones) + (control_words[1] & ones);
    return {static_cast<std::size_t>(both * ones >> 56), (other_words[0] | other_words[1]) != 0};
}

}  // namespace

std::size_t escaped_size(std::string_view text) {
    std::size_t extra = 0;
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.size() >= sizeof(Block)) {
            const std::size_t begin = std::min(i, text.size() - sizeof(Block));
            const BlockCount count = count_block(text.data() + begin, i - begin);
            if (!count.other) {
                extra += 5 * count.control_characters;
                i = begin + sizeof(Block);
                continue;
            }
        }
        const std::size_t end = i + std::min(sizeof(Block), text.size() - i);
        std::size_t simple = 0;
        for (std::size_t j = i; j < end; ++j) simple += extra_bytes_or_maybe[byte_at(text, j)];
        if (simple < maybe_multi_byte) {
            extra += simple;
            i = end;
            continue;
        }
        while (i < end) {  // a character that begins in this block may end beyond it
            std::size_t length = 1;
            extra += extra_at(text, i, length);
            i += length;
        }
    }
    return text.size() + extra;
}

char* write_escaped(char* out, std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        std::size_t length = 1;
        const std::size_t extra = extra_at(text, i, length);
        if (extra == 0) {
            *out++ = text[i];
        } else if (extra == 1) {
            *out++ = '\\';
            switch (text[i]) {
                case '\b':
                    *out++ = 'b';
                    break;
                case '\t':
                    *out++ = 't';
                    break;
                case '\n':
                    *out++ = 'n';
                    break;
                case '\f':
                    *out++ = 'f';
                    break;
                case '\r':
                    *out++ = 'r';
                    break;
                default:
                    *out++ = text[i];
            }
        } else {
            const std::uint32_t code_point = length == 1 ? byte_at(text, i) : escaped_code_point(text, i);
            for (char c : {'\\', 'u', hex[code_point >> 12], hex[code_point >> 8 & 15], hex[code_point >> 4 & 15],
                           hex[code_point & 15]})
                *out++ = c;
        }
        i += length;
    }
    return out;
}

void append_utf8(std::string& text, char32_t code_point) {
    const auto push = [&text](char32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        push(code_point);
    } else if (code_point < 0x800) {
        push(0xC0 | code_point >> 6);
        push(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        push(0xE0 | code_point >> 12);
        push(0x80 | (code_point >> 6 & 0x3F));
        push(0x80 | (code_point & 0x3F));
    } else {
        push(0xF0 | code_point >> 18);
        push(0x80 | (code_point >> 12 & 0x3F));
        push(0x80 | (code_point >> 6 & 0x3F));
        push(0x80 | (code_point & 0x3F));
    }
}

}  // namespace brokersim::protocol
