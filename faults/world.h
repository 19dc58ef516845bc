#pragma once

#include <string>

#include "core/callback.h"
#include "core/types.h"

/// What a fault may do to the world that it strikes. Implemented for the simulated world (scenarios/stage.h); a live
/// world can implement the same with real processes.
namespace brokersim::faults {

class World {
public:
    virtual ~World() = default;

    /// True if a process of the node runs at this moment.
    virtual bool running(const std::string& node) const = 0;
    /// Ends the node's process at once (SIGKILL): nothing of it runs again, its sockets are closed by the kernel, its
    /// page cache stays.
    virtual void kill(const std::string& node) = 0;
    /// Takes the power from the node's machine: the process is gone, peers see silence, and of its files there is what
    /// the disk holds.
    virtual void cut_power(const std::string& node) = 0;
    /// Starts a process of the node again, on its machine and with its files; the machine gets power first.
    virtual void start(const std::string& node) = 0;
    /// The node's next flush of its message log fails; what it was to write is taken for clean, and is not on the disk.
    virtual void fail_flush(const std::string& node) = 0;
    /// Of the node's next flush of its message log a page goes to the place of another one, unnoticed.
    virtual void misdirect_write(const std::string& node) = 0;
    /// Flips one bit of the node's message log.
    virtual void flip_bit(const std::string& node) = 0;
    /// Runs `fn`, which ends a fault, after `delay` of world time, or when everything heals, whichever comes first.
    virtual void heal_after(Duration delay, Task fn) = 0;
};

}  // namespace brokersim::faults
