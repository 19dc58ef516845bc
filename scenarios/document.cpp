#include "scenarios/document.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/check.h"

namespace brokersim::scenario {

namespace {

Place place_of(const toml::source_region& region, std::int32_t source) {
    const auto at_least_one = [](toml::source_index index) {
        return std::max<std::int32_t>(1, static_cast<std::int32_t>(index));
    };
    return {source, at_least_one(region.begin.line), at_least_one(region.begin.column)};
}

Item convert(const toml::node& node, std::int32_t source);

void convert_table(const toml::table& table, Item& item, std::int32_t source) {
    item.kind = Item::Kind::table;
    for (const auto& [key, value] : table)
        item.table.push_back({std::string(key.str()), place_of(key.source(), source), convert(value, source)});
    std::ranges::sort(
        item.table, [](const Entry& a, const Entry& b) { return std::tie(a.place, a.key) < std::tie(b.place, b.key); });
}

Item convert(const toml::node& node, std::int32_t source) {
    Item item;
    item.place = place_of(node.source(), source);
    if (const auto* table = node.as_table()) {
        convert_table(*table, item, source);
    } else if (const auto* array = node.as_array()) {
        item.kind = Item::Kind::list;
        for (const toml::node& element : *array) item.list.push_back(convert(element, source));
    } else if (const auto* text = node.as_string()) {
        item.kind = Item::Kind::text;
        item.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
        item.kind = Item::Kind::integer;
        item.integer = integer->get();
    } else if (const auto* boolean = node.as_boolean()) {
        item.kind = Item::Kind::boolean;
        item.boolean = boolean->get();
    } else if (const auto* decimal = node.as_floating_point()) {
        // The shortest digits that give this double back are those that the author wrote, up to 15 of them.
        item.kind = Item::Kind::decimal;
        item.text = fmt::format("{}", decimal->get());
    } else {
        item.kind = Item::Kind::date;
    }
    return item;
}

/// The number of bytes of the UTF-8 sequence at the front of `text`; 0 if there is no valid one.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;   // no overlong forms
        const unsigned high = first == 0xED ? 0x9F : 0xBF;  // no surrogates
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// Finds what no text file holds. Columns count characters.
std::optional<SyntaxError> check_text(std::string_view text, std::int32_t source) {
    Place place{source, 1, 1};
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (length == 0) return SyntaxError{place, fmt::format("this is not UTF-8 text: byte 0x{:02X}", byte)};
        const bool blank = byte == '\n' || byte == '\r' || byte == '\t';
        if (length == 1 && !blank && (byte < 0x20 || byte == 0x7F))
            return SyntaxError{place, fmt::format("this is not text: control character 0x{:02X}", byte)};
        ++place.column;
        if (byte == '\n') place = {source, place.line + 1, 1};
        text.remove_prefix(length);
    }
    return std::nullopt;
}

/// The parser bounds nested values but not dotted keys, and a tree is taken down by recursion. So keys are bounded
/// here, with a scanner that knows strings and comments and no more.
class KeyDepthScanner {
public:
    explicit KeyDepthScanner(std::string_view text) : text_(text) {}

    /// The line in which a key has too many parts; 0 if none has.
    std::int32_t line_of_deep_key() {
        constexpr int most_dots = 16;
        int dots = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"' || c == '\'') {
                skip_string(c);
                continue;
            }
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
                continue;
            }
            if (c == '.') ++dots;
            if (dots > most_dots) return line_;
            if (c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}') dots = 0;
            if (c == '\n') ++line_;
            ++at_;
        }
        return 0;
    }

private:
    void skip_string(char quote) {
        const std::string three(3, quote);
        const bool many_lines = text_.substr(at_).starts_with(three);
        const std::string_view end = many_lines ? std::string_view(three) : std::string_view(three).substr(0, 1);
        at_ += end.size();
        while (at_ < text_.size()) {
            if (text_.substr(at_).starts_with(end)) {
                at_ += end.size();
                return;
            }
            if (text_[at_] == '\n') {
                if (!many_lines) return;  // not closed: the parser will say so
                ++line_;
            }
            at_ += quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 2 : 1;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::int32_t line_ = 1;
};

Item text_item(std::string_view text, std::int32_t source) {
    Item item;
    item.kind = Item::Kind::text;
    item.place.source = source;
    item.text = text;
    return item;
}

}  // namespace

const Entry* Item::find(std::string_view key) const {
    const auto found = std::ranges::find(table, key, &Entry::key);
    return found == table.end() ? nullptr : &*found;
}

Entry* Item::find(std::string_view key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

std::string_view Item::text_of(std::string_view key) const {
    const Entry* entry = find(key);
    return entry && entry->item.kind == Kind::text ? std::string_view(entry->item.text) : std::string_view();
}

bool Item::is_list_of_tables() const {
    return kind == Kind::list && std::ranges::all_of(list, [](const Item& item) { return item.kind == Kind::table; });
}

std::string_view kind_words(Item::Kind kind) {
    switch (kind) {
        case Item::Kind::integer:
            return "a whole number";
        case Item::Kind::decimal:
            return "a number with a fraction";
        case Item::Kind::boolean:
            return "true or false";
        case Item::Kind::text:
            return "a text";
        case Item::Kind::date:
            return "a date";
        case Item::Kind::list:
            return "a list";
        case Item::Kind::table:
            return "a table";
    }
    BROKERSIM_CHECK(false, "an item has a kind");
    return {};
}

std::expected<Item, SyntaxError> parse_document(std::string_view text, std::int32_t source) {
    if (const auto error = check_text(text, source)) return std::unexpected(*error);
    if (const std::int32_t line = KeyDepthScanner(text).line_of_deep_key())
        return std::unexpected(SyntaxError{{source, line, 1}, "a key has too many parts"});
    try {
        const toml::table root = toml::parse(text);
        Item item;
        item.place = {source, 1, 1};
        convert_table(root, item, source);
        return item;
    } catch (const toml::parse_error& error) {
        return std::unexpected(
            SyntaxError{place_of(error.source(), source), fmt::format("not TOML: {}", error.description())});
    }
}

Item parse_override_value(std::string_view text, std::int32_t source) {
    auto document = parse_document(fmt::format("value = {}", text), source);
    if (!document || document->table.size() != 1) return text_item(text, source);
    Item item = std::move(document->table.front().item);
    const bool number_word =
        item.kind == Item::Kind::decimal && text.find_first_of("0123456789") == std::string_view::npos;
    if (item.kind == Item::Kind::date || number_word) return text_item(text, source);
    return item;
}

}  // namespace brokersim::scenario
