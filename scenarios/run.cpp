#include "scenarios/run.h"

#include <algorithm>

#include "core/check.h"
#include "faults/fault.h"
#include "scenarios/assignment.h"
#include "scenarios/bounds.h"
#include "scenarios/expectations.h"
#include "scenarios/measures/quantities.h"
#include "scenarios/nodes.h"
#include "scenarios/operations.h"
#include "scenarios/readers.h"
#include "scenarios/schedule.h"

namespace brokersim::scenario {
namespace {

constexpr Duration step = std::chrono::seconds(1);  // how often levels are sampled and quiet is looked for

Scenario seeded(Scenario scenario, std::uint64_t seed) {
    scenario.seed = seed;
    return scenario;
}

StageOptions with(StageOptions options, StrategyPrograms& programs) {
    options.programs = &programs;
    return options;
}

std::vector<bool> kafka_groups(const Scenario& scenario) {
    std::vector<bool> kafka;
    for (const Reader& reader : readers_of(scenario)) kafka.push_back(has_coordinator(scenario.groups[reader.group]));
    return kafka;
}

/// One run from its beginning to its verdict.
class Run {
public:
    Run(const Variant& variant, std::uint64_t seed, const RunOptions& options)
        : options_(options),
          scenario_(seeded(variant.scenario, seed)),
          programs_(options.start_program, options.recorded),
          stage_(scenario_, seed, with(options.stage, programs_)),
          context_(checker_context(scenario_, stage_)),
          checkers_(make_checkers(stage_.history(), context_)),
          measures_(stage_.history(), context_),
          noticing_(stage_.roster(), kafka_groups(scenario_)),
          expectations_(scenario_, stage_.history(), context_) {
        for (const auto& checker : checkers_)
            if (!scenario_.promises_off.contains(std::string(checker->promise()))) {
                judging_.push_back(checker.get());
                stage_.history().add(*checker);
            }
        stage_.history().add(noticing_);
        result_.variant = variant.name;
        result_.seed = seed;
        result_.scenario = scenario_;
    }

    RunResult go() {
        if (pass(stage_.set_up())) {
            load_start_ = stage_.world().now();
            wires_before_ = stage_.wires_busy_ns();
            schedule_events();
            stage_.storage_meters().begin(sim::ns_of(load_start_));
            stage_.start_clients();
            stage_.on_relief([this] { look_for_healing(); });
            look_for_healing();
            if (load() && drain()) judge();
        }
        describe();
        return std::move(result_);
    }

private:
    bool load() {
        if (!run_to(scenario_.duration)) return false;
        wires_after_ = stage_.wires_busy_ns();
        stage_.end_load();
        stage_.heal();
        BROKERSIM_CHECK(result_.healed_at.has_value(), "something did not heal");
        return true;
    }

    bool drain() {
        const Duration most = scenario_.duration + scenario_.drain;
        for (Duration at = scenario_.duration; at < most; at += step) {
            if (stage_.quiet()) {
                result_.drained = true;
                return true;
            }
            if (!run_to(std::min(at + step, most))) return false;
        }
        result_.drained = stage_.quiet();
        return true;
    }

    /// Runs on to `until` after the beginning of the load; false if the world stopped before.
    bool run_to(Duration until) {
        for (;;) {
            const Duration passed = stage_.world().now() - load_start_;
            if (options_.progress) options_.progress(passed, scenario_.duration + scenario_.drain);
            if (passed >= until) return true;
            if (!pass(stage_.world().run_until(load_start_ + std::min(passed + step, until))) || !answered())
                return false;
            stage_.sample_levels();
            stage_.storage_meters().sample();
        }
    }

    /// False, and the outcome is set, if the world cannot go on.
    bool pass(sim::RunStatus status) {
        switch (status) {
            case sim::RunStatus::reached:
                return true;
            case sim::RunStatus::livelock:
                end(Outcome::timeout, "livelock: more than a million events at one instant");
                return false;
            case sim::RunStatus::store_limit:
                end(Outcome::limit, "the brokers' files need more room than this machine, or the run's limit, has");
                return false;
            case sim::RunStatus::crashed: {
                const sim::Crash& crash = *stage_.world().crash();
                end(Outcome::crashed,
                    fmt::format("{}: {}",
                                crash.node == sim::no_node ? "the world" : stage_.world().node_name(crash.node),
                                crash.what));
                return false;
            }
        }
        BROKERSIM_CHECK(false, "status {}", static_cast<int>(status));
    }

    /// False, and the outcome is set, if a program that assigns queues is of no use.
    bool answered() {
        if (programs_.failure()) end(Outcome::unanswered, *programs_.failure());
        return !programs_.failure();
    }

    void end(Outcome outcome, const std::string& why) {
        result_.outcome = outcome;
        result_.message = fmt::format("at {} ns of the load, seed {}: {}", stage_.recorder().now(), result_.seed, why);
    }

    void schedule_events() {
        for (const Occurrence& occurrence : schedule(scenario_)) {
            const EventSpec& event = scenario_.events[occurrence.event];
            if (unseen(event)) ++unseen_to_come_;
            stage_.world().schedule(load_start_ + occurrence.time,
                                    [this, &event, n = occurrence.number] { carry_out(event, n); });
        }
    }

    static bool unseen(const EventSpec& event) { return !event.fault.empty() && faults::find(event.fault)->unseen; }

    void carry_out(const EventSpec& event, std::int64_t n) {
        const std::string target = target_text(event, n);
        stage_.recorder().record(named_event(stage_.recorder().now(), stage_.world().names().id(event.name)));
        result_.struck.push_back(
            {stage_.recorder().now(), event.name, std::string(word_of(event)), target, !event.fault.empty()});
        if (event.fault.empty())
            operate(event, n);
        else
            faults::find(event.fault)->strike(stage_, strike_of(event, scenario_));
        if (unseen(event)) --unseen_to_come_;
        look_for_healing();
    }

