#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/host.h"
#include "sim/files.h"
#include "sim/world.h"
#include "tests/support/forwarding_host.h"

/// Crashes at chosen points: one node in a simulated machine, whose calls to its host are counted over all its lives,
/// and whose process is killed, or whose machine loses power, at the k-th of them. A test writes
///
///     CrashWorld crash(seed, [&](Host& host) { return std::make_unique<MyNode>(host, ...); });
///     crash.at(k, How::power_cut);
///     crash.start();
///     crash.run(10s);            // up to the crash, if k is reached
///     crash.never();             // or at(crash.calls() + j, ...): a crash during recovery
///     crash.start();             // the next life, on the files that are left
///     crash.run(10s);
///
/// and repeats it for k = 1, 2, 3 ... until crash.struck() stays false.
namespace brokersim::testing {

enum class How : std::uint8_t { kill, power_cut };

/// What the lives of a node have in common.
struct CrashPlan {
    std::uint64_t calls = 0;  // so far: what may change files, ask of the disk, or let something be seen
    std::uint64_t at = 0;     // the call that never happens; 0: none
    How how = How::kill;
    bool struck = false;                                // since at() was called
    bool dead = false;                                  // the present life is over, and its last handler still runs
    std::vector<std::unique_ptr<std::byte[]>> scratch;  // where the dead write
};

/// Forwards to the machine's host up to the fatal call. From then on nothing of this life has an effect any more:
/// writes go nowhere, and what gives a result gives an error. What the fatal handler wrote before is unpaid, so that a
/// part of it only may be there.
class CrashHost final : public ForwardingHost {
public:
    CrashHost(Host& host, CrashPlan& plan, sim::World& world, sim::NodeId node)
        : ForwardingHost(host), plan_(plan), world_(world), node_(node) {}

    /// Counts a call; true if the process is dead.
    bool dead() {
        if (plan_.dead) return true;
        if (++plan_.calls != plan_.at) return false;
        plan_.struck = plan_.dead = true;
        host_.owe(Duration(1));
        world_.schedule(world_.now(), [&world = world_, node = node_, how = plan_.how] {
            if (how == How::kill)
                world.kill(node);
            else
                world.power_off(world.machine_of(node));
        });
        return true;
    }
    static FileError error() { return {FileErrorCode::io, "the process is dead"}; }
    std::span<std::byte> scratch(std::uint64_t length) {
        plan_.scratch.push_back(std::make_unique<std::byte[]>(length));
        return {plan_.scratch.back().get(), length};
    }

    void paid(Task fn) override {
        if (!dead()) host_.paid(std::move(fn));
    }
    void send(ConnectionId id, protocol::Frame&& frame) override {
        if (!dead()) host_.send(id, std::move(frame));
    }
    FileResult<MappedRegionPtr> map(const std::string& path) override { return wrapped(host_.map(path)); }
    FileResult<MappedRegionPtr> create(const std::string& path, std::uint64_t size) override {
        if (dead()) return std::unexpected(error());
        return wrapped(host_.create(path, size));
    }
    FileResult<void> remove(const std::string& path) override {
        if (dead()) return std::unexpected(error());
        return host_.remove(path);
    }
    FileResult<void> rename(const std::string& from, const std::string& to) override {
        if (dead()) return std::unexpected(error());
        return host_.rename(from, to);
    }
    FileResult<void> set_length(const std::string& path, std::uint64_t size) override {
        if (dead()) return std::unexpected(error());
        return host_.set_length(path, size);
    }
    FileResult<void> write_file(const std::string& path, std::string_view content) override {
        if (dead()) return std::unexpected(error());
        return host_.write_file(path, content);
    }
    void sync_file(const std::string& path, Callback<void(FileResult<void>)> done) override {
        if (!dead()) host_.sync_file(path, std::move(done));
    }
    void sync_directory(const std::string& path, Callback<void(FileResult<void>)> done) override {
        if (!dead()) host_.sync_directory(path, std::move(done));
    }

private:
    class Region final : public MappedRegion {
    public:
        Region(CrashHost& host, MappedRegionPtr region) : host_(host), region_(std::move(region)) {}
        std::uint64_t size() const override { return region_->size(); }
        std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
            return region_->read(offset, length);
        }
        std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override {
            return host_.dead() ? host_.scratch(length) : region_->write(offset, length);
        }
        void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override {
            if (!host_.dead()) region_->flush(offset, length, std::move(done));
        }

    private:
        CrashHost& host_;
        MappedRegionPtr region_;
    };
    FileResult<MappedRegionPtr> wrapped(FileResult<MappedRegionPtr> region) {
        if (!region) return region;
        return MappedRegionPtr(new Region(*this, std::move(*region)));
    }

    CrashPlan& plan_;
    sim::World& world_;
    sim::NodeId node_;
};

class CrashWorld {
public:
    CrashWorld(std::uint64_t seed, sim::NodeFactory factory, sim::WorldOptions options = {})
        : world_(seed, std::move(options)) {
        const sim::MachineId machine = world_.add_machine({.name = "broker/0"});
        node_ = world_.add_node(machine, "broker/0", [this, factory = std::move(factory)](Host& host) {
            return std::make_unique<Life>(host, plan_, world_, node_, factory);
        });
    }

    /// The `call`-th call of the node, counted from 1 over all lives, never happens: the process dies instead.
    void at(std::uint64_t call, How how) {
        plan_.at = call;
        plan_.how = how;
        plan_.struck = false;
    }
    void never() { at(0, How::kill); }
    std::uint64_t calls() const { return plan_.calls; }
    /// Whether the planned crash has come.
    bool struck() const { return plan_.struck; }
    How how() const { return plan_.how; }

    /// Whether the present life is over, although its last handler may still run: what it tells then, nobody hears.
    bool dead() const { return plan_.dead; }

    /// Begins a life on the files that are there; the node must be down.
    void start() {
        plan_.dead = false;
        plan_.scratch.clear();
        world_.start(node_);
        settle();
    }
    /// Lets time pass. After the crash the node is down.
    void run(Duration time) {
        world_.run_for(time);
        check();
    }
    /// The same crash from outside, between two handlers.
    void crash(How how) {
        if (how == How::kill)
            world_.kill(node_);
        else
            world_.power_off(world_.machine_of(node_));
        check();
    }
    bool up() const { return world_.state(node_) != sim::NodeState::down; }
    sim::FileTable& files() { return world_.files(node_); }
    sim::World& world() { return world_; }
    sim::NodeId node() const { return node_; }

private:
    /// A life: the host that counts, and the node on it.
    class Life final : public Node {
    public:
        Life(Host& host, CrashPlan& plan, sim::World& world, sim::NodeId node, const sim::NodeFactory& factory)
            : host_(host, plan, world, node), node_(factory(host_)) {}
        void start() override { node_->start(); }
        void shutdown(Task done) override { node_->shutdown(std::move(done)); }

    private:
        CrashHost host_;
        std::unique_ptr<Node> node_;
    };

    void settle() {
        world_.run_for(Duration::zero());
        check();
    }
    void check() const { BROKERSIM_CHECK(!world_.crash(), "{}", world_.crash()->what); }

    CrashPlan plan_;
    sim::World world_;
    sim::NodeId node_;
};

}  // namespace brokersim::testing
