#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/kafka/messages.h"
#include "core/protocol/sink.h"
#include "core/protocol/wire_reader.h"

/// The primitive types of Kafka's protocol, written and read by the same calls, so that one description of a message
/// serves for counting, writing and reading it. `compact` names those of the flexible encoding, in which lengths are
/// unsigned varints, one more than they say (0: null), and each structure ends with tagged fields.
namespace brokersim::kafka {

/// Writes fields to a sink. Strings must be shorter than 32 KiB.
template <class Sink>
class FieldsOut {
public:
    explicit FieldsOut(Sink& sink) : sink_(sink) {}
    static constexpr bool reading = false;

    template <std::integral Integer>
    void integer(Integer value) {
        sink_.integer(value);
    }
    /// A field that is not modelled: the value that it has where nobody uses it.
    template <std::integral Integer>
    void unused(Integer value) {
        sink_.integer(value);
    }
    void error(Error error) { sink_.integer(static_cast<std::int16_t>(error)); }
    void string(std::string_view text) {
        BROKERSIM_CHECK(text.size() <= INT16_MAX, "a string of {} bytes", text.size());
        sink_.integer(static_cast<std::int16_t>(text.size()));
        sink_.text(text);
    }
    /// An empty text stands for null.
    void string_or_null(std::string_view text) {
        if (text.empty())
            sink_.integer(std::int16_t(-1));
        else
            string(text);
    }
    void unused_nullable_string() { string_or_null({}); }
    void nullable_string(const std::optional<std::string>& text) {
        if (text)
            string(*text);
        else
            sink_.integer(std::int16_t(-1));
    }
    void nullable_bytes(const std::optional<std::string>& text) {
        if (text)
            bytes(*text);
        else
            sink_.integer(std::int32_t(-1));
    }
    void bytes(std::string_view text) {
        BROKERSIM_CHECK(text.size() <= INT32_MAX, "{} bytes", text.size());
        sink_.integer(static_cast<std::int32_t>(text.size()));
        sink_.text(text);
    }
    template <class Item, class Each>
    void array(const std::vector<Item>& items, Each each) {
        sink_.integer(static_cast<std::int32_t>(items.size()));
        for (const Item& item : items) each(item);
    }
    /// Items of topics: an array of topics, each with its array. Neighbours of one topic stand together; so sorted
    /// items name each topic once, and items in any order come back in that order. `topic(item)` is a reference to its
    /// name.
    template <class Item, class Topic, class Each>
    void by_topic(const std::vector<Item>& items, Topic topic, Each each) {
        const auto run_end = [&](std::size_t begin) {
            std::size_t end = begin + 1;
            while (end < items.size() && topic(items[end]) == topic(items[begin])) ++end;
            return end;
        };
        std::int32_t runs = 0;
        for (std::size_t i = 0; i < items.size(); i = run_end(i)) ++runs;
        sink_.integer(runs);
        for (std::size_t i = 0; i < items.size();) {
            const std::size_t end = run_end(i);
            string(topic(items[i]));
            sink_.integer(static_cast<std::int32_t>(end - i));
            for (; i < end; ++i) each(items[i]);
        }
    }

    void uuid(const TopicId& id) {
        sink_.integer(id.most);
        sink_.integer(id.least);
    }
    void compact_string(std::string_view text) {
        compact_length(text.size());
        sink_.text(text);
    }
    /// An empty text stands for null.
    void compact_string_or_null(std::string_view text) {
        if (text.empty())
            varint(0);
        else
            compact_string(text);
    }
    template <class Item, class Each>
    void compact_array(const std::vector<Item>& items, Each each) {
        compact_length(items.size());
        for (const Item& item : items) each(item);
    }
    template <class Item, class Each>
    void compact_array_or_null(const std::optional<std::vector<Item>>& items, Each each) {
        if (items)
            compact_array(*items, each);
        else
            varint(0);
    }
    /// As by_topic(), each topic of which is a structure. `name(topic)` writes what stands for the topic.
    template <class Item, class Topic, class Name, class Each>
    void compact_by_topic(const std::vector<Item>& items, Topic topic, Name name, Each each) {
        std::vector<std::size_t> ends;
        for (std::size_t i = 0; i < items.size(); ++i)
            if (i + 1 == items.size() || topic(items[i + 1]) != topic(items[i])) ends.push_back(i + 1);
        compact_length(ends.size());
        std::size_t i = 0;
        for (const std::size_t end : ends) {
            name(topic(items[i]));
            compact_length(end - i);
            for (; i < end; ++i) each(items[i]);
            tags();
        }
    }
    void compact_null() { varint(0); }
    void unused_compact_string() { varint(0); }
    /// An array of which one item is modelled: the item follows.
    void one_item() { compact_length(1); }
    /// No tagged fields.
    void tags() { varint(0); }

private:
    void varint(std::uint32_t value) {
        for (; value >= 0x80; value >>= 7) sink_.integer(static_cast<std::uint8_t>(value | 0x80));
        sink_.integer(static_cast<std::uint8_t>(value));
    }
    void compact_length(std::size_t size) {
        BROKERSIM_CHECK(size < INT32_MAX, "a length of {}", size);
        varint(static_cast<std::uint32_t>(size + 1));
    }

