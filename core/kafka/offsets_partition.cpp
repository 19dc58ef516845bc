#include "core/kafka/offsets_partition.h"

#include "core/check.h"

namespace brokersim::kafka {
namespace {

// A batch is appended early when it has grown to the offsets topic's max.message.bytes.
constexpr std::size_t max_batch_bytes = 1'048'588;

}  // namespace

OffsetsPartition::OffsetsPartition(Host& host, GroupLog& log, std::int32_t partition, Millis linger,
                                   Millis commit_timeout)
    : host_(host),
      log_(log),
      partition_(partition),
      linger_(linger),
      commit_timeout_(commit_timeout),
      linger_timer_(host, [this] { host_.start(Lane::coordinator, [this](LaneServer) { flush(); }); }),
      oldest_timer_(host, [this] { host_.start(Lane::coordinator, [this](LaneServer) { expire(); }); }) {}

void OffsetsPartition::write(std::vector<GroupRecord> records, Callback<void(bool)> ended, Callback<void(bool)> done) {
    for (GroupRecord& record : records) {
        lingering_bytes_ += record.key.size() + record.value.size();
        lingering_.push_back(std::move(record));
    }
    const std::uint64_t batch = lingering_.empty() ? lingering_batch_ - 1 : lingering_batch_;
    if (batch == released_batch_) {
        host_.paid([ended = std::move(ended), done = std::move(done)]() mutable {
            if (ended) ended(true);
            if (done) done(true);
        });
        return;
    }
    waiting_.push_back({batch, host_.mono_ns() + commit_timeout_, std::move(ended), std::move(done)});
    if (!oldest_timer_.remaining()) oldest_timer_.set(commit_timeout_);
    if (lingering_.empty()) return;
    if (linger_ == Millis::zero() || lingering_bytes_ >= max_batch_bytes)
        flush();
    else if (!linger_timer_.remaining())
        linger_timer_.set(linger_);
}

void OffsetsPartition::flush() {
    linger_timer_.clear();
    if (lingering_.empty()) return;
    lingering_bytes_ = 0;
    const std::uint64_t batch = lingering_batch_++;
    outcomes_.emplace_back();
    log_.append(partition_, std::exchange(lingering_, {}), [this, batch](bool stored) { ended(batch, stored); });
}

void OffsetsPartition::ended(std::uint64_t batch, bool stored) {
    const std::uint64_t place = batch - released_batch_ - 1;
    BROKERSIM_CHECK(batch > released_batch_ && place < outcomes_.size() && !outcomes_[place],
                    "batch {} of partition {} ended twice", batch, partition_);
    outcomes_[place] = stored;
    if (place == 0) host_.start(Lane::coordinator, [this](LaneServer) { release(); });
}

void OffsetsPartition::release() {
    while (!outcomes_.empty() && outcomes_.front()) {
        const bool stored = *outcomes_.front();
        outcomes_.pop_front();
        ++released_batch_;
        while (!waiting_.empty() && waiting_.front().batch == released_batch_) {
            Waiting next = std::move(waiting_.front());
            waiting_.pop_front();
            if (next.ended) next.ended(stored);
            if (next.done) next.done(stored);
        }
    }
    if (waiting_.empty()) oldest_timer_.clear();
}

void OffsetsPartition::expire() {
    oldest_timer_.clear();
    std::vector<Callback<void(bool)>> overdue;
    for (Waiting& waiting : waiting_) {
        if (!waiting.done) continue;
        if (waiting.due > host_.mono_ns()) {
            oldest_timer_.set(waiting.due - host_.mono_ns());
            break;
        }
        overdue.push_back(std::exchange(waiting.done, {}));
    }
    for (auto& done : overdue) done(false);
}

void OffsetsPartition::abandon() {
    linger_timer_.clear();
    oldest_timer_.clear();
    lingering_.clear();
    lingering_bytes_ = 0;
    for (Waiting& waiting : std::exchange(waiting_, {}))
        if (waiting.done) waiting.done(false);
}

}  // namespace brokersim::kafka
