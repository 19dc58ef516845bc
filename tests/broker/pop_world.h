#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/protocol/pop_info.h"
#include "core/protocol/pop_messages.h"
#include "core/store/properties.h"
#include "core/store/record.h"
#include "tests/broker/broker_world.h"

namespace brokersim::broker::testing {

/// A message as a popping client sees it.
struct Popped {
    protocol::PopHandle handle;
    std::string body;
    std::string topic;
    std::int32_t reconsume_times = 0;
};

/// What the client makes of the answer to a pop.
inline std::vector<Popped> popped(const Frame& answer) {
    std::vector<Popped> all;
    const auto* response = get_if<protocol::PopMessageResponse>(&answer.payload);
    if (response == nullptr) return all;
    const auto places = protocol::parse_pop_offsets(response->start_offset_info, response->msg_offset_info);
    if (!places) throw std::runtime_error("offsets: " + response->start_offset_info);
    for (const Slice& bytes : response->records) {
        const auto record = store::decode_record(bytes.bytes);
        if (!record) throw std::runtime_error("no record");
        Popped message;
        const auto text = store::find_property(record->properties(), "POP_CK");
        if (!text.empty()) {
            message.handle = protocol::parse_pop_handle(text).value();
        } else {
            const auto place = std::find_if(places->begin(), places->end(), [&](const auto& candidate) {
                return candidate.source == protocol::PopSource::normal && candidate.queue_id == record->queue_id();
            });
            if (place == places->end()) throw std::runtime_error("no offsets for a message");
            message.handle = {
                place->start,  response->pop_time, response->invisible_time, response->revive_queue_id,
                place->source, "broker-0",         place->queue_id,          record->queue_offset().value};
        }
        message.body = std::string(reinterpret_cast<const char*>(record->body().data()), record->body().size());
        message.topic = std::string(record->topic());
        message.reconsume_times = record->reconsume_times();
        all.push_back(std::move(message));
    }
    return all;
}

/// A broker with topic "orders" (4 queues), and a client of group "g".
class PopWorld {
public:
    void begin() {
        world.start_broker();
        if (world.broker->start_error()) throw std::runtime_error(*world.broker->start_error());
        client = &world.client();
        ask(BrokerWorld::heartbeat("c1"));
    }
    Frame ask(protocol::Payload payload) { return world.ask(*client, std::move(payload)); }
    void send(const std::string& body, std::int32_t queue_id = 0) {
        auto message = BrokerWorld::message("orders", queue_id);
        message.body = copy_slice(body);
        const Frame answer = ask(std::move(message));
        ASSERT_EQ(answer.code, 0);
        world.world.run_for(Millis(2));
    }
    std::int64_t now() { return epoch_ms(world.broker_host->wall_ms()); }
    protocol::PopMessageRequest request(std::int64_t invisible = 10'000) {
        return {.consumer_group = "g",
                .topic = "orders",
                .invisible_time = invisible,
                .poll_time = 0,
                .born_time = now(),
                .init_mode = 0,
                .expression = {}};
    }
    std::vector<Popped> pop(std::int64_t invisible = 10'000) { return popped(ask(request(invisible))); }
    /// Pops until nothing comes.
    std::vector<Popped> pop_all(std::int64_t invisible = 10'000) {
        std::vector<Popped> all;
        for (;;) {
            const auto some = pop(invisible);
            if (some.empty()) return all;
            all.insert(all.end(), some.begin(), some.end());
        }
    }
    static std::string stored_topic(const Popped& message) {
        return message.handle.source == protocol::PopSource::retry ? protocol::pop_retry_topic("orders", "g")
                                                                   : "orders";
    }
    Frame acknowledge(const Popped& message) {
        return ask(protocol::AckMessageRequest{.consumer_group = "g",
                                               .topic = stored_topic(message),
                                               .queue_id = message.handle.queue_id,
                                               .extra_info = to_text(message.handle),
                                               .offset = message.handle.offset});
    }
    Frame hide(const Popped& message, std::int64_t time) {
        return ask(protocol::ChangeInvisibleTimeRequest{.consumer_group = "g",
                                                        .topic = stored_topic(message),
                                                        .queue_id = message.handle.queue_id,
                                                        .extra_info = to_text(message.handle),
                                                        .offset = message.handle.offset,
                                                        .invisible_time = time});
    }
    void restart() {
        world.kill_broker();
        begin();
    }
    /// Sends heartbeats meanwhile, as clients do.
    void wait(std::int64_t ms) {
        for (; ms > 30'000; ms -= 30'000) {
            world.world.run_for(Millis(30'000));
            ask(BrokerWorld::heartbeat("c1"));
        }
        world.world.run_for(Millis(ms));
    }

    BrokerWorld world;
    RawClient* client = nullptr;
};

}  // namespace brokersim::broker::testing
