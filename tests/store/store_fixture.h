#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/store/message_store.h"
#include "core/store/record.h"
#include "tests/store/slow_host.h"
#include "tests/support/bare_host.h"

namespace brokersim::store::testing {

using namespace std::chrono_literals;

/// A broker's store in a small world, with small files. Handlers take the time that they owe.
class StoreTest : public ::testing::Test {
protected:
    StoreTest() {
        config_.mappedFileSizeCommitLog = 8192;
        config_.mappedFileSizeConsumeQueue = 200;
        config_.maxHashSlotNum = 10;
        config_.maxIndexNum = 50;
        costs_ = {.encode_base = 10us,
                  .encode_per_kib = 0ns,
                  .append_base = 5us,
                  .append_per_kib = 0ns,
                  .dispatch_per_message = 1us};
        new_life();
    }

    /// Kills the node, if it lives, and makes a new one on the same files; open() opens its store.
    void new_life() {
        store_.reset();
        host_.reset();
        bare_ = &world_.host("broker/0", 1);
        host_ = std::make_unique<SlowHost>(*bare_);
    }
    void open() {
        store_ = std::make_unique<MessageStore>(*host_, "broker-0", config_, costs_);
        const auto loaded = store_->load();
        ASSERT_TRUE(loaded.has_value()) << loaded.error().what;
        store_->on_arrival([this](const std::string& topic, std::int32_t id, QueueOffset offset, std::int64_t tags) {
            arrivals_.push_back(fmt::format("{} {} {} {}", topic, id, offset.value, tags));
        });
        store_->start();
        host_->settle_debts();
    }
    void shut_down() {
        bool done = false;
        store_->shutdown([&done] { done = true; });
        world_.run_for(1s);
        ASSERT_TRUE(done);
    }

    static MessageToPut message(std::string topic, std::int32_t queue, std::string_view body,
                                std::string properties = "") {
        MessageToPut message;
        message.topic = std::move(topic);
        message.queue_id = queue;
        message.born_host = Address{0x0A000009, 1234};
        message.store_host = Address{0x0A000001, 10911};
        message.properties = std::move(properties);
        message.body = copy_slice(body);
        return message;
    }
    /// Begins to put; results_ gets the outcome.
    void put(MessageToPut message) {
        store_->put(std::move(message), world_.now(), world_.now(),
                    [this](const PutResult& result) { results_.push_back({result, world_.now()}); });
    }
    /// Puts, and waits until it is visible.
    PutResult put_now(MessageToPut message) {
        results_.clear();
        put(std::move(message));
        world_.run_for(20ms);
        EXPECT_EQ(results_.size(), 1U);
        return results_.empty() ? PutResult{} : results_[0].result;
    }
    std::string body_of(const Slice& record) const {
        const auto body = decode_record(record.bytes)->body();
        return {reinterpret_cast<const char*>(body.data()), body.size()};
    }
    std::vector<std::string> bodies(const GetResult& got) const {
        std::vector<std::string> bodies;
        for (const auto& record : got.records) bodies.push_back(body_of(record));
        return bodies;
    }
    /// All bodies of a queue, in as many pulls as it takes.
    std::vector<std::string> read_all(const std::string& topic, std::int32_t queue) {
        std::vector<std::string> all;
        QueueOffset next = store_->min_offset(topic, queue);
        while (next < store_->max_offset(topic, queue)) {
            const auto got = store_->get(topic, queue, next, 32, {});
            for (auto& body : bodies(got)) all.push_back(std::move(body));
            next = got.next_begin_offset;
        }
        return all;
    }

    struct Outcome {
        PutResult result;
        MonoTime at;
    };
    brokersim::testing::BareWorld world_;
    brokersim::testing::BareHost* bare_ = nullptr;
    std::unique_ptr<SlowHost> host_;
    StoreConfig config_;
    StoreCosts costs_;
    std::unique_ptr<MessageStore> store_;
    std::vector<Outcome> results_;
    std::vector<std::string> arrivals_;
};

}  // namespace brokersim::store::testing
