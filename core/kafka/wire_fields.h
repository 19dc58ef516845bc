#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/kafka/messages.h"
#include "core/protocol/sink.h"
#include "core/protocol/wire_reader.h"

/// The primitive types of Kafka's protocol (without flexible encoding), written and read by the same calls, so that one
/// description of a message serves for counting, writing and reading it.
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

private:
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

private:
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
