#pragma once

#include <cstdint>
#include <vector>

#include "sim/types.h"

namespace brokersim::sim {

/// What a folded record is about.
enum class FoldKind : std::uint32_t {
    timer = 1,
    paid,
    frame_sent,
    frame_arrived,
    connection,
    store_write,
    file_change,
    note,
    node,
    collection,
};

/// One step of a run as the digest sees it: whole words, which are read as they were written (two halves that are read
/// as one word would have to go through the cache first).
struct FoldRecord {
    FoldRecord(std::int64_t ns, std::uint32_t node, FoldKind kind, std::uint64_t first, std::uint64_t second,
               std::uint64_t third)
        : time(ns), who(static_cast<std::uint64_t>(kind) << 32 | node), a(first), b(second), c(third) {}

    std::int64_t time;  // ns
    std::uint64_t who;  // the node, and above it the kind
    std::uint64_t a;
    std::uint64_t b;
    std::uint64_t c;
};

/// The run in one number: every event and every store write is folded in, each fold seeded by the one before (XXH3).
/// Equal runs have equal digests; the ladder tells where two runs part.
class Digest {
public:
    static constexpr std::uint64_t ladder_step = 4096;  // events

    explicit Digest(std::uint64_t seed) : value_(seed) {}

    /// Folds a detail of the current event.
    void fold(const FoldRecord& record);
    /// Folds an event; after each `ladder_step` of them the digest goes into the ladder.
    void fold_event(const FoldRecord& record) {
        fold(record);
        if (++events_ % ladder_step == 0) ladder_.push_back(value_);
    }

    std::uint64_t value() const { return value_; }
    std::uint64_t events() const { return events_; }
    /// Entry i is the digest after (i + 1) * ladder_step events.
    const std::vector<std::uint64_t>& ladder() const { return ladder_; }

private:
    std::uint64_t value_;
    std::uint64_t events_ = 0;
    std::vector<std::uint64_t> ladder_;
};

}  // namespace brokersim::sim
