#include "sim/disk.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/check.h"
#include "sim/store.h"

namespace brokersim::sim {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t longest_operation = 1ULL << 34;  // of which the time fits into 64 bits on any disk

using Wide = unsigned __int128;

constexpr Wide one = ns_per_second;  // one byte, or one token, in billionths
constexpr Wide slice = 65'536 * one;

Wide wide(std::int64_t number) { return static_cast<Wide>(number); }

std::int64_t divide_up(Wide dividend, std::int64_t divisor) {
    return static_cast<std::int64_t>((dividend + wide(divisor) - 1) / wide(divisor));
}

/// What is left of the time of a random operation without the transfer that the figure includes.
std::int64_t positioning(Duration random, std::int64_t bytes_per_second) {
    const std::int64_t transfer = random_operation_bytes * ns_per_second / bytes_per_second;
    return std::max<std::int64_t>(random.count() - transfer, 0);
}

}  // namespace

Disk::Disk(Engine& engine, const DiskSpec& spec)
    : engine_(engine),
      spec_(spec),
      position_to_write_(positioning(spec.random_write, spec.bytes_per_second)),
      position_to_read_(positioning(spec.read, spec.bytes_read_per_second())),
      tokens_(one * wide(spec.channels)) {
    BROKERSIM_CHECK(spec.bytes_per_second > 0 && spec.read_bytes_per_second >= 0 && spec.channels > 0 &&
                        spec.operations_per_second >= 0 && spec.flush.count() >= 0,
                    "no disk has {} B/s, {} channels, {} operations/s, flushes of {} ns", spec.bytes_per_second,
                    spec.channels, spec.operations_per_second, spec.flush.count());
}

std::int64_t Disk::disk_time() const {
    const std::int64_t now = ns_of(engine_.now());
    return (now < stall_ends_ ? stall_ends_ : now) - stalled_ns_;
}

void Disk::submit(Kind kind, std::uint64_t address, std::uint64_t bytes, Task done) {
    BROKERSIM_CHECK(bytes <= longest_operation, "an operation of {} bytes", bytes);
    settle();
    if (counters_.queue_length++ == 0) busy_since_ = ns_of(engine_.now());
    counters_.longest_queue = std::max(counters_.longest_queue, counters_.queue_length);
    waiting_.push_back({kind, address, kind == Kind::flush ? 0 : bytes, std::move(done)});
    begin_waiting();
    wake_next();
}

std::uint64_t Disk::allocate(std::uint64_t bytes) {
    const std::uint64_t place = next_place_;
    next_place_ += (bytes + page_size - 1) / page_size * page_size;
    return place;
}

void Disk::stall(Duration length) {
    settle();
    const std::int64_t now = ns_of(engine_.now());
    const std::int64_t end = now + length.count();
    const std::int64_t from = std::max(now, stall_ends_);
    if (end <= from) return;
    stalled_ns_ += end - from;
    stall_ends_ = end;
    wake_next();
}

void Disk::end_stall() {
    settle();
    const std::int64_t now = ns_of(engine_.now());
    if (stall_ends_ <= now) return;
    stalled_ns_ -= stall_ends_ - now;
    stall_ends_ = now;
    begin_waiting();
    wake_next();
}

void Disk::power_lost() {
    settle();
    if (counters_.queue_length > 0) counters_.busy_ns += ns_of(engine_.now()) - busy_since_;
    counters_.queue_length = 0;
    streams_.clear();
    engine_.cancel(std::exchange(next_wake_, TimerId{}));
    for (auto* operations : {&waiting_, &positioning_, &transferring_, &complete_}) {
        const std::deque<Operation> forgotten = std::exchange(*operations, {});
    }
}

DiskCounters Disk::counters() const {
    DiskCounters counters = counters_;
    if (counters.queue_length > 0) counters.busy_ns += ns_of(engine_.now()) - busy_since_;
    return counters;
}

/// Brings everything up to now. Meanwhile, nothing was positioned and no transfer ended: the disk wakes for that.
void Disk::settle() {
    const std::int64_t now = disk_time();
    const std::int64_t elapsed = now - settled_;
    BROKERSIM_CHECK(elapsed >= 0, "disk time goes back by {} ns", -elapsed);
    if (elapsed > 0) {
        tokens_ = std::min(tokens_ + wide(elapsed) * wide(spec_.operations_per_second), one * wide(spec_.channels));
        settled_ = now;
        transfer(wide(elapsed) * wide(spec_.bytes_per_second) + std::exchange(spare_, 0));
    }
    take_positioned();
}

void Disk::take_positioned() {
    while (!positioning_.empty() && positioning_.front().positioned_at <= settled_) {
        Operation& first = positioning_.front();
        if (transferring_.empty()) slice_left_ = slice;
        (first.left > 0 ? transferring_ : complete_).push_back(std::move(first));
        positioning_.pop_front();
    }
    transfer(std::exchange(spare_, 0));
}

