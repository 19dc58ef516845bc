#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "core/protocol/command.h"
#include "core/protocol/sink.h"

/// Writes headers of the remoting protocol, to any sink. What is the same in both formats is written by whoever knows
/// the fields: a `fields(out)` callable that calls out.put(key, value) for each ext field, the value a text, an integer
/// or a boolean. A key that is not known to be plain letters goes through out.put_escaped(key, value).
namespace brokersim::protocol {

/// The name of a language code in JSON headers.
std::string_view language_name(std::uint8_t language);

/// What stands in a header besides the ext fields.
struct HeaderStart {
    std::int32_t code = 0;
    std::uint8_t language = language_java;
    std::int32_t version = version_4_9_8;
    std::int32_t opaque = 0;
    std::int32_t flag = 0;
    std::optional<std::string_view> remark;
};

/// Ext fields of a JSON header: all values are strings; the whole object is left out if there are none.
template <class Sink>
class JsonFields {
public:
    explicit JsonFields(Sink& sink) : sink_(sink) {}

    void put(std::string_view key, std::string_view value) {
        open(key);
        sink_.escaped(value);
        sink_.text("\"");
    }
    void put(std::string_view key, std::int64_t value) {
        open(key);
        sink_.decimal(value);
        sink_.text("\"");
    }
    void put(std::string_view key, bool value) {
        open(key);
        sink_.text(value ? "true\"" : "false\"");
    }
    void put_escaped(std::string_view key, std::string_view value) {
        sink_.text(separator());
        sink_.escaped(key);
        sink_.text("\":\"");
        sink_.escaped(value);
        sink_.text("\"");
    }
    void end() {
        if (!first_) sink_.text("},");
    }

private:
    std::string_view separator() { return std::exchange(first_, false) ? "\"extFields\":{\"" : ",\""; }
    void open(std::string_view key) {
        sink_.text(separator());
        sink_.text(key);
        sink_.text("\":\"");
    }

    Sink& sink_;
    bool first_ = true;
};

/// Ext fields of a binary header.
template <class Sink>
class BinaryFields {
public:
    explicit BinaryFields(Sink& sink) : sink_(sink) {}

    void put(std::string_view key, std::string_view value) {
        open(key, value.size());
        sink_.text(value);
    }
    void put(std::string_view key, std::int64_t value) {
        open(key, decimal_size(value));
        sink_.decimal(value);
    }
    void put(std::string_view key, bool value) { put(key, std::string_view(value ? "true" : "false")); }
    void put_escaped(std::string_view key, std::string_view value) { put(key, value); }

private:
    void open(std::string_view key, std::size_t size) {
        BROKERSIM_CHECK(key.size() <= INT16_MAX && size <= INT32_MAX, "ext field of {} bytes", size);
        sink_.integer(static_cast<std::int16_t>(key.size()));
        sink_.text(key);
        sink_.integer(static_cast<std::int32_t>(size));
    }

    Sink& sink_;
};

/// The JSON header as fastjson writes a RemotingCommand: keys in alphabetical order, nulls left out.
template <class Sink, class WriteFields>
void write_json_header(Sink& sink, const HeaderStart& start, WriteFields&& fields) {
    sink.text("{\"code\":");
    sink.decimal(start.code);
    sink.text(",");
    JsonFields<Sink> ext(sink);
    fields(ext);
    ext.end();
    sink.text("\"flag\":");
    sink.decimal(start.flag);
    sink.text(",\"language\":\"");
    sink.text(language_name(start.language));
    sink.text("\",\"opaque\":");
    sink.decimal(start.opaque);
    if (start.remark) {
        sink.text(",\"remark\":\"");
        sink.escaped(*start.remark);
        sink.text("\"");
    }
    sink.text(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":");
    sink.decimal(start.version);
    sink.text("}");
}

/// RocketMQSerializable's header. Code and version have 16 bits; a remark that is absent is an empty one.
template <class Sink, class WriteFields>
void write_binary_header(Sink& sink, const HeaderStart& start, WriteFields&& fields) {
    sink.integer(static_cast<std::int16_t>(start.code));
    sink.integer(start.language);
    sink.integer(static_cast<std::int16_t>(start.version));
    sink.integer(start.opaque);
    sink.integer(start.flag);
    const std::string_view remark = start.remark.value_or(std::string_view());
    sink.integer(static_cast<std::int32_t>(remark.size()));
    sink.text(remark);
    CountingSink counting;
    BinaryFields<CountingSink> counted(counting);
    fields(counted);
    sink.integer(static_cast<std::int32_t>(counting.size()));
    BinaryFields<Sink> ext(sink);
    fields(ext);
}

template <class Sink, class WriteFields>
void write_header(Sink& sink, HeaderFormat format, const HeaderStart& start, WriteFields&& fields) {
    if (format == HeaderFormat::json)
        write_json_header(sink, start, fields);
    else
        write_binary_header(sink, start, fields);
}

/// Bytes of a whole frame. `body(sink)` writes its body.
template <class WriteFields, class WriteBody>
std::size_t frame_size(HeaderFormat format, const HeaderStart& start, WriteFields&& fields, WriteBody&& body) {
    CountingSink sink;
    sink.integer(std::int32_t());
    sink.integer(std::uint32_t());
    write_header(sink, format, start, fields);
    body(sink);
    return sink.size();
}

/// The whole frame, in a block of its own.
template <class WriteFields, class WriteBody>
Slice write_frame(HeaderFormat format, const HeaderStart& start, WriteFields&& fields, WriteBody&& body) {
    CountingSink header;
    write_header(header, format, start, fields);
    const std::size_t size = frame_size(format, start, fields, body);
    BROKERSIM_CHECK(header.size() <= 0x00FF'FFFF && size <= INT32_MAX, "frame of {} bytes", size);
    auto block = HeapBlock::make(size);
    ByteSink sink(block->writable());
    sink.integer(static_cast<std::int32_t>(size - 4));
    sink.integer(static_cast<std::uint32_t>(format) << 24 | static_cast<std::uint32_t>(header.size()));
    write_header(sink, format, start, fields);
    body(sink);
    BROKERSIM_CHECK(sink.left() == 0, "{} of {} bytes were not written", sink.left(), size);
    return block->slice();
}

}  // namespace brokersim::protocol
