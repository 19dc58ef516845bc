#include "core/store/properties.h"

#include <algorithm>

namespace brokersim::store {
namespace {

constexpr char after_name = '\x01';
constexpr char after_value = '\x02';

/// Takes the next piece off `rest`, without its separator.
std::string_view next_piece(std::string_view& rest) {
    const auto end = rest.find(after_value);
    const auto piece = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return piece;
}

}  // namespace

std::string_view find_property(std::string_view properties, std::string_view name) {
    std::string_view found;
    while (!properties.empty()) {
        const auto piece = next_piece(properties);
        if (piece.size() > name.size() + 1 && piece[name.size()] == after_name && piece.starts_with(name))
            found = piece.substr(name.size() + 1);
    }
    return found;
}

DispatchProperties dispatch_properties(std::string_view properties) {
    DispatchProperties found;
    const auto take = [](std::string_view piece, std::string_view name, std::string_view& value) {
        if (piece.size() > name.size() + 1 && piece[name.size()] == after_name && piece.starts_with(name))
            value = piece.substr(name.size() + 1);
    };
    while (!properties.empty()) {
        const auto piece = next_piece(properties);
        if (piece.empty()) continue;
        switch (piece.front()) {
            case 'T':
                take(piece, property::tags, found.tags);
                break;
            case 'K':
                take(piece, property::keys, found.keys);
                break;
            case 'U':
                take(piece, property::uniq_key, found.uniq_key);
                break;
            case 'D':
                take(piece, property::delay, found.delay);
                break;
            default:
                break;
        }
    }
    return found;
}

void append_property(std::string& properties, std::string_view name, std::string_view value) {
    if (!properties.empty() && properties.back() != after_value) properties += after_value;
    properties += name;
    properties += after_name;
    properties += value;
    properties += after_value;
}

void append_properties(std::string& properties, std::string_view more) {
    if (!properties.empty() && !more.empty() && properties.back() != after_value) properties += after_value;
    properties += more;
}

std::vector<std::pair<std::string_view, std::string_view>> decode_properties(std::string_view properties) {
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    while (!properties.empty()) {
        const auto piece = next_piece(properties);
        const auto split = piece.find(after_name);
        if (split == std::string_view::npos || split == 0 || split + 1 == piece.size()) continue;
        const auto name = piece.substr(0, split);
        std::erase_if(pairs, [name](const auto& pair) { return pair.first == name; });
        pairs.emplace_back(name, piece.substr(split + 1));
    }
    return pairs;
}

}  // namespace brokersim::store
