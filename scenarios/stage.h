#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "faults/world.h"
#include "scenarios/audit/log_audit.h"
#include "scenarios/backlog_loader.h"
#include "scenarios/consumer_app.h"
#include "scenarios/link_troubles.h"
#include "scenarios/producer_app.h"
#include "scenarios/readers.h"
#include "scenarios/recorder.h"
#include "scenarios/roster.h"
#include "scenarios/scenario.h"
#include "scenarios/storage_meters.h"
#include "scenarios/strategies.h"
#include "scenarios/strategy_program.h"
#include "sim/file.h"
#include "sim/world.h"

namespace brokersim::broker {
class Broker;
}

namespace brokersim::scenario {

struct StageOptions {
    std::string keep_store;                  // a directory; empty: files are in memory
    bool check_unpaid = false;               // assert that nobody reads what is not paid for
    std::uint64_t store_limit = 8ULL << 30;  // bytes; beyond, the run stops
    StrategyPrograms* programs = nullptr;    // for groups with an assignment "exec:COMMAND"
};

/// A scenario's cluster, set up in a simulated world: machines, name servers, brokers, producers and consumers, as the
/// scenario describes them, each on a machine of its own or on one that it shares, and what faults and operators may do
/// to them.
class Stage final : public faults::World {
public:
    /// `scenario` must outlive the stage.
    Stage(const Scenario& scenario, std::uint64_t seed, const StageOptions& options);
    ~Stage() override;

    /// Starts the name servers, lays in the backlog, starts the brokers, and lets some seconds pass; then begins to
    /// count the time of the load from now. The clients are still down.
    sim::RunStatus set_up();
    /// Starts the producers and consumers that are there from the beginning.
    void start_clients();
    /// Producers send nothing that is not yet due.
    void end_load();
    /// Ends every fault that would end by itself later.
    void heal();
    /// Every send has its outcome, every group has handled all that waits for it, and each of its queues has one owner
    /// or, where nobody owns queues, nothing is hidden any more; no broker has records that are not in their queues.
    bool quiet() const;

    sim::World& world() { return world_; }
    const sim::World& world() const { return world_; }
    const Roster& roster() const { return roster_; }
    History& history() { return history_; }
    Recorder& recorder() { return recorder_; }
    sim::NodeId node(const std::string& name) const;

    /// What their page caches and disks do.
    StorageMeters& storage_meters() { return storage_meters_; }
    /// Records how full things are that have a bound, beside their bounds.
    void sample_levels();

    /// Files of all brokers, to be audited after the run. Slices stay valid as long as the stage.
    std::vector<BrokerFiles> broker_files();
    /// The client id of a consumer's present life; empty if it does not run.
    std::string client_id(std::uint32_t node) const;
    /// In which room the client with a given id stands.
    ClientRooms client_rooms() const;
    const GroupSpec& group_spec(std::uint32_t group) const { return scenario_.groups.at(readers_.at(group).group); }
    std::uint64_t network_bytes() const;
    /// Most bytes that ever waited for the window of one connection, at the sender.
    std::int64_t longest_send_queue() const;
    /// For how long each direction of each network card has passed bytes so far.
    std::vector<std::int64_t> wires_busy_ns() const;
    /// Pauses for garbage collection so far, of brokers and name servers, and of clients.
    struct Pauses {
        sim::Pauses servers, clients;
    };
    Pauses pauses() const;
    /// The strategy by which consumer `index` of a group computes its share; null if it does not do that itself.
    std::shared_ptr<const client::AllocateStrategy> strategy(std::uint32_t group, std::int64_t index) const {
        return make_strategy(scenario_, group_spec(group), index, client_rooms(), options_.programs);
    }

    // faults::World
    bool running(const std::string& node) const override;
    void kill(const std::string& node) override;
    void cut_power(const std::string& node) override;
    void start(const std::string& node) override;
    void fail_flush(const std::string& node) override;
    void misdirect_write(const std::string& node) override;
    void flip_bit(const std::string& node) override;
    faults::StallId stall_disk(const std::string& node) override;
    void free_disk(const std::string& node, faults::StallId stall) override;
    faults::PauseId pause(const std::string& node) override;
    void resume(const std::string& node, faults::PauseId pause) override;
    faults::TroubleId trouble(std::span<const std::string> from, std::span<const std::string> to,
                              faults::LinkTrouble trouble) override;
    void lift(faults::TroubleId trouble) override;
    void heal_after(std::optional<Duration> delay, Task fn) override;

