#include "scenarios/producer_app.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/check.h"
#include "core/draw.h"
#include "scenarios/body.h"

namespace brokersim::scenario {

sim::Distribution distribution_of(const DistributionSpec& spec) {
    using Shape = DistributionSpec::Shape;
    switch (spec.shape) {
        case Shape::constant:
            return sim::Distribution::constant(spec.first);
        case Shape::uniform:
            return sim::Distribution::uniform(spec.first, spec.second);
        case Shape::exponential:
            return sim::Distribution::exponential(spec.first);
        case Shape::log_normal:
            return sim::Distribution::log_normal(spec.first, spec.second);
        case Shape::list:
            return sim::Distribution::list(spec.values);
    }
    BROKERSIM_CHECK(false, "shape {}", static_cast<int>(spec.shape));
}

ProducerLoad::ProducerLoad(const sim::World& world, const ProducerSpec& spec, std::uint32_t number,
                           std::uint64_t identity)
    : rate_{spec.rate_each.messages, spec.rate_each.per},
      arrivals_(spec.arrivals),
      body_(distribution_of(spec.body)),
      number_(number),
      arrival_draws_(draw_stream(world.seed(), Purpose::arrival, identity)),
      size_draws_(draw_stream(world.seed(), Purpose::body_size, identity)),
      key_draws_(draw_stream(world.seed(), Purpose::message_key, identity)),
      poisson_(rate_) {
    if (spec.keys > 0) keys_.emplace(spec.keys, spec.skew.num, spec.skew.den);
}

std::optional<std::int64_t> ProducerLoad::next_due() const {
    if (ended_ || !start_) return std::nullopt;
    return due_;
}

void ProducerLoad::advance() {
    const Duration since_start = arrivals_ == Arrivals::fixed ? sim::fixed_arrival(rate_, arrival_)
                                                              : poisson_.next(draw_at(arrival_draws_, arrival_));
    ++arrival_;
    due_ = *start_ + since_start.count();
}

void ProducerLoad::take() { advance(); }

void ProducerLoad::begin_life(std::int64_t now) {
    if (ended_) return;
    if (!start_) {
        start_ = now;
        advance();
    }
    while (due_ < now) advance();
}

std::size_t ProducerLoad::body_bytes(std::uint64_t sequence) const {
    const std::int64_t drawn = body_.sample(draw_at(size_draws_, sequence));
    return std::max(static_cast<std::size_t>(std::max<std::int64_t>(drawn, 0)), min_body_bytes);
}

std::string ProducerLoad::key(std::uint64_t sequence) const {
    return keys_ ? fmt::format("key-{}", keys_->sample(draw_at(key_draws_, sequence))) : std::string();
}

ProducerApp::ProducerApp(Host& host, client::ProducerOptions options, const ProducerSpec& spec, std::uint32_t node,
                         ProducerLoad& load, Recorder& recorder)
    : host_(host),
      topic_(spec.topic),
      in_flight_(spec.in_flight),
      queue_(spec.queue),
      node_(node),
      load_(load),
      recorder_(recorder),
      producer_(host, std::move(options)) {}

void ProducerApp::start() {
    producer_.start();
    load_.begin_life(recorder_.now());
    wait_for_next();
}

void ProducerApp::shutdown(Task done) {
    host_.cancel(next_);
    waiting_.clear();
    producer_.shutdown(std::move(done));
}

void ProducerApp::wait_for_next() {
    const auto intended = load_.next_due();
    if (!intended) return;
    const Duration delay(std::max<std::int64_t>(0, *intended - recorder_.now()));
    next_ = host_.after(delay, [this, at = *intended] { due(at); });
}

void ProducerApp::due(std::int64_t intended) {
    if (!load_.next_due()) {  // the load ended while this timer ran
        waiting_.clear();
        return;
    }
    load_.take();
    if (in_flight_ > 0 && std::cmp_greater_equal(producer_.under_way(), in_flight_))
        waiting_.push_back(intended);
    else
        send(intended);
    wait_for_next();
}

void ProducerApp::send(std::int64_t intended) {
    const std::uint64_t sequence = load_.next_sequence();
    const MessageId id{load_.number(), sequence};
    auto body = HeapBlock::make(load_.body_bytes(sequence));
    make_body(id, intended, body->writable());
    const std::int64_t began = recorder_.now();
    recorder_.record(sent(began, node_, id, intended));
    const std::string key = load_.key(sequence);
    producer_.send({.topic = topic_,
                    .body = body->slice(),
                    .keys = key,
                    .selected_by = queue_ == QueueChoice::by_key ? key : std::string()},
                   [this, sequence, intended, began](const client::SendResult& result) {
                       finished(result, sequence, intended, began);
                   });
}

void ProducerApp::finished(const client::SendResult& result, std::uint64_t sequence, std::int64_t intended,
                           std::int64_t began) {
    const MessageId id{load_.number(), sequence};
    const std::int64_t now = recorder_.now();
    switch (result.status) {
        case client::SendStatus::ok:
            recorder_.record(acknowledged(now, node_, id, intended, began, result.queue_name, result.queue_offset));
            break;
        case client::SendStatus::timed_out:
        case client::SendStatus::unreachable:
            recorder_.record(send_timed_out(now, node_, id, intended, began));
            break;
        case client::SendStatus::flush_disk_timeout:  // stored, but not as was asked for: no promise
        case client::SendStatus::flush_slave_timeout:
        case client::SendStatus::slave_not_available:
        case client::SendStatus::rejected:
        case client::SendStatus::no_route:
            recorder_.record(rejected(now, node_, id, intended, began, result.code));
            break;
    }
    if (!load_.next_due()) waiting_.clear();
    if (!waiting_.empty()) {
        const std::int64_t next = waiting_.front();
        waiting_.pop_front();
        send(next);
    }
}

}  // namespace brokersim::scenario
