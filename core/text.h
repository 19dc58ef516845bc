#pragma once

#include <string>
#include <string_view>

#include "core/bytes.h"

namespace brokersim {

/// A text that is never changed, shared by all who have it: copying and moving it costs a pointer. For names that
/// travel in every message (topics, groups), where std::string would copy its characters at each step.
class Text {
public:
    Text() = default;
    Text(std::string_view text) {
        if (text.empty()) return;
        block_ = HeapBlock::make(text.size());
        std::memcpy(block_->writable().data(), text.data(), text.size());
    }
    Text(const std::string& text) : Text(std::string_view(text)) {}
    Text(const char* text) : Text(std::string_view(text)) {}

    std::string_view view() const {
        if (!block_) return {};
        const auto bytes = block_->bytes();
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    operator std::string_view() const { return view(); }
    std::string str() const { return std::string(view()); }
    bool empty() const { return !block_; }
    std::size_t size() const { return view().size(); }
    bool starts_with(std::string_view prefix) const { return view().starts_with(prefix); }

    friend bool operator==(const Text& a, const Text& b) { return a.block_ == b.block_ || a.view() == b.view(); }
    friend bool operator==(const Text& a, std::string_view b) { return a.view() == b; }
    friend bool operator==(const Text& a, const std::string& b) { return a.view() == b; }
    friend bool operator==(const Text& a, const char* b) { return a.view() == b; }
    /// For tests that print what they compare.
    template <class Stream>
    friend Stream& operator<<(Stream& out, const Text& text) {
        out << text.view();
        return out;
    }
    friend auto operator<=>(const Text& a, const Text& b) { return a.view() <=> b.view(); }

private:
    boost::intrusive_ptr<HeapBlock> block_;
};

/// For {fmt}, without its headers.
inline std::string_view format_as(const Text& text) { return text.view(); }

}  // namespace brokersim
