#pragma once

#include <cstdint>
#include <string>

namespace brokersim::testing {

/// A store of any size, written file by file straight from the formats: records with tags, a unique key and one key,
/// their consume queues, their index, a checkpoint; as a broker leaves them that has ended in order.
struct WrittenStore {
    std::int64_t records = 1000;
    std::int64_t body = 1024;  // bytes of each
    std::int64_t log_file = 1 << 30;
    std::int64_t queue_file = 6'000'000;
    std::int64_t index_slots = 5'000'000;
    std::int64_t index_entries = 20'000'000;
    int topics = 4;
    int queues = 4;  // of each topic
};

/// Writes it into `root`, which is made. Throws std::runtime_error if a file cannot be written.
void write_store(const std::string& root, const WrittenStore& store);

}  // namespace brokersim::testing
