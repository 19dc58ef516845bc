#include "core/broker/pop_revive.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/protocol/pop_info.h"
#include "core/store/properties.h"
#include "core/store/record.h"

namespace brokersim::broker {
namespace {

constexpr std::int64_t ack_time_interval = 1'000;  // PopAckConstants, ms
constexpr std::int64_t second = 1'000;
constexpr std::int32_t batch = 32;
constexpr Duration nothing_sleep = Millis(100);
constexpr int most_nothing = 40;  // that many sleeps are four seconds
/// How much longer a message stays hidden that could not be put back, by how often that happened; s.
constexpr std::array<std::int64_t, 17> rewrite_intervals{10,  20,  30,  60,  120,  180,  240,  300, 360,
                                                         420, 480, 540, 600, 1200, 1800, 3600, 7200};
constexpr std::string_view deliver_property = "TIMER_DELIVER_MS";
constexpr std::string_view first_pop_property = "1ST_POP_TIME";

std::int64_t deliver_time(const store::RecordView& record) {
    const std::string_view text = store::find_property(record.properties(), deliver_property);
    std::int64_t ms = 0;
    std::from_chars(text.data(), text.data() + text.size(), ms);
    return ms;
}

std::string_view body_text(const store::RecordView& record) {
    return {reinterpret_cast<const char*>(record.body().data()), record.body().size()};
}

}  // namespace

PopRevive::PopRevive(const Surroundings& around, Address address, std::int32_t queue_id)
    : around_(around), address_(address), queue_id_(queue_id), revived_(around.host.name("broker.pop_revived")) {}

void PopRevive::start() {
    running_ = true;
    revive_offset_ = around_.offsets.query(revive_group, around_.log.topic(), queue_id_);
    if (around_.store.max_offset(around_.log.topic(), queue_id_).value > revive_offset_ + 1) arrived();
}

void PopRevive::arrived() {
    arrived_ = true;
    if (!busy_ && running_) begin_after(around_.config.reviveInterval);
}

void PopRevive::begin_after(Duration delay) {
    busy_ = true;
    around_.host.after(delay, [this] {
        if (running_) begin();
    });
}

// --- reading (consumeReviveMessage) ---------------------------------------------------------------------------------

void PopRevive::begin() {
    points_.clear();
    sorted_.clear();
    arrived_ = false;
    old_offset_ = std::max(revive_offset_, around_.offsets.query(revive_group, around_.log.topic(), queue_id_));
    next_ = old_offset_ + 1;
    began_ = epoch_ms(around_.host.wall_ms());
    end_time_ = 0;
    first_time_ = 0;
    nothing_times_ = 0;
    read_on();
}

void PopRevive::read_on() {
    auto result = around_.store.get(around_.log.topic(), queue_id_, {next_}, batch, {});
    if (result.status == store::GetStatus::offset_too_small ||
        result.status == store::GetStatus::offset_overflow_badly) {  // what was there is gone
        next_ = result.next_begin_offset.value;
        old_offset_ = new_offset_ = revive_offset_ = next_ - 1;
        commit(revive_offset_);
    }
    if (result.records.empty()) {
        around_.host.paid([this] {
            if (running_) nothing_read();
        });
        return;
    }
    nothing_times_ = 0;
    if (epoch_ms(around_.host.wall_ms()) - began_ > around_.config.reviveScanTime.count()) {
        around_.host.paid([this] {
            if (running_) merge();
        });
        return;
    }
    around_.host.owe(around_.costs.revive_per_message * static_cast<std::int64_t>(result.records.size()));
    take(result.records);
    next_ += static_cast<std::int64_t>(result.records.size());
    around_.host.paid([this] {
        if (running_) read_on();
    });
}

void PopRevive::nothing_read() {
    const std::int64_t now = epoch_ms(around_.host.wall_ms());
    if (end_time_ != 0 && now - end_time_ > 3 * second && around_.timer.dequeue_behind() <= 0 &&
        around_.timer.enqueue_behind() <= 0)
        end_time_ = now;
    if (end_time_ - first_time_ > ack_time_interval + second || ++nothing_times_ > most_nothing) {
        merge();
        return;
    }
    around_.host.after(nothing_sleep, [this] {
        if (running_) read_on();
    });
}

void PopRevive::take(const std::vector<Slice>& records) {
    for (const Slice& bytes : records)
        if (const auto record = store::decode_record(bytes.bytes)) take(*record);
}

void PopRevive::take(const store::RecordView& record) {
    const std::string_view tag = store::find_property(record.properties(), store::property::tags);
    if (tag == check_point_tag) {
        auto point = parse_check_point(body_text(record));
        if (!point) return;
        point->revive_offset = record.queue_offset().value;
        if (first_time_ == 0) first_time_ = point->revive_time();
        const std::string key = merge_key(*point);
        points_.insert_or_assign(key, *std::move(point));
    } else if (tag == ack_tag || tag == batch_ack_tag) {
        if (const auto ack = parse_ack(body_text(record))) acknowledge(*ack);
    }
    end_time_ = std::max(end_time_, deliver_time(record));
}

void PopRevive::acknowledge(const PopAck& ack) {
    const auto point = points_.find(merge_key(ack));
    if (point == points_.end()) return;
    const auto set = [&](std::int64_t offset) {
        const auto index = point->second.index_of(offset);
        if (index && *index < point->second.num) point->second.acknowledge(*index);
    };
    if (ack.ack_offsets.empty())
        set(ack.ack_offset);
    else
        for (const std::int64_t offset : ack.ack_offsets) set(offset);
}

// --- reviving (mergeAndRevive) --------------------------------------------------------------------------------------

void PopRevive::merge() {
    for (auto& [key, point] : points_) sorted_.push_back(std::move(point));
    points_.clear();
    std::sort(sorted_.begin(), sorted_.end(),
              [](const PopCheckPoint& a, const PopCheckPoint& b) { return a.revive_offset < b.revive_offset; });
    new_offset_ = old_offset_;
    point_ = 0;
    next_check_point();
}

void PopRevive::next_check_point() {
    for (; point_ < sorted_.size(); ++point_) {
        const PopCheckPoint& point = sorted_[point_];
        if (end_time_ - point.revive_time() <= ack_time_interval + second) break;
        const bool known = around_.topics.find(protocol::normal_topic(point.topic, point.group)) != nullptr &&
                           around_.groups.find(point.group) != nullptr;
        if (known) {
            message_ = 0;
            next_message();
            return;
        }
        new_offset_ = point.revive_offset;
    }
    round_ends();
}

/// PopReviveService.reviveMsgFromCk: one message after the other.
void PopRevive::next_message() {
    const PopCheckPoint& point = sorted_[point_];
    while (message_ < point.num && point.acknowledged(message_)) ++message_;
    if (message_ == point.num) {
        check_point_done();
        return;
    }
    const std::int64_t offset = point.offset_of(message_);
    const auto result = around_.store.get(point.topic, point.queue_id, {offset}, 1, {});
    around_.host.owe(around_.costs.revive_per_message);
    // One that is gone from the log is given up: a store of files of its own will not have it later either.
    if (result.records.empty()) {
        ++message_;
        around_.host.paid([this] {
            if (running_) next_message();
        });
        return;
    }
    revive(result.records.front());
}

void PopRevive::revive(const Slice& bytes) {
    const PopCheckPoint& point = sorted_[point_];
    const auto record = store::decode_record(bytes.bytes);
    BROKERSIM_CHECK(record.has_value(), "the store gave something that is no record");
    const bool retried = point.topic.starts_with(protocol::retry_topic_prefix);
    const std::string topic = retried ? point.topic : protocol::pop_retry_topic(point.topic, point.group);
    if (around_.topics.find(topic) == nullptr) {
        around_.topics.ensure({.topic = topic, .read_queue_nums = 1, .write_queue_nums = 1});
        if (around_.offsets.query(point.group, topic, 0) < 0) around_.offsets.commit(point.group, topic, 0, 0);
    }
    store::MessageToPut message;
    message.topic = Text(topic);
    message.queue_id = 0;
    message.flag = record->flag();
    message.sys_flag = record->sys_flag();
    message.born_timestamp = record->born_timestamp();
    message.born_host = address_;
    message.store_host = address_;
    message.reconsume_times = record->reconsume_times() + 1;
    message.properties = std::string(record->properties());
    if (store::find_property(message.properties, first_pop_property).empty())
        store::append_property(message.properties, first_pop_property, std::to_string(point.pop_time));
    message.body = {bytes.owner, record->body()};
    const MonoTime now = around_.host.mono_ns();
    around_.store.put(std::move(message), now, now, [this](const store::PutResult& result) {
        if (!running_) return;
        if (result.status == store::PutStatus::ok || result.status == store::PutStatus::flush_disk_timeout) {
            around_.host.note(note::Counted{revived_, 1});
            ++message_;
            next_message();
        } else {
            put_again(sorted_[point_].offset_of(message_));
        }
    });
}

/// PopReviveService.rePutCK: the message gets a check point of its own, to be revived later.
void PopRevive::put_again(std::int64_t offset) {
    const PopCheckPoint& old = sorted_[point_];
    PopCheckPoint point{.start_offset = offset,
                        .pop_time = old.pop_time,
                        .invisible_time = old.invisible_time,
                        .num = 1,
                        .queue_id = old.queue_id,
                        .topic = old.topic,
                        .group = old.group,
                        .offset_deltas = {0},
                        .broker = old.broker,
                        .re_put_times = old.re_put_times + 1};
    if (old.revive_time() <= epoch_ms(around_.host.wall_ms())) {
        const auto times =
            std::min<std::size_t>(static_cast<std::size_t>(old.re_put_times), rewrite_intervals.size() - 1);
        point.invisible_time += rewrite_intervals[times] * second;
    }
    around_.log.put(point, queue_id_, [this](const store::PutResult&) {
        if (!running_) return;
        ++message_;
        next_message();
    });
}

void PopRevive::check_point_done() {
    new_offset_ = sorted_[point_].revive_offset;
    commit(new_offset_);
    ++point_;
    // Not from within itself: most check points are acknowledged whole, and there may be thousands.
    around_.host.owe(around_.costs.revive_per_message);
    around_.host.paid([this] {
        if (running_) next_check_point();
    });
}

void PopRevive::round_ends() {
    if (new_offset_ > old_offset_) commit(new_offset_);
    revive_offset_ = new_offset_;
    const bool found = !sorted_.empty();
    sorted_.clear();
    busy_ = false;
    if (found || arrived_) begin_after(around_.config.reviveInterval);
}

void PopRevive::commit(std::int64_t offset) {
    around_.offsets.commit(revive_group, around_.log.topic(), queue_id_, offset);
}

}  // namespace brokersim::broker
