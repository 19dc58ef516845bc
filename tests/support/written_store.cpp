#include "tests/support/written_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "core/java_hash.h"
#include "core/store/index_format.h"
#include "core/store/mapped_file_queue.h"
#include "core/store/record.h"

namespace brokersim::testing {
namespace {

namespace format = store::index_format;

/// Files of one size, written from front to back; what is not written reads as zeros.
class Run {
public:
    Run(std::string directory, std::int64_t file_size) : directory_(std::move(directory)), file_size_(file_size) {
        std::filesystem::create_directories(directory_);
    }
    ~Run() { close(); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    std::int64_t rest() const { return file_size_ - position_ % file_size_; }
    std::int64_t position() const { return position_; }
    void skip(std::int64_t bytes) { position_ += bytes; }
    void write(std::span<const std::byte> bytes) {
        if (file_ < 0 || position_ / file_size_ != open_) open(position_ / file_size_);
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
        position_ += static_cast<std::int64_t>(bytes.size());
        if (buffer_.size() >= 65'536 || position_ % file_size_ == 0) flush();
    }

private:
    void open(std::int64_t number) {
        close();
        open_ = number;
        flushed_ = position_ % file_size_;
        const std::string path = directory_ + "/" + store::offset_file_name(number * file_size_);
        file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (file_ < 0 || ftruncate(file_, file_size_) != 0) throw std::runtime_error(path);
    }
    void flush() {
        const auto size = static_cast<ssize_t>(buffer_.size());
        if (size > 0 && pwrite(file_, buffer_.data(), buffer_.size(), flushed_) != size)
            throw std::runtime_error(directory_);
        flushed_ += size;
        buffer_.clear();
    }
    void close() {
        if (file_ < 0) return;
        flush();
        ::close(file_);
        file_ = -1;
    }

    std::string directory_;
    std::int64_t file_size_;
    std::int64_t position_ = 0;
    std::int64_t open_ = -1;
    std::int64_t flushed_ = 0;
    int file_ = -1;
    std::vector<std::byte> buffer_;
};

/// One index file, written when it is full or done.
class Index {
public:
    Index(std::string directory, const WrittenStore& sizes) : directory_(std::move(directory)), sizes_(sizes) {
        std::filesystem::create_directories(directory_);
        slots_.resize(static_cast<std::size_t>(sizes.index_slots));
    }
    void put(std::string_view key, std::int64_t at, std::int64_t time) {
        if (count() >= sizes_.index_entries) finish();
        if (entries_.empty()) entries_.resize(format::entry_size);  // entry 0
        const std::int64_t begin = count() > 1 ? begin_time_ : end_time_;
        if (count() == 1) {
            begin_time_ = time;
            begin_at_ = at;
        }
        const std::int32_t hash = format::key_hash(key);
        std::int32_t& slot = slots_[static_cast<std::size_t>(hash % sizes_.index_slots)];
        std::byte entry[format::entry_size];
        store::save_big(entry + format::entry_hash_at, hash);
        store::save_big(entry + format::entry_offset_at, at);
        store::save_big(entry + format::entry_seconds_at,
                        static_cast<std::int32_t>(begin == 0 ? 0 : (time - begin) / 1000));
        store::save_big(entry + format::entry_previous_at, slot);
        slot = static_cast<std::int32_t>(count());
        entries_.insert(entries_.end(), entry, entry + format::entry_size);
        end_time_ = time;
        end_at_ = at;
    }
    void finish() {
        if (count() < 2) return;
        std::vector<std::byte> bytes(static_cast<std::size_t>(format::slot_at(sizes_.index_slots)));
        store::save_big(bytes.data() + format::begin_time_at, begin_time_);
        store::save_big(bytes.data() + format::end_time_at, end_time_);
        store::save_big(bytes.data() + format::begin_offset_at, begin_at_);
        store::save_big(bytes.data() + format::end_offset_at, end_at_);
        store::save_big(bytes.data() + format::slots_used_at,
                        static_cast<std::int32_t>(std::ranges::count_if(slots_, [](auto slot) { return slot != 0; })));
        store::save_big(bytes.data() + format::count_at, static_cast<std::int32_t>(count()));
        for (std::size_t i = 0; i < slots_.size(); ++i)
            store::save_big(bytes.data() + format::slot_at(static_cast<std::int64_t>(i)), slots_[i]);
        Run file(fmt::format("{}/making", directory_), format::file_size(sizes_.index_slots, sizes_.index_entries));
        file.write(bytes);
        file.write(entries_);
        std::filesystem::rename(fmt::format("{}/making/{}", directory_, store::offset_file_name(0)),
                                fmt::format("{}/{:017}", directory_, 20'260'101'000'000'000 + ++files_));
        entries_.clear();
        std::ranges::fill(slots_, 0);
    }
    ~Index() { std::filesystem::remove(directory_ + "/making"); }
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

private:
    std::int64_t count() const {
        return std::max<std::int64_t>(1, static_cast<std::int64_t>(entries_.size()) / format::entry_size);
    }

    std::string directory_;
    const WrittenStore& sizes_;
    std::vector<std::int32_t> slots_;
    std::vector<std::byte> entries_;
    std::int64_t begin_time_ = 0, end_time_ = 0, begin_at_ = 0, end_at_ = 0;
    std::int64_t files_ = 0;
};

}  // namespace

void write_store(const std::string& root, const WrittenStore& sizes) {
    Run log(root + "/commitlog", sizes.log_file);
    Index index(root + "/index", sizes);
    std::map<std::pair<int, int>, std::unique_ptr<Run>> queues;
    std::map<std::pair<int, int>, std::int64_t> next;
    const std::string body(static_cast<std::size_t>(sizes.body), 'b');
    const std::string properties_end =
        "\x02TAGS\x01"
        "TagA\x02";
    std::int64_t time = 1'700'000'000'000;
    std::vector<std::byte> bytes;
    for (std::int64_t i = 0; i < sizes.records; ++i, ++time) {
        const int topic = static_cast<int>(i % sizes.topics);
        const int id = static_cast<int>(i / sizes.topics % sizes.queues);
        const std::string name = fmt::format("topic-{}", topic);
        const std::string unique = fmt::format("{:032X}", i);
        const std::string key = fmt::format("key-{}", i % 1000);
        const std::string properties = "UNIQ_KEY\x01" + unique + "\x02KEYS\x01" + key + properties_end;
        store::RecordFields fields;
        fields.queue_id = id;
        fields.queue_offset = next[{topic, id}]++;
        fields.born_timestamp = fields.store_timestamp = time;
        fields.born_host = Address{0x0A000001, 50'000};
        fields.store_host = Address{0x0A000002, 10'911};
        fields.body = as_bytes(body);
        fields.body_crc = store::body_crc(fields.body);
        fields.topic = name;
        fields.properties = properties;
        const std::int32_t size = store::encoded_size(fields);
        if (size + store::blank_size > log.rest()) {
            std::byte marker[store::blank_size];
            const std::int64_t rest = log.rest();
            store::encode_blank(marker, static_cast<std::int32_t>(rest));
            log.write(marker);
            log.skip(rest - store::blank_size);
        }
        fields.physical_offset = log.position();
        bytes.resize(static_cast<std::size_t>(size));
        store::encode_record(fields, bytes);
        log.write(bytes);
        auto& queue = queues[{topic, id}];
        if (!queue)
            queue = std::make_unique<Run>(fmt::format("{}/consumequeue/{}/{}", root, name, id), sizes.queue_file);
        std::byte unit[20];
        store::save_big(unit, fields.physical_offset);
        store::save_big(unit + 8, size);
        store::save_big(unit + 12, std::int64_t{java_hash("TagA")});
        queue->write(unit);
        index.put(name + "#" + unique, fields.physical_offset, time);
        index.put(name + "#" + key, fields.physical_offset, time);
    }
    index.finish();
    std::byte checkpoint[4096]{};
    for (const std::size_t at : {0, 8}) store::save_big(checkpoint + at, time - 1);
    const int file = ::open((root + "/checkpoint").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    const bool written = file >= 0 && pwrite(file, checkpoint, sizeof checkpoint, 0) == sizeof checkpoint;
    if (file >= 0) ::close(file);
    if (!written) throw std::runtime_error(root + "/checkpoint");
}

}  // namespace brokersim::testing
