#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/checkers/checker.h"

namespace brokersim::scenario {

/// "61.250 s": world time in seconds, to the microsecond, without needless zeros.
std::string seconds_text(std::int64_t ns);
/// "producer.orders/0 #17".
std::string message_text(const Roster& roster, MessageId id);
/// "billing/2".
std::string node_text(const Roster& roster, std::uint32_t node);
/// "1 message", "3 messages".
std::string count_text(std::uint64_t count, const char* one, const char* many);

/// Appends to the reasons why not all was judged.
void add_reason(std::string& not_judged, const std::string& reason);

/// Counts the cases of one kind of breach, and keeps the first few as evidence.
class Cases {
public:
    /// `line` makes the evidence's text, and is called for the first few cases only.
    template <class Line>
    void add(std::int64_t at, Line&& line, MessageId message = {}) {
        if (count_++ == 0) first_at_ = at;
        if (lines_.size() >= Broken::most_evidence) return;
        lines_.push_back(line());
        if (message.producer != none) messages_.push_back(message);
    }
    /// Adds what was counted, if anything, to a verdict. `what` is the sentence.
    void tell(Verdict& verdict, std::string what);
    std::uint64_t count() const { return count_; }

private:
    std::uint64_t count_ = 0;
    std::int64_t first_at_ = 0;
    std::vector<std::string> lines_;
    std::vector<MessageId> messages_;
};

/// A table by (group, queue) that grows as needed; no allocation once both are known.
template <class Entry>
class ByGroupAndQueue {
public:
    Entry& at(std::uint32_t group, NameId queue) {
        if (group >= rows_.size()) rows_.resize(group + 1);
        auto& row = rows_[group];
        if (queue.value >= row.size()) row.resize(queue.value + 1);
        return row[queue.value];
    }
    /// Entries of a group, by NameId value.
    std::vector<Entry>& row(std::uint32_t group) {
        if (group >= rows_.size()) rows_.resize(group + 1);
        return rows_[group];
    }

private:
    std::vector<std::vector<Entry>> rows_;
};

}  // namespace brokersim::scenario
