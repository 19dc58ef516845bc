#include "scenarios/backlog_loader.h"

#include <algorithm>

#include "core/check.h"
#include "core/protocol/messages.h"
#include "scenarios/body.h"
#include "scenarios/producer_app.h"

namespace brokersim::scenario {

BacklogLoader::BacklogLoader(Host& host, std::string broker, store::StoreConfig config, std::vector<Backlog> backlogs,
                             Address store_host, const sim::World& world, std::uint32_t node, Recorder& recorder)
    : host_(host),
      backlogs_(std::move(backlogs)),
      store_host_(store_host),
      world_(world),
      broker_(broker),
      node_(node),
      recorder_(recorder),
      store_(host, std::move(broker), std::move(config)) {}

void BacklogLoader::start() {
    const auto loaded = store_.load();
    BROKERSIM_CHECK(loaded.has_value(), "a new store does not open: {}", loaded.error().what);
    store_.start();
    put_next();
}

void BacklogLoader::shutdown(Task done) { store_.shutdown(std::move(done)); }

void BacklogLoader::put_next() {
    while (topic_ < backlogs_.size() && message_ >= backlogs_[topic_].messages) {
        ++topic_;
        message_ = 0;
    }
    if (topic_ == backlogs_.size()) {
        done_ = true;
        return;
    }
    const Backlog& backlog = backlogs_[topic_];
    const std::int64_t sequence = message_++;
    const std::int64_t queue = sequence % (backlog.queues * backlog.brokers);
    if (queue / backlog.queues != backlog.broker) return put_next();

    const MessageId id{backlog.producer, static_cast<std::uint64_t>(sequence)};
    const sim::Distribution sizes = distribution_of(backlog.body);
    const std::int64_t drawn = sizes.sample(world_.draw(Purpose::body_size, text_identity(backlog.topic), id.sequence));
    auto body = HeapBlock::make(std::max(static_cast<std::size_t>(drawn), min_body_bytes));
    const std::int64_t now = recorder_.now();
    make_body(id, now, body->writable());
    recorder_.record(sent(now, node_, id, now));
    store::MessageToPut message{.topic = backlog.topic,
                                .queue_id = static_cast<std::int32_t>(queue % backlog.queues),
                                .born_timestamp = epoch_ms(host_.wall_ms()),
                                .born_host = store_host_,
                                .store_host = store_host_,
                                .properties = {},
                                .body = body->slice()};
    const NameId name = host_.name(protocol::queue_name(backlog.topic, broker_, message.queue_id));
    store_.put(std::move(message), host_.mono_ns(), host_.mono_ns(),
               [this, id, now, name](const store::PutResult& result) {
                   BROKERSIM_CHECK(result.status == store::PutStatus::ok, "the backlog cannot be stored: status {}",
                                   static_cast<int>(result.status));
                   recorder_.record(acknowledged(recorder_.now(), node_, id, now, now, name, result.queue_offset));
                   host_.soon([this] { put_next(); });
               });
}

}  // namespace brokersim::scenario
