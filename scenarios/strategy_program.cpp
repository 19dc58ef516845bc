#include "scenarios/strategy_program.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "core/draw.h"
#include "scenarios/command_line.h"
#include "scenarios/strategy_lines.h"

namespace brokersim::scenario {
namespace {

constexpr std::size_t longest_shown = 2'000;

std::string shown(const std::string& text) {
    return text.size() <= longest_shown ? text
                                        : fmt::format("{}... ({} bytes)", text.substr(0, longest_shown), text.size());
}

/// The line with bytes that are no UTF-8 replaced, so that capsules and reports can hold it.
std::string whole_text(const std::string& line) {
    using Json = nlohmann::json;
    return Json::parse(Json(line).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

}  // namespace

/// Asks a program for each share.
class StrategyPrograms::Shares final : public client::Shares {
public:
    Shares(StrategyPrograms& programs, const Strategy& strategy, const client::Queues& queues,
           const client::ClientIds& client_ids)
        : programs_(programs), strategy_(strategy), queues_(queues), client_ids_(client_ids) {}
    client::QueueRefs of(std::size_t place) const override {
        return programs_.share(strategy_, place, queues_, client_ids_);
    }

private:
    StrategyPrograms& programs_;
    const Strategy& strategy_;
    const client::Queues& queues_;
    const client::ClientIds& client_ids_;
};

class StrategyPrograms::Strategy final : public client::AllocateStrategy {
public:
    Strategy(StrategyPrograms& programs, std::string group, std::string command)
        : programs_(programs), group_(std::move(group)), command_(std::move(command)) {}
    const std::string& group() const { return group_; }
    const std::string& command() const { return command_; }
    std::string real_name() const override { return "exec:" + command_; }
    std::expected<std::unique_ptr<const client::Shares>, std::string> share_out(
        const client::Queues& queues, const client::ClientIds& client_ids) const override {
        return std::make_unique<Shares>(programs_, *this, queues, client_ids);
    }

private:
    StrategyPrograms& programs_;
    std::string group_;
    std::string command_;
};

StrategyPrograms::StrategyPrograms(StartProgram start, std::optional<Answers> recorded)
    : start_(std::move(start)), recorded_(std::move(recorded)) {}

StrategyPrograms::~StrategyPrograms() = default;

const client::AllocateStrategy& StrategyPrograms::strategy(const std::string& group, std::string_view command) {
    std::unique_ptr<Strategy>& made = strategies_[group];
    if (made == nullptr) made = std::make_unique<Strategy>(*this, group, std::string(command));
    BROKERSIM_CHECK(made->command() == command, "group {} has two programs", group);
    return *made;
}

client::QueueRefs StrategyPrograms::share(const Strategy& strategy, std::size_t place, const client::Queues& queues,
                                          const client::ClientIds& client_ids) {
    if (failure_) return {};
    const std::string input = question_input(strategy.group(), client_ids.at(place), queues, client_ids);
    const Answer got = answer(strategy.command(), input);
    auto share = got ? read_share(*got, client_ids[place], queues, client_ids)
                     : std::expected<client::QueueRefs, std::string>(std::unexpected(got.error()));
    if (got && got->find('\n') != std::string::npos) share = std::unexpected("the answer has more than one line");
    if (share) return std::move(*share);
    failure_ = fmt::format("exec:{}: {}\n  asked: {}\n  answered: {}", strategy.command(), share.error(),
                           shown(question_line(answers_.size(), input)), got ? shown(*got) : "nothing");
    return {};
}

Answer StrategyPrograms::answer(const std::string& command, const std::string& input) {
    const std::string digest = fmt::format("{:016x}", text_identity(fmt::format("{}\n{}", command, input)));
    if (const auto known = answers_.find(digest); known != answers_.end()) return known->second;
    if (!recorded_) return answers_.emplace(digest, ask(command, input)).first->second;
    const auto recorded = recorded_->find(digest);
    if (recorded == recorded_->end()) return std::unexpected("the run that is made again was not asked this");
    return answers_.insert(*recorded).first->second;
}

Answer StrategyPrograms::ask(const std::string& command, const std::string& input) {
    std::unique_ptr<StrategyProgram>& program = programs_[command];
    if (program == nullptr) {
        if (!start_) return std::unexpected("programs are not started here");
        const auto words = split_command(command);
        BROKERSIM_CHECK(words.has_value(), "{}: {}", command, words.error());
        auto started = start_(*words);
        if (!started) return std::unexpected(started.error());
        program = std::move(*started);
    }
    Answer answer = program->ask(question_line(answers_.size() + 1, input));
    if (answer) answer = whole_text(*answer);
    return answer;
}

}  // namespace brokersim::scenario
