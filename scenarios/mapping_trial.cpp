#include "scenarios/mapping_trial.h"

#include <functional>
#include <utility>

#include "core/check.h"
#include "sim/machine.h"
#include "sim/page_cache.h"
#include "sim/world.h"

namespace brokersim::scenario {
namespace {

constexpr std::uint64_t page = 4096;

/// A thread on a machine of its own: takes a step, waits for what that costs, takes the next.
class Trial final : private sim::Sleeper {
public:
    Trial(const TrialMachine& machine, std::uint64_t bytes)
        : world_(1, world_options()),
          cache_(*world_.machine(world_.add_machine(machine_spec(machine))).page_cache),
          file_(cache_.add(nullptr, bytes)) {}

    sim::PageCache& cache() { return cache_; }
    sim::CachedFile& file() { return file_; }
    sim::IoDebt& debt() { return debt_; }

    /// Calls `step` until it says that nothing is left; each may run up debts, or flush. Returns the time that all of
    /// it took.
    Duration run(std::function<bool()> step) {
        step_ = std::move(step);
        go_on();
        while (!over_) {
            const sim::RunStatus status = world_.run_for(longest_wait);
            BROKERSIM_CHECK(status == sim::RunStatus::reached, "the world of a thread stands still");
        }
        return ended_at_.time_since_epoch();
    }
    /// To be called within a step: the thread goes on when the range is on the disk.
    void flush(std::uint64_t offset, std::uint64_t length) {
        flushing_ = true;
        cache_.flush(file_, offset, length, [this] {
            flushing_ = false;
            go_on();
        });
    }

private:
    static constexpr Duration longest_wait{1'000'000'000};

    static sim::WorldOptions world_options() {
        sim::WorldOptions options;
        options.storage.model = sim::StorageModel::modelled;
        return options;
    }
    static sim::MachineSpec machine_spec(const TrialMachine& machine) {
        return {.name = "trial",
                .memory_bytes = machine.memory_bytes,
                .disk = machine.figures.device,
                .page_cache = cache_spec(machine)};
    }
    static sim::PageCacheSpec cache_spec(const TrialMachine& machine) {
        sim::PageCacheSpec spec = machine.cache;
        spec.minor_fault = machine.figures.costs.minor_fault.value_or(spec.minor_fault);
        spec.write_fault = machine.figures.costs.write_fault.value_or(spec.write_fault);
        return spec;
    }

    void woken() override {
        if (debt_.front().kind == sim::Wait::Kind::io) debt_.pop();
        go_on();
    }
    void go_on() {
        while (!over_ && !flushing_) {
            if (debt_.paid()) {
                over_ = !step_();
                ended_at_ = world_.now();
            } else if (debt_.front().kind == sim::Wait::Kind::time) {
                const auto time = Duration(static_cast<std::int64_t>(debt_.front().value));
                world_.schedule(world_.now() + time, [this] {
                    debt_.pop();
                    go_on();
                });
                return;
            } else if (!cache_.serve(debt_, *this)) {
                return;
            }
        }
    }

    sim::World world_;
    sim::PageCache& cache_;
    sim::CachedFile& file_;
    sim::IoDebt debt_;
    std::function<bool()> step_;
    bool flushing_ = false;
    bool over_ = false;
    sim::WorldTime ended_at_{};
};

void touch(Trial& trial, std::uint64_t number) {
    if (!trial.file().hit_to_read(number * page, 1)) trial.cache().read(trial.file(), number * page, 1, trial.debt());
}

}  // namespace

Duration touch_in_order(const TrialMachine& machine, std::uint64_t bytes) {
    Trial trial(machine, bytes);
    trial.cache().take_as_stored(trial.file(), 0, bytes);
    return trial.run([&, next = std::uint64_t{0}]() mutable {
        if (next * page >= bytes) return false;
        touch(trial, next++);
        return true;
    });
}

Duration touch_at_random(const TrialMachine& machine, std::uint64_t bytes, const std::vector<std::uint64_t>& pages) {
    TrialMachine without_readahead = machine;
    without_readahead.cache.readahead_bytes = 0;
    Trial trial(without_readahead, bytes);
    trial.cache().take_as_stored(trial.file(), 0, bytes);
    return trial.run([&, next = std::size_t{0}]() mutable {
        if (next == pages.size()) return false;
        touch(trial, pages[next++]);
        return true;
    });
}

Duration append(const TrialMachine& machine, std::uint64_t bytes, std::uint64_t piece, std::uint64_t flush_every) {
    BROKERSIM_CHECK(piece > 0 && bytes % piece == 0 && flush_every % piece == 0, "pieces of {} bytes", piece);
    const Duration copy =
        machine.figures.costs.append_per_kib.value_or(Duration(50)) * static_cast<std::int64_t>(piece / 1024);
    Trial trial(machine, bytes);
    return trial.run([&, copy, next = std::uint64_t{0}, flushed = std::uint64_t{0}]() mutable {
        if (flush_every > 0 && next == flushed + flush_every) {
            trial.flush(flushed, flush_every);
            flushed = next;
            return true;
        }
        if (next == bytes) return false;
        if (!trial.file().hit_to_write(next, piece)) trial.cache().write(trial.file(), next, piece, trial.debt());
        trial.debt().add_time(copy);
        next += piece;
        return true;
    });
}

}  // namespace brokersim::scenario
