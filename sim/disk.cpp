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
      position_to_read_(positioning(spec.read, spec.bytes_per_second)),
      tokens_(one * wide(spec.channels)) {
    BROKERSIM_CHECK(
        spec.bytes_per_second > 0 && spec.channels > 0 && spec.operations_per_second >= 0 && spec.flush.count() >= 0,
        "no disk has {} B/s, {} channels, {} operations/s, flushes of {} ns", spec.bytes_per_second, spec.channels,
        spec.operations_per_second, spec.flush.count());
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

void Disk::power_lost() {
    settle();
    if (counters_.queue_length > 0) counters_.busy_ns += ns_of(engine_.now()) - busy_since_;
    counters_.queue_length = 0;
    streams_.clear();
    engine_.cancel(std::exchange(next_wake_, TimerId{}));
    const std::deque<Operation> waiting = std::exchange(waiting_, {});  // destroyed when the disk is empty already
    const std::vector<Operation> under_way = std::exchange(under_way_, {});
}

DiskCounters Disk::counters() const {
    DiskCounters counters = counters_;
    if (counters.queue_length > 0) counters.busy_ns += ns_of(engine_.now()) - busy_since_;
    return counters;
}

/// Transfers what could be transferred since the last time. Within that time, no operation ended its positioning or
/// its transfer: the disk wakes for each.
void Disk::settle() {
    const std::int64_t now = disk_time();
    const std::int64_t elapsed = now - settled_;
    BROKERSIM_CHECK(elapsed >= 0, "disk time goes back by {} ns", -elapsed);
    if (elapsed == 0) return;
    const Units units = wide(elapsed) * wide(spec_.bytes_per_second) + spare_;
    spare_ = 0;
    share_out(units);
    tokens_ = std::min(tokens_ + wide(elapsed) * wide(spec_.operations_per_second), one * wide(spec_.channels));
    settled_ = now;
}

void Disk::share_out(Units units) {
    for (;;) {
        Units sharers = 0;
        for (const Operation& operation : under_way_)
            if (positioned(operation) && operation.left > 0) ++sharers;
        if (sharers == 0) break;
        const Units share = std::max<Units>(units / sharers, 1);
        for (Operation& operation : under_way_) {
            if (!positioned(operation)) continue;
            const Units given = std::min({operation.left, share, units});
            operation.left -= given;
            units -= given;
        }
        if (units == 0) return;
    }
    // Nobody could use it: of a nanosecond that a transfer has begun, the next one gets the rest.
    spare_ = units < wide(spec_.bytes_per_second) ? units : 0;
}

void Disk::begin_waiting() {
    if (ns_of(engine_.now()) < stall_ends_) return;
    while (!waiting_.empty() && under_way_.size() < static_cast<std::size_t>(spec_.channels)) {
        Operation& first = waiting_.front();
        std::int64_t position = spec_.flush.count();
        if (first.kind != Kind::flush) {
            if (spec_.operations_per_second > 0) {
                if (tokens_ < one) return;
                tokens_ -= one;
            }
            position = first.kind == Kind::read ? position_to_read_ : position_to_write_;
            if (continues_stream(first)) position = 0;
        }
        first.positioned_at = settled_ + position;
        first.left = static_cast<Units>(first.bytes) * one;
        under_way_.push_back(std::move(first));
        waiting_.pop_front();
    }
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

/// Disk time at which an operation ends its positioning or its transfer, or may begin.
std::int64_t Disk::next_change() const {
    std::int64_t next = never;
    Units least = 0;
    std::int64_t sharers = 0;
    for (const Operation& operation : under_way_) {
        if (!positioned(operation)) {
            next = std::min(next, operation.positioned_at);
            continue;
        }
        if (operation.left == 0) return settled_;
        if (sharers++ == 0 || operation.left < least) least = operation.left;
    }
    if (sharers > 0) {
        const Units needed = least * wide(sharers);
        next =
            std::min(next, needed <= spare_ ? settled_ : settled_ + divide_up(needed - spare_, spec_.bytes_per_second));
    }
    if (!waiting_.empty() && under_way_.size() < static_cast<std::size_t>(spec_.channels))
        next = std::min(next, tokens_ >= one || waiting_.front().kind == Kind::flush
                                  ? settled_
                                  : settled_ + divide_up(one - tokens_, spec_.operations_per_second));
    return next;
}

void Disk::wake_next() {
    engine_.cancel(std::exchange(next_wake_, TimerId{}));
    const std::int64_t next = next_change();
    if (next != never) next_wake_ = engine_.at(WorldTime(Duration(next + stalled_ns_)), [this] { wake(); });
}

void Disk::wake() {
    next_wake_ = TimerId{};
    settle();
    begin_waiting();
    complete_one();
}

/// One at a time: its `done` may do anything to this disk.
void Disk::complete_one() {
    if (spare_ > 0) share_out(std::exchange(spare_, 0));  // among those that were positioned, or begun, at this instant
    const auto complete = std::ranges::find_if(
        under_way_, [&](const Operation& operation) { return positioned(operation) && operation.left == 0; });
    if (complete == under_way_.end()) return wake_next();
    Operation operation = std::move(*complete);
    under_way_.erase(complete);
    const bool read = operation.kind == Kind::read;
    const bool write = operation.kind == Kind::write;
    counters_.reads += read ? 1 : 0;
    counters_.writes += write ? 1 : 0;
    counters_.flushes += !read && !write ? 1 : 0;
    counters_.read_bytes += read ? operation.bytes : 0;
    counters_.written_bytes += write ? operation.bytes : 0;
    if (--counters_.queue_length == 0) counters_.busy_ns += ns_of(engine_.now()) - busy_since_;
    begin_waiting();
    wake_next();
    if (operation.done) operation.done();
}

}  // namespace brokersim::sim
