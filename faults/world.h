#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/callback.h"
#include "core/types.h"

/// What a fault may do to the world that it strikes. Implemented for the simulated world (scenarios/stage.h); a live
/// world can implement the same with real processes.
namespace brokersim::faults {

/// What is wrong on the way from one node to another.
struct LinkTrouble {
    bool silent = false;         // nothing arrives
    Duration delay{0};           // added to each one-way latency
    std::uint32_t loss_ppm = 0;  // of the frames, below 1,000,000; TCP repeats what is lost

    bool operator==(const LinkTrouble&) const = default;
};
/// One trouble that was laid on links, one pause, and one stall of a disk, to take them away again.
enum class TroubleId : std::uint64_t {};
enum class PauseId : std::uint64_t {};
enum class StallId : std::uint64_t {};

class World {
public:
    virtual ~World() = default;

    /// True if a process of the node is there at this moment, paused or not, and is not shutting down.
    virtual bool running(const std::string& node) const = 0;
    /// Ends the node's process at once (SIGKILL): nothing of it runs again, its sockets are closed by the kernel, its
    /// page cache stays.
    virtual void kill(const std::string& node) = 0;
    /// Takes the power from the node's machine: the process is gone, peers see silence, and of its files there is what
    /// the disk holds.
    virtual void cut_power(const std::string& node) = 0;
    /// Starts a process of the node again, on its machine and with its files; the machine gets power first. Does
    /// nothing if one runs; if one is shutting down, waits until it has ended.
    virtual void start(const std::string& node) = 0;
    /// Stops the node's running process (SIGSTOP) until every pause of it was taken back, or until it dies.
    virtual PauseId pause(const std::string& node) = 0;
    /// Takes one pause of the node back. The process that was paused may be dead.
    virtual void resume(const std::string& node, PauseId pause) = 0;
    /// Lays a trouble on the links from each node of `from` to each of `to`, this direction only. Several on one link
    /// add up: silence wins, delays add, a frame passes if each lets it pass.
    virtual TroubleId trouble(std::span<const std::string> from, std::span<const std::string> to,
                              LinkTrouble trouble) = 0;
    /// Takes that trouble away; others stay.
    virtual void lift(TroubleId trouble) = 0;
    /// The node's next flush of its message log fails; what it was to write is taken for clean, and is not on the disk.
    virtual void fail_flush(const std::string& node) = 0;
    /// Of the node's next flush of its message log a page goes to the place of another one, unnoticed.
    virtual void misdirect_write(const std::string& node) = 0;
    /// Flips one bit of the node's message log.
    virtual void flip_bit(const std::string& node) = 0;
    /// The disk of the node's machine does nothing until every stall of it was taken back.
    virtual StallId stall_disk(const std::string& node) = 0;
    /// Takes one stall of that disk back.
    virtual void free_disk(const std::string& node, StallId stall) = 0;
    /// Runs `fn`, which ends a fault, after `delay` of world time, or when everything heals, whichever comes first.
    /// Without a delay: when everything heals.
    virtual void heal_after(std::optional<Duration> delay, Task fn) = 0;
};

}  // namespace brokersim::faults