    // What operators do.

    /// Stops a running node in order; a paused one once it goes on.
    void stop(const std::string& node);
    /// True while a node is paused, a disk stalled or a link troubled.
    bool troubled() const { return !holds_.empty() || !stalls_.empty() || !links_.empty(); }
    /// Calls `relieved` whenever troubled() has become false.
    void on_relief(std::function<void()> relieved) { relieved_ = std::move(relieved); }

private:
    struct ProducerNode {
        const ProducerSpec* spec;
        std::unique_ptr<ProducerLoad> load;
        ProducerApp* app = nullptr;  // of the present life
    };
    struct ConsumerNode {
        std::uint32_t group;
        ConsumerApp* app = nullptr;
    };

    bool pops_idle() const;
    /// A broker that came back from a power cut has messages that a group has not come to. No event tells of them until
    /// somebody pulls.
    bool unread_after_power_cut() const;
    bool dispatched() const;
    void add_groups();
    void add_name_servers();
    void add_brokers();
    void add_producers();
    void add_consumers();
    sim::MachineId machine_for(const NodeName& node);
    sim::NodeId add(const NodeName& name, std::uint32_t group, sim::NodeFactory factory);
    std::unique_ptr<Node> make_broker(Host& host, std::int64_t index);
    std::unique_ptr<Node> make_loader(Host& host, std::int64_t index);
    std::uint64_t draw_fault(const std::string& node);
    void release(const std::string& node);
    void went_down(const std::string& node);
    void boot(const std::string& node);
    std::vector<sim::MachineId> machines(std::span<const std::string> nodes) const;
    std::vector<Address> name_server_addresses() const;
    std::vector<Backlog> backlogs_of(std::int64_t broker) const;

    const Scenario& scenario_;
    const std::vector<Reader> readers_;  // by group of the roster
    StageOptions options_;
    Roster roster_;
    History history_;
    Recorder recorder_;
    sim::World world_;
    std::map<std::string, sim::NodeId> nodes_;
    std::map<std::uint32_t, std::string> rooms_;  // by IP address, of consumers
    std::vector<sim::NodeId> name_servers_;
    std::vector<sim::NodeId> brokers_;
    std::map<std::uint32_t, ProducerNode> producers_;           // by node
    std::map<std::uint32_t, ConsumerNode> consumers_;           // by node
    std::vector<std::unique_ptr<HandlerTimes>> handler_times_;  // by group
    std::vector<std::uint32_t> backlog_producers_;              // by topic of the scenario
    /// SIGSTOP on a process.
    struct Hold {
        std::set<faults::PauseId> pauses;
        bool stops = false;  // an operator's SIGTERM waits
    };
    struct Healing {
        TimerId timer;  // of the healings that have a time
        Task task;
    };
    std::vector<std::unique_ptr<Healing>> healings_;             // still to come
    std::map<std::string, Hold> holds_;                          // by node; of the present life
    std::uint64_t pauses_ = 0;                                   // so far
    std::map<std::uint32_t, std::set<faults::StallId>> stalls_;  // by machine
    std::uint64_t stall_numbers_ = 0;
    std::set<std::string> starts_when_down_;  // nodes that are shutting down, and shall start again
    LinkTroubles links_;
    std::map<sim::MachineId, std::vector<std::string>> dark_;  // without power, and who ran there when it went
    std::function<void()> relieved_;
    std::vector<BacklogLoader*> loaders_;          // while the backlog is laid in
    std::vector<broker::Broker*> living_brokers_;  // by index; of the present life
    std::vector<sim::Mapping> audited_;            // what broker_files() gave out
    StorageMeters storage_meters_;
    bool has_backlog_ = false;
    std::uint64_t drawn_faults_ = 0;
};

}  // namespace brokersim::scenario
