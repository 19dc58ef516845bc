#pragma once

#include <cstdint>
#include <string_view>

namespace brokersim {

/// What a random number is for. Each (purpose, identity, n) has its own number, whatever else is drawn.
enum class Purpose : std::uint32_t {
    network_latency = 1,
    arrival,
    body_size,
    body_content,
    message_key,
    handler_time,
    pick_broker,
    pick_name_server,
    pick_queue,
    member_id,
    backoff_jitter,
    client_instance,
    heartbeat_phase,
    fault,
    torn_bytes,
    event_order,
    buggify,
    test,
    lost_pages,     // which pages a power cut leaves old, new or torn
    lost_names,     // how many changes of names it takes back
    evicted_pages,  // which lost pages leave the page cache
};

/// The one mixing function of keyed randomness: a bijective finalizer (Stafford's variant 13 of MurmurHash3's, as in
/// SplitMix64) over the words, chained. Equal on every machine; not cryptographic.
constexpr std::uint64_t mix64(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
}
/// The draws of one (purpose, identity): number n of them is draw_at(draw_stream(...), n).
constexpr std::uint64_t draw_stream(std::uint64_t seed, Purpose purpose, std::uint64_t identity) {
    return mix64(mix64(seed ^ (static_cast<std::uint64_t>(purpose) << 48)) ^ identity);
}
constexpr std::uint64_t draw_at(std::uint64_t stream, std::uint64_t n) {
    return mix64(stream + n * 0xD1B54A32D192ED03ULL);
}
constexpr std::uint64_t draw_key(std::uint64_t seed, Purpose purpose, std::uint64_t identity, std::uint64_t n) {
    return draw_at(draw_stream(seed, purpose, identity), n);
}

/// Maps a draw to [0, bound) without bias worth naming (multiply-shift; bound 0 gives 0).
constexpr std::uint64_t below(std::uint64_t draw, std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(draw) * bound) >> 64);
}

/// A stable 64-bit identity of a text, for draws keyed by a name (FNV-1a, then mixed).
constexpr std::uint64_t text_identity(std::string_view text) {
    std::uint64_t h = 0xCBF29CE484222325ULL;
    for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return mix64(h);
}

}  // namespace brokersim
