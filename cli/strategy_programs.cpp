#include "cli/strategy_programs.h"

#include "live/child_program.h"

namespace brokersim::cli {
namespace {

constexpr std::chrono::seconds patience{10};

class Process final : public scenario::StrategyProgram {
public:
    explicit Process(std::unique_ptr<live::ChildProgram> program) : program_(std::move(program)) {}
    std::expected<std::string, std::string> ask(const std::string& line) override { return program_->ask(line); }

private:
    std::unique_ptr<live::ChildProgram> program_;
};

}  // namespace

scenario::StartProgram programs_of_this_machine() {
    return [](const std::vector<std::string>& words)
               -> std::expected<std::unique_ptr<scenario::StrategyProgram>, std::string> {
        auto program = live::ChildProgram::start(words, patience);
        if (!program) return std::unexpected(program.error());
        return std::make_unique<Process>(std::move(*program));
    };
}

}  // namespace brokersim::cli
