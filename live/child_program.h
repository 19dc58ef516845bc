#pragma once

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace brokersim::live {

/// A program of the user's that answers lines with lines: its standard input and output are ours, its standard error is
/// shared. One thread uses it.
class ChildProgram {
public:
    /// Starts words[0], looked up in PATH unless it has a slash, with the other words as its arguments; no shell has a
    /// hand in it. `patience` is how long an answer may take. An error says why it did not start.
    static std::expected<std::unique_ptr<ChildProgram>, std::string> start(const std::vector<std::string>& words,
                                                                           std::chrono::milliseconds patience);
    /// Closes its input, gives it a second to end, and kills it if it does not.
    ~ChildProgram();
    ChildProgram(const ChildProgram&) = delete;
    ChildProgram& operator=(const ChildProgram&) = delete;

    /// Hands it `line` and takes the next line that it writes; if more came with it, all of that, with the line ends
    /// between. An error says why there is none (it ended, it was too slow, it wrote before it was asked); the program
    /// is then of no further use.
    std::expected<std::string, std::string> ask(const std::string& line);

private:
    ChildProgram(pid_t pid, int to, int from, std::chrono::milliseconds patience)
        : pid_(pid), to_(to), from_(from), patience_(patience) {}
    std::string how_it_ended();

    pid_t pid_;  // 0: it was waited for
    int to_;
    int from_;
    std::chrono::milliseconds patience_;
    std::string heard_;  // read, not yet handed on
};

}  // namespace brokersim::live
