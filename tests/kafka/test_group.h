#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/kafka/assignors/assignors.h"
#include "tests/kafka/group_world.h"

/// Members of the group "billing" with real GroupMember objects against real coordinators.
namespace brokersim::kafka::testing {

using namespace std::chrono_literals;

struct TestConsumer {
    TestConsumer(Cluster& cluster, const std::string& name, int last_byte, const std::vector<std::string>& assignors,
                 GroupMemberOptions options)
        : fake(cluster, name, last_byte, {"orders"}), member(fake, made(assignors), std::move(options)) {
        for (const std::string& topic : fake.topics()) fake.refresh_route(topic, [] {});
        fake.host().soon([this] { member.start(); });
    }
    static std::vector<std::unique_ptr<Assignor>> made(const std::vector<std::string>& assignors) {
        std::vector<std::unique_ptr<Assignor>> list;
        for (const std::string& name : assignors) list.push_back(make_assignor(name));
        return list;
    }

    FakeConsumer fake;
    GroupMember member;
};

class TestGroup {
public:
    explicit TestGroup(int brokers = 1, int queues_each = 12, CoordinatorConfig config = {})
        : cluster(brokers, config) {
        cluster.queues["orders"] = queues_each;
    }

    static std::string name_of(int i) { return "billing/" + std::to_string(i); }
    TestConsumer& start(int i, GroupMemberOptions options = {}) {
        consumers[i] = std::make_unique<TestConsumer>(cluster, name_of(i), 100 + i, assignors, std::move(options));
        return *consumers[i];
    }
    void crash(int i) {
        consumers.erase(i);
        cluster.world.kill(name_of(i));
    }
    /// Leaves in order; true if it came to an end within 40 s.
    bool stop(int i) {
        auto ended = std::make_shared<bool>(false);
        consumers.at(i)->member.shutdown([ended] { *ended = true; });
        run(40s);
        crash(i);
        return *ended;
    }
    void run(Duration time) { cluster.world.run_for(time); }
    TestConsumer& consumer(int i) { return *consumers.at(i); }
    std::size_t owned(int i) { return consumer(i).fake.positions.size(); }

    /// How many own each queue of the topic; queues that nobody owns are missing.
    std::map<protocol::MessageQueue, int> owners() const {
        std::map<protocol::MessageQueue, int> count;
        for (const auto& [i, consumer] : consumers)
            for (const auto& [queue, position] : consumer->fake.positions) ++count[queue];
        return count;
    }
    bool every_queue_has_one_owner() const {
        const auto count = owners();
        const auto wanted = static_cast<std::size_t>(cluster.queues.at("orders")) * cluster.addresses.size();
        for (const auto& [queue, number] : count)
            if (number != 1) return false;
        return count.size() == wanted;
    }
    const Group& group() { return cluster.group("billing"); }

    Cluster cluster;
    std::vector<std::string> assignors{"range"};  // of the members that are started, by preference
    std::map<int, std::unique_ptr<TestConsumer>> consumers;
};

}  // namespace brokersim::kafka::testing
