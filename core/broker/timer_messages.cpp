#include "core/broker/timer_messages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/broker/tick.h"
#include "core/store/big_endian.h"
#include "core/store/properties.h"
#include "core/store/record.h"

namespace brokersim::broker {
namespace {

constexpr std::int64_t precision = 1000;  // timerPrecisionMs
constexpr Duration look_interval = Millis(100);
constexpr Duration checkpoint_interval = Millis(1000);
constexpr std::int32_t batch = 32;
constexpr int most_putters = 3;                  // timerPutMessageThreadNum
constexpr std::int64_t expired_matters = 2'000;  // ms
constexpr std::size_t checkpoint_size = 56;      // TimerCheckpoint
const std::string checkpoint_path = "config/timercheck";

constexpr std::string_view deliver_property = "TIMER_DELIVER_MS";
constexpr std::string_view out_property = "TIMER_OUT_MS";
constexpr std::string_view enqueued_property = "TIMER_ENQUEUE_MS";
constexpr std::string_view dequeued_property = "TIMER_DEQUEUE_MS";
constexpr std::string_view real_topic = "REAL_TOPIC";
constexpr std::string_view real_queue = "REAL_QID";

std::int64_t number_in(std::string_view properties, std::string_view name) {
    const std::string_view text = store::find_property(properties, name);
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::int64_t floor_second(std::int64_t ms) { return ms - ms % precision; }

}  // namespace

TimerMessages::TimerMessages(Host& host, store::MessageStore& store, Duration cost)
    : host_(host),
      store_(store),
      cost_(cost),
      reader_(host, look_interval, [this] { read_on(); }),
      checkpoint_timer_(host, checkpoint_interval, [this] { look_at_checkpoint(); }) {}

std::expected<void, std::string> TimerMessages::load() {
    const auto content = host_.read_file(checkpoint_path);
    if (!content) {
        if (content.error().code == FileErrorCode::not_found) return {};
        return std::unexpected(content.error().what);
    }
    if (content->size() < checkpoint_size) return {};  // a power cut came before the first one was on disk
    const std::byte* const bytes = as_bytes(*content).data();
    loaded_.read_time = store::load_big<std::int64_t>(bytes);
    loaded_.first_offset = store::load_big<std::int64_t>(bytes + 16);
    loaded_.read_offset = store::load_big<std::int64_t>(bytes + 24);
    const auto log = host_.list("timerlog");
    if (log && !log->empty()) loaded_.first_offset = 0;
    seen_ = written_ = loaded_;
    return {};
}

void TimerMessages::start() {
    running_ = true;
    first_look_ = host_.mono_ns();
    read_time_ = std::max(loaded_.read_time, floor_second(now_ms()));
    const std::string topic(timer_topic);
    next_ = std::max(QueueOffset{loaded_.first_offset}, store_.min_offset(topic, 0));
    reader_.start();
    checkpoint_timer_.start();
    if (store_.max_offset(topic, 0) > next_) reader_.arm();
}

void TimerMessages::stop() {
    running_ = false;
    reader_.stop();
    checkpoint_timer_.stop();
    host_.cancel(wheel_timer_);
    if (seen_ != written_) write(seen_);
}

// --- in -------------------------------------------------------------------------------------------------------------

/// HookUtils.transformTimerMessage.
void TimerMessages::put(store::MessageToPut message, std::int64_t deliver_ms, PutDone done) {
    store::append_property(message.properties, deliver_property, std::to_string(deliver_ms));
    const MonoTime now = host_.mono_ns();
    if (deliver_ms > now_ms()) {
        const std::int64_t out =
            deliver_ms % precision == 0 ? deliver_ms - precision : deliver_ms - deliver_ms % precision;
        store::append_property(message.properties, out_property, std::to_string(out));
        store::append_property(message.properties, real_topic, message.topic.view());
        store::append_property(message.properties, real_queue, std::to_string(message.queue_id));
        message.topic = Text(timer_topic);
        message.queue_id = 0;
    }
    store_.put(std::move(message), now, now, std::move(done));
}

void TimerMessages::arrived() {
    if (!reading_) reader_.arm();
}

/// Reads new messages of the timer topic, a batch in each handler, until there are none.
void TimerMessages::read_on() {
    if (!running_) return;
    reading_ = true;
    const auto result = store_.get(std::string(timer_topic), 0, next_, batch, {});
    host_.owe(cost_ * static_cast<std::int64_t>(result.records.size()));
    for (const Slice& record : result.records) enter(record);
    const bool more = !result.records.empty() || result.status == store::GetStatus::offset_too_small;
    next_ = std::max(next_, result.next_begin_offset);
    host_.paid([this, more] {
        reading_ = false;
        if (!running_) return;
        next_put();
        arm_wheel();
        if (more && store_.max_offset(std::string(timer_topic), 0) > next_) read_on();
    });
}

void TimerMessages::enter(const Slice& bytes) {
    const auto record = store::decode_record(bytes.bytes);
    if (!record) return;
    const Waiting waiting{record->queue_offset(), record->physical_offset(),
                          number_in(record->properties(), out_property)};
    // It left in an earlier life, and is read again because something older still waits.
    if (waiting.offset.value < loaded_.read_offset && waiting.out < loaded_.read_time) return;
    inside_.insert(waiting.offset);
    if (waiting.out >= read_time_) {
        slots_[waiting.out].push_back(waiting);
    } else {
        expired_at_ = now_ms();
        expired_stored_ = record->store_timestamp();
        make_due(waiting);
    }
    checkpoint_timer_.arm();
}

void TimerMessages::make_due(const Waiting& message) {
    due_.push_back(message);
    ++due_seconds_[message.out];
}

// --- out ------------------------------------------------------------------------------------------------------------

void TimerMessages::arm_wheel() {
    host_.cancel(wheel_timer_);
    if (slots_.empty() || !running_) return;
    const std::int64_t left = std::max<std::int64_t>(slots_.begin()->first + precision - now_ms(), 0);
    const MonoTime now = host_.mono_ns();
    const MonoTime at = next_tick(first_look_, look_interval, now + std::max(Duration(Millis(left)), Duration(1)));
    wheel_timer_ = host_.after(at - now, [this] { turn_wheel(); });
}

void TimerMessages::turn_wheel() {
    if (!running_) return;
    // The slot before must have been emptied.
    if (due_.empty() && putters_ == 0 && !slots_.empty() && slots_.begin()->first + precision <= now_ms()) {
        const auto slot = slots_.begin();
        for (const Waiting& message : slot->second) make_due(message);
        read_time_ = std::max(read_time_, slot->first + precision);
        slots_.erase(slot);
    }
    next_put();
    if (due_.empty() && putters_ == 0) arm_wheel();
}

void TimerMessages::next_put() {
    while (running_ && putters_ < most_putters && !due_.empty()) {
        const Waiting message = due_.front();
        due_.pop_front();
        ++putters_;
        move(message);
    }
}

/// TimerMessageStore.convert: all stays as it is, but for where it goes. The properties keep what led here.
void TimerMessages::move(const Waiting& waiting) {
    host_.owe(cost_);
    const Slice bytes = store_.record_at(waiting.physical_offset);
    const auto record = store::decode_record(bytes.bytes);
    const std::string_view topic = record ? store::find_property(record->properties(), real_topic) : std::string_view();
    // Removed from the log; or a power cut tore its properties, which its checksum does not cover, and nobody knows
    // where it should go.
    if (bytes.empty() || topic.empty()) {
        host_.paid([this, waiting] { moved(waiting); });
        return;
    }
    store::MessageToPut message;
    message.topic = Text(topic);
    message.queue_id = static_cast<std::int32_t>(number_in(record->properties(), real_queue));
    message.flag = record->flag();
    message.sys_flag = record->sys_flag();
    message.born_timestamp = record->born_timestamp();
    message.born_host = record->born_host();
    message.store_host = record->store_host();
    message.reconsume_times = record->reconsume_times();
    message.properties = std::string(record->properties());
    store::append_property(message.properties, enqueued_property, std::to_string(record->store_timestamp()));
    store::append_property(message.properties, dequeued_property, std::to_string(now_ms()));
    store::append_property(message.properties, store::property::wait, "false");
    message.body = {bytes.owner, record->body()};
    const MonoTime now = host_.mono_ns();
    store_.put(std::move(message), now, now, [this, waiting](const store::PutResult& result) {
        if (result.status == store::PutStatus::ok || result.status == store::PutStatus::flush_disk_timeout) {
            moved(waiting);
            return;
        }
        // Half a second later again; a broker that never can keeps it for its next life.
        host_.after(Millis(500), [this, waiting] {
            if (running_) move(waiting);
        });
    });
}

void TimerMessages::moved(const Waiting& message) {
    --putters_;
    inside_.erase(message.offset);
    const auto second = due_seconds_.find(message.out);
    if (--second->second == 0) due_seconds_.erase(second);
    checkpoint_timer_.arm();
    if (due_.empty() && putters_ == 0)
        turn_wheel();
    else
        next_put();
}

// --- how far it is --------------------------------------------------------------------------------------------------

std::int64_t TimerMessages::dequeue_behind() const {
    const std::int64_t now = now_ms();
    std::int64_t second = floor_second(now);
    if (!due_seconds_.empty()) second = std::min(second, read_time_ - precision);
    if (!slots_.empty()) second = std::min(second, slots_.begin()->first);
    return std::max<std::int64_t>(0, (now - second) / precision);
}

std::int64_t TimerMessages::enqueue_behind() const {
    const std::int64_t now = now_ms();
    return now - expired_at_ < expired_matters ? (now - expired_stored_) / precision : 0;
}

bool TimerMessages::idle() const {
    return inside_.empty() && !reading_ && store_.max_offset(std::string(timer_topic), 0) <= next_;
}

TimerMessages::Checkpoint TimerMessages::reached() const {
    Checkpoint now{read_time_, inside_.empty() ? next_.value : inside_.begin()->value, next_.value};
    if (!slots_.empty()) now.read_time = std::min(now.read_time, slots_.begin()->first);
    if (!due_seconds_.empty()) now.read_time = std::min(now.read_time, due_seconds_.begin()->first);
    return now;
}

/// What is written is what was true a second ago: by now the messages that had left are on disk, wherever that is
/// promised at all.
void TimerMessages::look_at_checkpoint() {
    const Checkpoint before = std::exchange(seen_, reached());
    if (before != written_ && !writing_) write(before);
    if (seen_ != written_) checkpoint_timer_.arm();
}

void TimerMessages::write(const Checkpoint& checkpoint) {
    std::array<std::byte, checkpoint_size> bytes{};
    store::save_big<std::int64_t>(bytes.data(), checkpoint.read_time);
    store::save_big<std::int64_t>(bytes.data() + 16, checkpoint.first_offset);
    store::save_big<std::int64_t>(bytes.data() + 24, checkpoint.read_offset);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!host_.write_file(checkpoint_path, text)) return;
    written_ = checkpoint;
    writing_ = true;
    host_.sync_file(checkpoint_path, [this](FileResult<void>) { writing_ = false; });
}

}  // namespace brokersim::broker
