#include "scenarios/body.h"

#include <bit>
#include <cstring>

#include "core/check.h"
#include "core/draw.h"

namespace brokersim::scenario {

static_assert(std::endian::native == std::endian::little, "bodies are read and written as little-endian words");

namespace {

constexpr std::uint32_t magic = 0x6D697342;

struct Head {
    std::uint32_t producer;
    std::uint32_t marked_length;  // the length of the body, xor magic
    std::uint64_t sequence;
    std::int64_t intended;
};
static_assert(sizeof(Head) == min_body_bytes);

Head read_head(std::span<const std::byte> body) {
    Head head;
    std::memcpy(&head, body.data(), sizeof head);
    return head;
}

/// The rest of a body is key, key + step, key + 2 * step, ...: no word comes twice, and two bodies agree nowhere.
constexpr std::uint64_t step = 0x9E3779B97F4A7C15ULL;

std::uint64_t key_of(const Head& head) {
    const std::uint64_t who = mix64(mix64(head.producer) ^ head.sequence);
    return mix64(mix64(who ^ static_cast<std::uint64_t>(head.intended)) ^ head.marked_length);
}

/// Two words of the rest, in one register.
using Pair = std::uint64_t __attribute__((vector_size(16)));
constexpr std::uint64_t two_steps = 2 * step;

Pair first_pair(const Head& head) { return key_of(head) + Pair{0, step}; }

}  // namespace

void make_body_head(MessageId id, std::int64_t intended, std::span<std::byte> body) {
    BROKERSIM_CHECK(body.size() >= min_body_bytes, "a body of {} bytes", body.size());
    const Head head{id.producer, static_cast<std::uint32_t>(body.size()) ^ magic, id.sequence, intended};
    std::memcpy(body.data(), &head, sizeof head);
}

void make_body(MessageId id, std::int64_t intended, std::span<std::byte> body) {
    make_body_head(id, intended, body);
    Pair words = first_pair(read_head(body));
    std::byte* at = body.data() + min_body_bytes;
    std::size_t left = body.size() - min_body_bytes;
    for (; left >= sizeof words; left -= sizeof words, at += sizeof words, words += two_steps)
        std::memcpy(at, &words, sizeof words);
    std::memcpy(at, &words, left);
}

std::optional<BodyIdentity> read_body_head(std::span<const std::byte> body) {
    if (body.size() < min_body_bytes) return std::nullopt;
    const Head head = read_head(body);
    if (head.marked_length != (static_cast<std::uint32_t>(body.size()) ^ magic)) return std::nullopt;
    return BodyIdentity{{head.producer, head.sequence}, head.intended};
}

std::optional<BodyIdentity> check_body(std::span<const std::byte> body) {
    const auto identity = read_body_head(body);
    if (!identity) return std::nullopt;
    Pair words = first_pair(read_head(body));
    const std::byte* at = body.data() + min_body_bytes;
    std::size_t left = body.size() - min_body_bytes;
    Pair different{};
    for (; left >= sizeof words; left -= sizeof words, at += sizeof words, words += two_steps) {
        Pair found;
        std::memcpy(&found, at, sizeof found);
        different |= found ^ words;
    }
    if ((different[0] | different[1]) != 0) return std::nullopt;
    if (std::memcmp(at, &words, left) != 0) return std::nullopt;
    return identity;
}

}  // namespace brokersim::scenario
