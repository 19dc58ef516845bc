#include "core/protocol/json_reader.h"

#include <charconv>
#include <cstddef>

#include "core/protocol/json_text.h"
#include "core/whole_number.h"

namespace brokersim::protocol {

namespace {

constexpr int max_depth = 32;
constexpr std::size_t max_values = 1'000'000;

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool read_all(JsonValue& value) {
        if (!read_value(value, 0)) return false;
        skip_space();
        return at_ == text_.size();
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char wanted) {
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    void skip_space() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    bool read_value(JsonValue& value, int depth) {
        if (depth > max_depth || ++values_ > max_values) return false;
        skip_space();
        switch (peek()) {
            case '{':
                return read_object(value, depth);
            case '[':
                return read_array(value, depth);
            case '"':
                return read_string(value);
            case 't':
                return read_word(value, JsonValue::Kind::boolean, "true");
            case 'f':
                return read_word(value, JsonValue::Kind::boolean, "false");
            case 'n':
                return read_word(value, JsonValue::Kind::null, "null");
            default:
                return read_number(value);
        }
    }

    bool read_word(JsonValue& value, JsonValue::Kind kind, std::string_view word) {
        value.kind = kind;
        value.text = word;
        return take_word(word);
    }

    bool read_digits() {
        const std::size_t begin = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > begin;
    }

    bool read_number(JsonValue& value) {
        const std::size_t begin = at_;
        take('-');
        if (!read_digits()) return false;
        if (take('.') && !read_digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!read_digits()) return false;
        }
        value.kind = JsonValue::Kind::number;
        value.text = text_.substr(begin, at_ - begin);
        return true;
    }

    bool read_array(JsonValue& value, int depth) {
        value.kind = JsonValue::Kind::array;
        take('[');
        skip_space();
        if (take(']')) return true;
        do {
            if (!read_value(value.items.emplace_back(), depth + 1)) return false;
            skip_space();
        } while (take(','));
        return take(']');
    }

    bool read_object(JsonValue& value, int depth) {
        value.kind = JsonValue::Kind::object;
        take('{');
        skip_space();
        if (take('}')) return true;
        do {
            JsonMember& member = value.members.emplace_back();
            if (!read_value(member.key, depth + 1)) return false;
            if (member.key.kind != JsonValue::Kind::string && member.key.kind != JsonValue::Kind::number &&
                member.key.kind != JsonValue::Kind::object)
                return false;
            skip_space();
            if (!take(':') || !read_value(member.value, depth + 1)) return false;
            skip_space();
        } while (take(','));
        return take('}');
    }

    bool read_string(JsonValue& value) {
        value.kind = JsonValue::Kind::string;
        take('"');
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return true;
            if (c != '\\')
                value.text.push_back(c);
            else if (!read_escape(value.text))
                return false;
        }
        return false;
    }

    bool read_escape(std::string& out) {
        const char c = peek();
        ++at_;
        switch (c) {
            case '"':
            case '\\':
            case '/':
                out.push_back(c);
                return true;
            case 'b':
                out.push_back('\b');
                return true;
            case 'f':
                out.push_back('\f');
                return true;
            case 'n':
                out.push_back('\n');
                return true;
            case 'r':
                out.push_back('\r');
                return true;
            case 't':
                out.push_back('\t');
                return true;
            case 'u':
                return read_code_point(out);
            default:
                return false;
        }
    }

    std::optional<char32_t> read_four_digits() {
        if (text_.size() - at_ < 4) return std::nullopt;
        std::uint32_t unit = 0;
        const char* begin = text_.data() + at_;
        const auto [end, error] = std::from_chars(begin, begin + 4, unit, 16);
        if (error != std::errc() || end != begin + 4) return std::nullopt;
        at_ += 4;
        return unit;
    }

    bool read_code_point(std::string& out) {
        constexpr char32_t replacement = 0xFFFD;
        const auto first = read_four_digits();
        if (!first) return false;
        char32_t code_point = *first;
        if (code_point >= 0xD800 && code_point < 0xDC00) {
            const std::size_t before_low = at_;
            const auto low = take_word("\\u") ? read_four_digits() : std::nullopt;
            if (low && *low >= 0xDC00 && *low < 0xE000) {
                code_point = 0x10000 + ((code_point - 0xD800) << 10) + (*low - 0xDC00);
            } else {
                at_ = before_low;  // half a pair; what follows is read for itself
                code_point = replacement;
            }
        } else if (code_point >= 0xDC00 && code_point < 0xE000) {
            code_point = replacement;
        }
        append_utf8(out, code_point);
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t values_ = 0;
};

bool is_number(const JsonValue& value) {
    return value.kind == JsonValue::Kind::number || value.kind == JsonValue::Kind::string;
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
    for (auto member = members.rbegin(); member != members.rend(); ++member)
        if (member->key.kind != Kind::object && member->key.text == key)
            return member->value.kind == Kind::null ? nullptr : &member->value;
    return nullptr;
}

std::optional<std::int64_t> JsonValue::as_int64() const {
    return is_number(*this) ? whole_number<std::int64_t>(text) : std::nullopt;
}

std::optional<std::int32_t> JsonValue::as_int32() const {
    return is_number(*this) ? whole_number<std::int32_t>(text) : std::nullopt;
}

std::optional<bool> JsonValue::as_bool() const {
    if (kind != Kind::boolean && kind != Kind::string) return std::nullopt;
    if (text == "true") return true;
    if (text == "false") return false;
    return std::nullopt;
}

std::optional<JsonValue> read_json(std::string_view text) {
    JsonValue value;
    if (!Reader(text).read_all(value)) return std::nullopt;
    return value;
}

}  // namespace brokersim::protocol
