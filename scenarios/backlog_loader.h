#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/host.h"
#include "core/store/message_store.h"
#include "scenarios/recorder.h"
#include "scenarios/scenario.h"

namespace brokersim::scenario {

/// Messages of one topic that shall lie in a broker's store before anything else begins. Message i of the topic goes to
/// queue i mod (all queues of the topic); a broker stores those that fall to its own queues.
struct Backlog {
    std::string topic;
    std::uint32_t producer = none;  // in the roster: the preloaded one of this topic
    std::int64_t messages = 0;      // on all brokers together
    std::int64_t queues = 0;        // on each broker
    std::int64_t broker = 0;        // index of this one
    std::int64_t brokers = 1;
    DistributionSpec body;
};

/// The first life of a broker's machine in a scenario with a backlog: a bare store that takes the messages, one after
/// the other, and is shut down in order. What the broker finds afterwards was written by the store itself.
class BacklogLoader final : public Node {
public:
    BacklogLoader(Host& host, std::string broker, store::StoreConfig config, std::vector<Backlog> backlogs,
                  Address store_host, const sim::World& world, std::uint32_t node, Recorder& recorder);

    void start() override;
    void shutdown(Task done) override;
    /// All is stored.
    bool done() const { return done_; }

private:
    void put_next();

    Host& host_;
    std::vector<Backlog> backlogs_;
    Address store_host_;
    const sim::World& world_;
    std::string broker_;
    std::uint32_t node_;
    Recorder& recorder_;
    store::MessageStore store_;
    std::size_t topic_ = 0;
    std::int64_t message_ = 0;
    bool done_ = false;
};

}  // namespace brokersim::scenario