/// What the transfer whose turn it is gets before something changes: all, as long as nobody else wants to.
Disk::Units Disk::turn() const {
    const Units left = transferring_.front().left;
    return transferring_.size() == 1 ? left : std::min(left, slice_left_);
}

void Disk::transfer(Units units) {
    while (units > 0 && !transferring_.empty()) {
        Operation& first = transferring_.front();
        const Units given = std::min(units, turn());
        first.left -= given;
        units -= given;
        const bool slice_over = given >= slice_left_;  // alone, it may be the end of many
        slice_left_ = slice_over ? slice - (given - slice_left_) % slice : slice_left_ - given;
        if (first.left == 0) slice_left_ = slice;
        if (first.left > 0 && !slice_over) continue;
        (first.left > 0 ? transferring_ : complete_).push_back(std::move(first));
        transferring_.pop_front();
    }
    // Nobody could use it: of a nanosecond in which a transfer ended, the next one gets the rest.
    spare_ = units < wide(spec_.bytes_per_second) ? units : 0;
}

bool Disk::may_begin() const { return !waiting_.empty() && under_way() < static_cast<std::size_t>(spec_.channels); }

/// A read that takes half the time takes half the bandwidth.
Disk::Units Disk::units_of(Kind kind, std::uint64_t bytes) const {
    const Units units = static_cast<Units>(bytes) * one;
    if (kind != Kind::read || spec_.read_bytes_per_second == 0) return units;
    const Units speed = wide(spec_.read_bytes_per_second);
    return (units * wide(spec_.bytes_per_second) + speed - 1) / speed;
}

void Disk::begin_waiting() {
    if (ns_of(engine_.now()) < stall_ends_) return;
    while (may_begin()) {
        Operation& first = waiting_.front();
        std::int64_t position = spec_.flush.count();
        if (first.kind != Kind::flush) {
            if (spec_.operations_per_second > 0) {
                if (tokens_ < one) break;
                tokens_ -= one;
            }
            position = first.kind == Kind::read ? position_to_read_ : position_to_write_;
            if (continues_stream(first)) position = 0;
        }
        first.positioned_at = settled_ + position;
        first.left = units_of(first.kind, first.bytes);
        const auto later = std::ranges::upper_bound(positioning_, first.positioned_at, {}, &Operation::positioned_at);
        positioning_.insert(later, std::move(first));
        waiting_.pop_front();
    }
    take_positioned();
}

/// Remembers where the operation ends, in place of where its stream, or the oldest one, did.
bool Disk::continues_stream(const Operation& operation) {
    const auto stream = std::ranges::find(streams_, operation.address);
    const bool continues = stream != streams_.end();
    if (continues)
        streams_.erase(stream);
    else if (streams_.size() == static_cast<std::size_t>(spec_.channels))
        streams_.erase(streams_.begin());
    streams_.push_back(operation.address + operation.bytes);
    return continues;
}

/// Disk time at which the next operation begins, is positioned, or ends its turn or its transfer.
std::int64_t Disk::next_change() const {
    if (!complete_.empty()) return settled_;
    std::int64_t next = never;
    if (!positioning_.empty()) next = positioning_.front().positioned_at;
    if (!transferring_.empty()) next = std::min(next, settled_ + divide_up(turn(), spec_.bytes_per_second));
    if (may_begin()) {
        const bool now = tokens_ >= one || waiting_.front().kind == Kind::flush || spec_.operations_per_second == 0;
        next = std::min(next, now ? settled_ : settled_ + divide_up(one - tokens_, spec_.operations_per_second));
    }
    return next;
}

void Disk::wake_next() {
    engine_.cancel(std::exchange(next_wake_, TimerId{}));
    const std::int64_t next = next_change();
    if (next != never) next_wake_ = engine_.at(WorldTime(Duration(next + stalled_ns_)), [this] { wake(); });
}

/// Completes one operation at most: its `done` may do anything to this disk.
void Disk::wake() {
    next_wake_ = TimerId{};
    settle();
    begin_waiting();
    if (complete_.empty()) return wake_next();
    Operation first = std::move(complete_.front());
    complete_.pop_front();
    begin_waiting();
    complete(std::move(first));
}

void Disk::complete(Operation operation) {
    switch (operation.kind) {
        case Kind::read:
            ++counters_.reads;
            counters_.read_bytes += operation.bytes;
            break;
        case Kind::write:
            ++counters_.writes;
            counters_.written_bytes += operation.bytes;
            break;
        case Kind::flush:
            ++counters_.flushes;
            break;
    }
    if (--counters_.queue_length == 0) counters_.busy_ns += ns_of(engine_.now()) - busy_since_;
    wake_next();
    if (operation.done) operation.done();
}

}  // namespace brokersim::sim
