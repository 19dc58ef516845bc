#include "core/protocol/messages.h"

#include <charconv>

#include <fmt/format.h>

namespace brokersim::protocol {

std::string queue_name(const MessageQueue& queue) { return queue_name(queue.topic, queue.broker, queue.queue_id); }

std::string queue_name(const std::string& topic, const std::string& broker, std::int32_t queue_id) {
    return fmt::format("{}@{}:{}", topic, broker, queue_id);
}

std::string ip_text(Address address) {
    return fmt::format("{}.{}.{}.{}", address.ip >> 24, address.ip >> 16 & 0xFF, address.ip >> 8 & 0xFF,
                       address.ip & 0xFF);
}

std::string to_text(Address address) { return fmt::format("{}:{}", ip_text(address), address.port); }

namespace {

/// Takes a decimal number of at most `max` from the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text, std::uint32_t max) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number > max) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::optional<std::uint32_t> take_ip(std::string_view& text) {
    std::uint32_t ip = 0;
    for (int i = 0; i < 4; ++i) {
        if (i > 0) {
            if (!text.starts_with('.')) return std::nullopt;
            text.remove_prefix(1);
        }
        const auto part = take_number(text, 255);
        if (!part) return std::nullopt;
        ip = ip << 8 | *part;
    }
    return ip;
}

}  // namespace

std::optional<Address> parse_ip(std::string_view text) {
    const auto ip = take_ip(text);
    if (!ip || !text.empty()) return std::nullopt;
    return Address{*ip, 0};
}

std::optional<Address> parse_address(std::string_view text) {
    const auto ip = take_ip(text);
    if (!ip || !text.starts_with(':')) return std::nullopt;
    text.remove_prefix(1);
    const auto port = take_number(text, UINT16_MAX);
    if (!port || !text.empty()) return std::nullopt;
    return Address{*ip, static_cast<std::uint16_t>(*port)};
}

}  // namespace brokersim::protocol