    void operate(const EventSpec& event, std::int64_t n) {
        if (event.operation == Operation::start) {
            for (const NodeName& node : struck_nodes(event)) stage_.start(node.text());
            return;
        }
        const std::string node = target_text(event, n);
        if (!stage_.running(node)) return;
        stage_.stop(node);
        if (event.operation == Operation::restart || (event.operation == Operation::roll && !event.lasts))
            stage_.start(node);
        else if (event.lasts)
            stage_.heal_after(event.lasts, [this, node] { stage_.start(node); });
    }

    /// Tells the checkers, once, that from now on only such faults are at work as the history tells of.
    void look_for_healing() {
        if (result_.healed_at || unseen_to_come_ > 0 || stage_.troubled()) return;
        result_.healed_at = stage_.recorder().now();
        stage_.recorder().record(healed(stage_.recorder().now()));
    }

    void judge() {
        stage_.world().check_littles_law();
        const std::vector<BrokerFiles> files = stage_.broker_files();
        std::vector<RecordSink*> sinks(judging_.begin(), judging_.end());
        sinks.push_back(&measures_);
        for (RecordSink* sink : expectations_.sinks()) sinks.push_back(sink);
        const LogAudit audit = audit_logs(stage_.roster(), files, sinks);
        const RunEnd run_end{stage_.recorder().now(), result_.drained, &audit};
        for (Checker* checker : judging_) result_.promises.push_back(checker->finish(run_end));
        MeasureResults measured = measures_.finish(run_end);
        result_.metrics = std::move(measured.metrics);
        result_.series = std::move(measured.series);
        result_.group_events = std::move(measured.events);
        result_.noticed = noticing_.found();
        add_network();
        add_pauses("servers", stage_.pauses().servers);
        add_pauses("clients", stage_.pauses().clients);
        stage_.storage_meters().finish(sim::ns_of(stage_.world().now()), result_.metrics, result_.series);
        result_.expectations = expectations_.judge(run_end, result_.metrics, result_.promises);
        result_.outcome = outcome();
        answered();  // checkers ask, too
    }

    void add_pauses(const std::string& of, const sim::Pauses& pauses) {
        result_.metrics[fmt::format("pauses.{}.count", of)] = {static_cast<std::int64_t>(pauses.count), 1};
        result_.metrics[fmt::format("pauses.{}.total_ms", of)] = milliseconds(pauses.total_ns);
        result_.metrics[fmt::format("pauses.{}.max_ms", of)] = milliseconds(pauses.longest_ns);
    }

    void add_network() {
        std::int64_t busiest = 0;
        for (std::size_t wire = 0; wire < wires_after_.size(); ++wire)
            busiest = std::max(busiest, wires_after_[wire] - wires_before_[wire]);
        const std::int64_t load = scenario_.duration.count();
        result_.metrics["network.busy_ratio"] =
            ratio(static_cast<std::int64_t>((static_cast<__int128>(busiest) * 1'000'000 + load / 2) / load), 1'000'000);
        result_.metrics["network.queue_max_bytes"] = {stage_.longest_send_queue(), 1};
        result_.metrics["network.bytes"] = {static_cast<std::int64_t>(stage_.network_bytes()), 1};
        put_mean(result_.metrics, "time.network", stage_.recorder().network_time());
    }

    Outcome outcome() const {
        // A promise that the scenario expects to break, in every seed or in some, is judged by that expectation.
        const auto expected_to_break = [this](const std::string& promise) {
            return std::any_of(scenario_.expectations.begin(), scenario_.expectations.end(),
                               [&](const ExpectationSpec& spec) {
                                   return spec.promise == promise && spec.broken != BrokenWhen::never;
                               });
        };
        for (const Verdict& verdict : result_.promises)
            if (!verdict.held() && !expected_to_break(verdict.promise)) return Outcome::broken;
        for (const ExpectationResult& expectation : result_.expectations)
            if (!expectation.held) return Outcome::failed;
        return Outcome::held;
    }

    void describe() {
        result_.digest = stage_.world().digest().value();
        result_.ladder = stage_.world().digest().ladder();
        result_.virtual_ns = stage_.recorder().now();
        result_.events = stage_.world().events();
        result_.answers = programs_.answers();
    }

    const RunOptions& options_;
    const Scenario scenario_;
    StrategyPrograms programs_;
    Stage stage_;
    CheckerContext context_;
    std::vector<std::unique_ptr<Checker>> checkers_;
    std::vector<Checker*> judging_;
    Measures measures_;
    Noticing noticing_;
    Expectations expectations_;
    sim::WorldTime load_start_{};
    std::vector<std::int64_t> wires_before_;  // the load, and
    std::vector<std::int64_t> wires_after_;   // how long they had been busy when it ended
    std::int64_t unseen_to_come_ = 0;         // occurrences of faults that no event of the history tells of
    RunResult result_;
};

}  // namespace

RunResult run(const Variant& variant, std::uint64_t seed, const RunOptions& options) {
    try {
        return Run(variant, seed, options).go();
    } catch (const BrokenInvariant& broken) {  // outside of the world's handlers, where the world would have caught it
        RunResult result;
        result.variant = variant.name;
        result.seed = seed;
        result.scenario = variant.scenario;
        result.outcome = Outcome::crashed;
        result.message = fmt::format("seed {}: {}", seed, broken.what());
        return result;
    }
}

}  // namespace brokersim::scenario
