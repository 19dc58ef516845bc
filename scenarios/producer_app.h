#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/client/producer.h"
#include "core/host.h"
#include "scenarios/recorder.h"
#include "scenarios/scenario.h"
#include "sim/arrivals.h"
#include "sim/distribution.h"
#include "sim/zipf.h"

namespace brokersim::scenario {

/// The distribution that a scenario describes, ready to be sampled.
sim::Distribution distribution_of(const DistributionSpec& spec);

/// The messages that one producer node is asked to send, over all of its lives: when each is due, and how long it is.
/// Everything is drawn by (producer, n), so that every variant of a scenario has the same load.
class ProducerLoad {
public:
    /// `number` is the producer's in the roster, `identity` keys its draws (of the node's name).
    ProducerLoad(const sim::World& world, const ProducerSpec& spec, std::uint32_t number, std::uint64_t identity);

    std::uint32_t number() const { return number_; }
    /// When the next message is due (ns since the beginning of the load), or nothing if the load has ended.
    std::optional<std::int64_t> next_due() const;
    /// Takes the next arrival.
    void take();
    /// Passes over what fell due before `now`: nobody was there to send it. The first life of a producer begins its
    /// arrivals at its own start.
    void begin_life(std::int64_t now);
    /// No more arrivals.
    void end() { ended_ = true; }

    /// The sequence number of the next message that is really sent, dense from 0.
    std::uint64_t next_sequence() { return sequence_++; }
    std::size_t body_bytes(std::uint64_t sequence) const;
    /// The message's key; empty if messages have none.
    std::string key(std::uint64_t sequence) const;

private:
    void advance();

    sim::Rate rate_;
    Arrivals arrivals_;
    sim::Distribution body_;
    std::optional<sim::Zipf> keys_;
    std::uint32_t number_;
    std::uint64_t arrival_draws_;  // draw_stream of its arrivals,
    std::uint64_t size_draws_;     // of its bodies' sizes,
    std::uint64_t key_draws_;      // and of its keys
    std::optional<std::int64_t> start_;
    sim::PoissonArrivals poisson_;
    std::uint64_t arrival_ = 0;
    std::int64_t due_ = 0;
    std::uint64_t sequence_ = 0;
    bool ended_ = false;
};

/// An application that sends: it calls the producer when a message is due and records what becomes of it. With an open
/// loop it never waits; with `in_flight` the messages that are due wait for a place, and their latency counts from when
/// they were due.
class ProducerApp final : public Node {
public:
    ProducerApp(Host& host, client::ProducerOptions options, const ProducerSpec& spec, std::uint32_t node,
                ProducerLoad& load, Recorder& recorder);

    void start() override;
    void shutdown(Task done) override;
    std::size_t under_way() const { return producer_.under_way() + waiting_.size(); }

private:
    void wait_for_next();
    void due(std::int64_t intended);
    void send(std::int64_t intended);
    void finished(const client::SendResult& result, std::uint64_t sequence, std::int64_t intended, std::int64_t began);

    Host& host_;
    Text topic_;
    std::int64_t in_flight_;
    QueueChoice queue_;
    std::uint32_t node_;
    ProducerLoad& load_;
    Recorder& recorder_;
    client::Producer producer_;
    std::deque<std::int64_t> waiting_;  // intended times
    TimerId next_{};
};

}  // namespace brokersim::scenario
