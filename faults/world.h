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
    /// Takes the power from the node's machine: the process is gone, peers see silence.
    virtual void cut_power(const std::string& node) = 0;
    /// Starts a process of the node again, on its machine and with its files; the machine gets power first.
    virtual void start(const std::string& node) = 0;
    /// Runs `fn`, which ends a fault, after `delay` of world time, or when everything heals, whichever comes first.
    virtual void heal_after(Duration delay, Task fn) = 0;
};

}  // namespace brokersim::faults
