#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/store/message_store.h"
#include "core/store/record.h"
#include "core/store/store_config.h"

namespace brokersim::store::testing {

/// What a store was given and what it promised, kept in memory by a witness outside of it, and the one checker of all
/// tests that crash stores: does what is in the store keep the promises?
///
/// - The log is a beginning, in the order of offsets, of what was put: each record is byte for byte that of a message
///   that was put, at the place and under the queue offset that it was acknowledged with; records lie back to back; a
///   message that was acknowledged before another one was put comes first.
/// - After a kill nothing is missing that was acknowledged or could be read - with a pool of buffers, that could be
/// read
///   or was flushed before it was acknowledged; after a power cut nothing that was
///   acknowledged under SYNC_FLUSH (unless with WAIT=false), or lay before the end of what the store said is flushed.
///   Messages of whole files that were removed are gone; a power cut may bring them back.
/// - The queues agree with the log: offsets without holes, each unit points at its record, each record has its unit;
///   searches by time and, where it is promised, by keys find each. Each queue begins with the first of its messages
///   that is in the log, and nothing is found before it.
///
/// Bytes behind a cut end of the log stay in its file, as with the real broker: new records may end just where an old
/// one begins that was cut off, and it comes back, or a power cut may bring an old end of a file back. And the checksum
/// of a body does not tell of properties that a power cut has torn: without enabledAppendPropCRC such a record may be
/// the last of what nobody had promised. Both are told apart (`lost_track`): nothing can be checked from then on.
class StoreModel {
public:
    struct Message {  // as it is put
        std::string topic;
        std::int32_t queue = 0;
        std::string body;
        std::string properties;  // of a message of a batch: its own
        bool waits = true;       // for the flush, under SYNC_FLUSH
    };

    /// `read_file` gives the content of a file of the store as it is.
    StoreModel(const StoreConfig& config, std::function<std::string(const std::string& path)> read_file)
        : config_(config), read_file_(std::move(read_file)) {}

    static constexpr std::int64_t born = 1'700'000'000'000;
    static const Address born_host;
    static const Address store_host;
    /// Keys are drawn from few, so that several messages have the same.
    static std::string shared_key(std::size_t number) { return "k" + std::to_string(number % 5); }

    // --- what happened ----------------------------------------------------------------------------------------------

    /// A message, or a batch, is about to be put, with UNIQ_KEY and KEYS added; gives the number of the put, and in
    /// `messages` what the store gets.
    std::size_t put(std::vector<Message>& messages);
    void acknowledged(std::size_t put, const PutResult& result);
    /// The store says that the log is on disk up to here.
    void flushed(PhysicalOffset end);
    /// The store lets read as far as here.
    void readable(PhysicalOffset end);
    /// Files were removed, so that the log begins there.
    void removed_before(std::int64_t log_begin) {
        removed_ = std::max(removed_, log_begin);
        log_begin_ = log_begin;
    }
    /// The removal of the oldest file may have begun: then nobody but those who read it sees it.
    void oldest_may_leave(bool may) { oldest_may_leave_ = may; }
    /// The process has died, and whether the machine lost its power.
    void crashed(bool power_cut);

    // --- checks: what is wrong, or nothing --------------------------------------------------------------------------

    /// Log, and what queues show of it, at any time. After a crash it must be the first thing to be looked at.
    std::string check_log(MessageStore& store);
    struct Wanted {
        bool keys;    // what is in the log is found by its keys
        bool minima;  // queues have lost what the log has
    };
    /// The queues and searches too, once everything is dispatched.
    std::string check_all(MessageStore& store, Wanted wanted);
    bool lost_track() const { return lost_track_; }
    std::size_t messages() const { return messages_.size(); }

private:
    enum class State : std::uint8_t {
        pending,  // nothing is known of it
        stored,   // it was acknowledged, or seen in the log
        gone,     // it was not in the log after a crash
        refused,
    };
    struct Known {
        Message message;
        std::size_t put;
        State state = State::pending;
        bool durable = false;  // promised to outlive a power cut
        bool in_file = true;   // promised to outlive a kill
        std::int64_t at = -1;  // where it lies
        std::int64_t queue_offset = -1;
        std::int64_t store_time = -1;  // ms
        std::int64_t size = 0;         // of its record
    };
    struct Put {
        std::vector<std::size_t> messages;
        std::uint64_t begun;
        std::uint64_t ended = UINT64_MAX;  // acknowledged
    };
    struct Place {
        std::size_t message;
        std::int64_t at;
        std::int64_t queue_offset;
        std::int64_t store_time;
    };
    using Queue = std::pair<std::string, std::int32_t>;

    RecordFields fields(const Known& known) const;
    /// What is wrong with this record, which is said to lie there.
    std::string check_record(std::span<const std::byte> bytes, std::int64_t at, Place& place) const;
    /// Whether the marker lies there that ends a file of the log.
    bool file_ends(std::int64_t at) const;
    std::string walk(MessageStore& store);
    bool promised(const Known& known) const {
        return known.state == State::stored && (known.durable || (known.in_file && !power_lost_));
    }
    /// Whether anything is promised that lies there or behind it.
    bool promised_from(std::int64_t at) const;
    std::string accept(const Place& place, std::map<Queue, std::int64_t>& next, std::uint64_t& newest_put);
    std::string missing();
    std::string check_queue(MessageStore& store, const Queue& queue, const std::vector<Place>& places) const;
    /// That the queue begins at `first`.
    std::string check_minimum(MessageStore& store, const Queue& queue, std::int64_t first) const;
    std::string check_times(MessageStore& store, const Queue& queue, const std::vector<Place>& places) const;
    std::string check_keys(MessageStore& store, const Place& place) const;

    StoreConfig config_;
    std::function<std::string(const std::string& path)> read_file_;
    std::vector<Known> messages_;
    std::vector<Put> puts_;
    std::vector<Place> log_;  // as it was seen last
    std::uint64_t clock_ = 0;
    std::int64_t removed_ = 0;      // what lies before was removed; the power may have brought it back
    std::int64_t log_begin_ = 0;    // as it was seen last, or made since
    std::int64_t shown_begin_ = 0;  // as the store shows it: without a file that is leaving
    bool oldest_may_leave_ = false;
    bool crashed_ = false;  // since the last check
    bool power_lost_ = false;
    bool cut_ = false;  // messages were gone after a crash
    bool lost_track_ = false;
};

}  // namespace brokersim::store::testing
