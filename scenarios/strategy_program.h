#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/client/allocate.h"

/// Programs of the user's that share queues out: assignment = "exec:COMMAND". A run hands them questions and goes by
/// their answers; how a program is started and spoken to is the affair of whoever starts the run.
namespace brokersim::scenario {

/// A program that runs.
class StrategyProgram {
public:
    virtual ~StrategyProgram() = default;
    /// Hands it one line and takes the line that answers it, both without their ends. An error says why there is none.
    virtual std::expected<std::string, std::string> ask(const std::string& line) = 0;
};

/// Starts the program of a command's words (command_line.h).
using StartProgram =
    std::function<std::expected<std::unique_ptr<StrategyProgram>, std::string>(const std::vector<std::string>& words)>;

/// An answer as it came, or why none came.
using Answer = std::expected<std::string, std::string>;
/// By the digest of command and question.
using Answers = std::map<std::string, Answer>;

/// The programs of one run. Each is started when it is first asked, and asked each question once: whoever asks the same
/// again gets the same answer, so that the strategy is a function, as RocketMQ's are.
class StrategyPrograms {
public:
    /// With `recorded`, answers are taken from there, and nothing is started.
    StrategyPrograms(StartProgram start, std::optional<Answers> recorded);
    ~StrategyPrograms();

    /// The strategy of a group; the same object for the same arguments. The command was split without an error.
    const client::AllocateStrategy& strategy(const std::string& group, std::string_view command);

    /// What makes the run useless, with question and answer; nothing so far if it is empty. After that every share is
    /// empty.
    const std::optional<std::string>& failure() const { return failure_; }
    /// All that were given so far.
    const Answers& answers() const { return answers_; }

private:
    class Strategy;
    class Shares;
    client::QueueRefs share(const Strategy& strategy, std::size_t place, const client::Queues& queues,
                            const client::ClientIds& client_ids);
    Answer answer(const std::string& command, const std::string& input);
    Answer ask(const std::string& command, const std::string& input);

    StartProgram start_;
    std::optional<Answers> recorded_;
    Answers answers_;
    std::map<std::string, std::unique_ptr<StrategyProgram>> programs_;          // by command
    std::map<std::string, std::unique_ptr<Strategy>, std::less<>> strategies_;  // by group
    std::optional<std::string> failure_;
};

}  // namespace brokersim::scenario
