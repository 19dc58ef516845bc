#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "scenarios/audit/log_audit.h"
#include "scenarios/audit/record_reader.h"
#include "scenarios/body.h"

namespace brokersim::scenario::testing {

/// Writes a small store by hand, for the auditor to read: a log of files of one size, and one consume queue file for
/// each queue.
class LogWriter {
public:
    explicit LogWriter(std::size_t file_bytes) : file_bytes_(file_bytes) {}

    bool compress = false;

    void append(const std::string& topic, std::int64_t queue_id, MessageId id, std::size_t body_bytes) {
        std::vector<std::byte> body(body_bytes);
        make_body(id, 0, body);
        if (compress) {
            uLongf packed_size = compressBound(body.size());
            std::vector<std::byte> packed(packed_size);
            compress2(reinterpret_cast<Bytef*>(packed.data()), &packed_size,
                      reinterpret_cast<const Bytef*>(body.data()), body.size(), 5);
            packed.resize(packed_size);
            body = packed;
        }
        append_body(topic, queue_id, body);
    }
    void append_text(const std::string& topic, std::int64_t queue_id, std::string_view text) {
        const auto* begin = reinterpret_cast<const std::byte*>(text.data());
        append_body(topic, queue_id, {begin, begin + text.size()});
    }
    /// The queue's next record takes an offset `count` further on.
    void skip_offset(const std::string& topic, std::int64_t queue_id, std::int64_t count) {
        next_[{topic, queue_id}] += count;
    }

    /// One past the last record.
    std::int64_t end() const { return end_; }
    std::vector<std::vector<std::byte>>& log() { return log_; }
    std::vector<std::byte>& queue(const std::string& topic, std::int64_t queue_id) {
        auto& file = queues_[{topic, queue_id}];
        file.resize(100 * audit::unit_bytes);
        return file;
    }
    BrokerFiles files() const {
        BrokerFiles files{.broker = "broker-0", .files = {}};
        for (std::size_t i = 0; i < log_.size(); ++i)
            files.files.push_back({"commitlog/" + name(i * file_bytes_), log_[i]});
        for (const auto& [queue, bytes] : queues_)
            files.files.push_back(
                {"consumequeue/" + queue.first + "/" + std::to_string(queue.second) + "/" + name(0), bytes});
        return files;
    }

private:
    static std::string name(std::size_t start) {
        const std::string digits = std::to_string(start);
        return std::string(20 - digits.size(), '0') + digits;
    }
    static void put(std::vector<std::byte>& bytes, std::int64_t value, int count) {
        for (int i = count - 1; i >= 0; --i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
    static void put_text(std::vector<std::byte>& bytes, std::string_view text) {
        for (char c : text) bytes.push_back(static_cast<std::byte>(c));
    }

    void append_body(const std::string& topic, std::int64_t queue_id, const std::vector<std::byte>& body) {
        const std::string properties = "TAGS\x01TagB\x02";
        const std::int64_t size = 91 + static_cast<std::int64_t>(body.size() + topic.size() + properties.size());
        const std::int64_t at = room_for(size);
        const std::int64_t offset = next_[{topic, queue_id}]++;
        std::vector<std::byte> record;
        put(record, size, 4);
        put(record, 0xDAA320A7, 4);
        put(record, audit::body_crc(body), 4);
        put(record, queue_id, 4);
        put(record, 0, 4);
        put(record, offset, 8);
        put(record, at, 8);
        put(record, compress ? 0x301 : 0, 4);
        put(record, 1000, 8);
        put(record, 0x0A000001, 4);
        put(record, 1234, 4);
        put(record, 2000, 8);
        put(record, 0x0A000002, 4);
        put(record, 10911, 4);
        put(record, 0, 4);
        put(record, 0, 8);
        put(record, static_cast<std::int64_t>(body.size()), 4);
        record.insert(record.end(), body.begin(), body.end());
        put(record, static_cast<std::int64_t>(topic.size()), 1);
        put_text(record, topic);
        put(record, static_cast<std::int64_t>(properties.size()), 2);
        put_text(record, properties);
        copy(record, at);
        end_ = at + size;

        std::vector<std::byte> unit;
        put(unit, at, 8);
        put(unit, size, 4);
        put(unit, audit::java_hash("TagB"), 8);
        std::memcpy(queue(topic, queue_id).data() + offset * static_cast<std::int64_t>(audit::unit_bytes), unit.data(),
                    unit.size());
    }
    /// Where a record of that size goes; rolls to the next file if it must.
    std::int64_t room_for(std::int64_t size) {
        const auto bytes = static_cast<std::int64_t>(file_bytes_);
        const std::int64_t left = bytes - end_ % bytes;
        if (size + 8 > left) {
            std::vector<std::byte> blank;
            put(blank, left, 4);
            put(blank, 0xCBD43194, 4);
            copy(blank, end_);
            end_ += left;
        }
        return end_;
    }
    void copy(const std::vector<std::byte>& bytes, std::int64_t at) {
        const std::size_t file = static_cast<std::size_t>(at) / file_bytes_;
        while (log_.size() <= file) log_.emplace_back(file_bytes_);
        std::memcpy(log_[file].data() + static_cast<std::size_t>(at) % file_bytes_, bytes.data(), bytes.size());
    }

    std::size_t file_bytes_;
    std::int64_t end_ = 0;
    std::vector<std::vector<std::byte>> log_;
    std::map<std::pair<std::string, std::int64_t>, std::vector<std::byte>> queues_;
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> next_;
};

}  // namespace brokersim::scenario::testing