    Sink& sink_;
};

/// Encodes with `write(fields)`, which is called twice: to count, and to write.
template <class Write>
std::string encode_with(Write write) {
    protocol::CountingSink counting;
    FieldsOut count(counting);
    write(count);
    std::string bytes(counting.size(), '\0');
    protocol::ByteSink sink(std::as_writable_bytes(std::span(bytes)));
    FieldsOut out(sink);
    write(out);
    return bytes;
}

/// Reads the same fields. After the first that does not fit everything is zero and empty, and ok() is false.
class FieldsIn {
public:
    explicit FieldsIn(std::span<const std::byte> bytes) : reader_(bytes) {}
    static constexpr bool reading = true;

    bool ok() const { return reader_.ok(); }
    bool at_end() const { return reader_.at_end(); }
    std::span<const std::byte> rest() const { return reader_.rest(); }

    template <std::integral Integer>
    void integer(Integer& value) {
        value = reader_.integer<Integer>();
    }
    template <std::integral Integer>
    void unused(Integer) {
        reader_.integer<Integer>();
    }
    void error(Error& error) { error = static_cast<Error>(reader_.integer<std::int16_t>()); }
    void string(std::string& text) { text = reader_.text(reader_.integer<std::int16_t>()); }
    void string_or_null(std::string& text) {
        const auto size = reader_.integer<std::int16_t>();
        text = size == -1 ? std::string_view() : reader_.text(size);
    }
    void unused_nullable_string() {
        std::string unused;
        string_or_null(unused);
    }
    void nullable_string(std::optional<std::string>& text) { optional_text(text, reader_.integer<std::int16_t>()); }
    void nullable_bytes(std::optional<std::string>& text) { optional_text(text, reader_.integer<std::int32_t>()); }
    void bytes(std::string& text) { text = reader_.text(reader_.integer<std::int32_t>()); }
    template <class Item, class Each>
    void array(std::vector<Item>& items, Each each) {
        for (std::int32_t left = size(); left > 0 && ok(); --left) each(items.emplace_back());
    }
    template <class Item, class Topic, class Each>
    void by_topic(std::vector<Item>& items, Topic topic, Each each) {
        std::string name;
        for (std::int32_t topics = size(); topics > 0 && ok(); --topics) {
            string(name);
            for (std::int32_t left = size(); left > 0 && ok(); --left) {
                topic(items.emplace_back()) = name;
                each(items.back());
            }
        }
    }

    void uuid(TopicId& id) {
        id.most = reader_.integer<std::int64_t>();
        id.least = reader_.integer<std::int64_t>();
    }
    void compact_string(std::string& text) { text = reader_.text(compact_length()); }
    void compact_string_or_null(std::string& text) {
        const std::int64_t size = compact_length();
        text = size == -1 ? std::string_view() : reader_.text(size);
    }
    template <class Item, class Each>
    void compact_array(std::vector<Item>& items, Each each) {
        for (std::int64_t left = compact_length(); left > 0 && ok(); --left) each(items.emplace_back());
    }
    template <class Item, class Each>
    void compact_array_or_null(std::optional<std::vector<Item>>& items, Each each) {
        items.reset();
        std::int64_t left = compact_length();
        if (left == -1 || !ok()) return;
        for (items.emplace(); left > 0 && ok(); --left) each(items->emplace_back());
    }
    template <class Item, class Topic, class Name, class Each>
    void compact_by_topic(std::vector<Item>& items, Topic topic, Name name, Each each) {
        for (std::int64_t topics = compact_length(); topics > 0 && ok(); --topics) {
            std::remove_cvref_t<decltype(topic(std::declval<Item&>()))> of{};
            name(of);
            for (std::int64_t left = compact_length(); left > 0 && ok(); --left) {
                topic(items.emplace_back()) = of;
                each(items.back());
            }
            tags();
        }
    }
    /// True if null comes, which is then passed over.
    bool compact_null() {
        const auto rest = reader_.rest();
        if (rest.empty() || rest.front() != std::byte{0}) return false;
        varint();
        return true;
    }
    void unused_compact_string() {
        std::string unused;
        compact_string_or_null(unused);
    }
    void one_item() {
        if (compact_length() != 1) reader_.fail();
    }
    /// Tagged fields of any kind are passed over.
    void tags() {
        for (std::uint32_t left = varint(); left > 0 && ok(); --left) {
            varint();
            reader_.bytes(varint());
        }
    }

private:
    std::uint32_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            const auto byte = reader_.integer<std::uint8_t>();
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80 && value <= UINT32_MAX) return static_cast<std::uint32_t>(value);
        }
        reader_.fail();
        return 0;
    }
    /// -1 is null.
    std::int64_t compact_length() { return std::int64_t{varint()} - 1; }

    void optional_text(std::optional<std::string>& text, std::int32_t size) {
        text.reset();
        if (size != -1) text = reader_.text(size);
    }
    /// The length of an array; -1 is null, which is read as empty.
    std::int32_t size() {
        const auto size = reader_.integer<std::int32_t>();
        if (size < -1) reader_.fail();
        return size;
    }

    protocol::WireReader reader_;
};

}  // namespace brokersim::kafka
