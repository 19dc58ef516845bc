#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/broker/broker_config.h"
#include "core/broker/consumer_offsets.h"
#include "core/broker/revive_log.h"
#include "core/broker/subscription_groups.h"
#include "core/broker/topic_table.h"
#include "core/host.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// Brings back what was popped and not acknowledged in time (RocketMQ's PopReviveService; one for each queue of the
/// revive topic).
///
/// A round begins reviveInterval after the last one: it reads the queue from the last revived check point on, until
/// what it read reaches two seconds past the first check point's time, or nothing new has come for four seconds, or
/// reviveScanTime is up; sets the bits of what was acknowledged; and then revives, in the order of the queue, the check
/// points whose time lies two seconds or more before the newest message that it read. Each message without a bit is
/// put into the group's retry topic. A round that found no check point at all is the last one until something arrives
/// (the real service goes on looking, ever more slowly).
class PopRevive {
public:
    struct Surroundings {
        Host& host;
        store::MessageStore& store;
        TopicTable& topics;
        SubscriptionGroups& groups;
        ConsumerOffsets& offsets;
        ReviveLog& log;
        TimerMessages& timer;
        const BrokerConfig& config;
        const BrokerCosts& costs;
    };

    PopRevive(const Surroundings& around, Address address, std::int32_t queue_id);

    /// The store has started.
    void start();
    void stop() { running_ = false; }
    /// The revive queue has a new message.
    void arrived();
    /// Nothing waits to be revived or acknowledged here.
    bool idle() const { return !busy_; }

private:
    void begin_after(Duration delay);
    void begin();
    void read_on();
    void nothing_read();
    void take(const std::vector<Slice>& records);
    void take(const store::RecordView& record);
    void acknowledge(const PopAck& ack);
    void merge();
    void next_check_point();
    void next_message();
    void revive(const Slice& bytes);
    void put_again(std::int64_t offset);
    void check_point_done();
    void round_ends();
    void commit(std::int64_t offset);

    Surroundings around_;
    Address address_;
    std::int32_t queue_id_;
    NameId revived_;  // a counter
    bool running_ = false;
    bool busy_ = false;     // a round is under way, or will be
    bool arrived_ = false;  // something came since the round began
    std::int64_t revive_offset_ = -1;

    // Of the round:
    std::map<std::string, PopCheckPoint> points_;  // by merge key
    std::vector<PopCheckPoint> sorted_;            // by their place in the queue
    std::int64_t old_offset_ = 0;
    std::int64_t next_ = 0;
    std::int64_t new_offset_ = 0;
    std::int64_t began_ = 0;     // ms
    std::int64_t end_time_ = 0;  // ms: newest time of delivery that was seen
    std::int64_t first_time_ = 0;
    int nothing_times_ = 0;
    std::size_t point_ = 0;     // in sorted_
    std::int32_t message_ = 0;  // of it
};

}  // namespace brokersim::broker
