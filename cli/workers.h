#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace brokersim::cli {

/// What came of one piece of work.
struct WorkResult {
    bool done = false;
    std::string text;  // what the work returned; where it is not done, what became of its process
};

/// Does `count` pieces of work, `jobs` of them at a time, each in a child process of its own: what a piece does to its
/// memory, or how it dies, is nobody else's affair. Results come in the order of the pieces, however many jobs there
/// are. `progress` is told how many are done whenever one more is, and now and then. Throws Interrupted if the user
/// asks to stop; the children are then gone.
std::vector<WorkResult> in_processes(std::size_t count, std::size_t jobs,
                                     const std::function<std::string(std::size_t)>& work,
                                     const std::function<void(std::size_t done)>& progress);

/// As many as this machine has processors.
std::size_t processors();

}  // namespace brokersim::cli
