#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "sim/file.h"
#include "sim/types.h"

namespace brokersim::sim {

/// A change of a node's names (create, rename, remove, set length, a directory) that may not be on the disk yet, with
/// what it takes to undo it.
struct NameChange {
    enum class Kind : std::uint8_t {
        entry,         // the name stands for another file, or for none, from now on
        length,        // an empty file got its length
        directory,     // was made
        no_directory,  // was removed
    };
    std::uint64_t number;  // changes of one number are one: a rename has two
    WorldTime when;
    Kind kind;
    std::string path;
    FilePtr before;               // entry: what the name stood for; may be null
    std::optional<Mapping> kept;  // its bytes, where the name was all that kept them
};

/// The journal of a node's file system, as far as it is not on the disk.
///
/// Rule: that of ext4, and of every file system that journals its metadata in one sequence. Changes become durable in
/// the order in which they were made, so that a power cut keeps the first so many of them: an order that programs
/// cannot see violated. A change becomes durable, and with it all before it, when its directory is synced, when a file
/// that it made, renamed or resized is flushed, or by age, as the journal is committed every few seconds. A rename is
/// one change: the old name or the new one, never both or none. A file that is made with a length is two: it may be
/// found empty.
class NameJournal {
public:
    /// After how long a change is surely on the disk: ext4's commit interval.
    static constexpr Duration commit_interval = std::chrono::seconds(5);

    /// Numbers the next change.
    std::uint64_t begin() { return ++newest_; }
    /// Adds what was done as (a part of) the newest change.
    void add(NameChange::Kind kind, std::string path, WorldTime when, FilePtr before = {},
             std::optional<Mapping> kept = {});
    std::uint64_t newest() const { return newest_; }
    /// The newest change within a directory ("" is the root); 0 if all of them are durable.
    std::uint64_t newest_in(std::string_view directory) const;

    /// Changes up to `number` are durable.
    void settle(std::uint64_t number);
    /// Changes made at or before `time` are durable.
    void settle_before(WorldTime time);
    /// How many changes (by number) are not durable.
    std::uint64_t unsettled() const { return changes_.empty() ? 0 : newest_ - changes_.front().number + 1; }
    /// Takes out what was done last, if it belongs to a change after `number`.
    std::optional<NameChange> take_back(std::uint64_t number);

private:
    static constexpr std::size_t most_changes = 4096;  // a full journal is committed

    std::deque<NameChange> changes_;
    std::uint64_t newest_ = 0;
};

}  // namespace brokersim::sim
