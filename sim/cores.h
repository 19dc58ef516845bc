#pragma once

#include <cstdint>

#include "sim/types.h"

namespace brokersim::sim {

class World;
struct Handler;

/// The cores of one machine: CPU debts of all its nodes' handlers, first come, first served, in slices. A debt longer
/// than a slice goes back to the end of the queue after each. One engine event for each slice.
class Cores {
public:
    Cores(World& world, int cores) : world_(world), cores_(cores), free_(cores) {}

    /// Takes over a handler that owes CPU time (cpu_left > 0); Process::paid_up is called when it has been served.
    void submit(Handler& handler);
    /// Gives a handler back before it was served (its process was killed or stopped); its cpu_left tells what is left.
    void withdraw(Handler& handler);

    int count() const { return cores_; }
    int busy() const { return cores_ - free_; }
    std::int64_t waiting() const { return waiting_; }
    /// Core time given so far, in ns (of all cores together), slices that have ended only.
    std::int64_t served_ns() const { return served_ns_; }

private:
    void begin_slice(Handler& handler);
    void end_slice(Handler& handler);
    void enqueue(Handler& handler);
    void begin_next();

    World& world_;
    int cores_;
    int free_;
    std::int64_t waiting_ = 0;
    std::int64_t served_ns_ = 0;
    Handler* head_ = nullptr;
    Handler* tail_ = nullptr;
};

}  // namespace brokersim::sim
