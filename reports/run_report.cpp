#include "reports/run_report.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/conclusions.h"
#include "reports/event_blocks.h"
#include "reports/numbers.h"
#include "reports/scenario_text.h"
#include "reports/table.h"
#include "scenarios/words.h"

namespace brokersim::report {
namespace {

using scenario::GroupEventReport;
using scenario::RunResult;
using Results = std::span<const RunResult>;

/// One row: the same question to every variant.
std::vector<std::string> ask(Results results, const std::function<std::string(const RunResult&)>& question) {
    std::vector<std::string> answers;
    for (const RunResult& result : results) answers.push_back(question(result));
    return answers;
}

std::string metric_count(const RunResult& result, const std::string& name) {
    const auto found = result.metrics.find(name);
    return found == result.metrics.end() ? "-" : rational_text(found->second);
}

std::string metric_ms(const RunResult& result, const std::string& name) {
    const auto found = result.metrics.find(name);
    if (found == result.metrics.end()) return "-";
    return duration_text(static_cast<std::int64_t>(decimal(found->second) * 1e6 + 0.5));
}

std::string header(Results results) {
    std::vector<NamedScenario> variants;
    for (const RunResult& result : results) variants.push_back({result.variant, &result.scenario});
    return scenario_text(variants, fmt::format("seed {}", results.front().seed));
}

/// Who was missed after the event; null if nobody was.
const scenario::Noticed* find_noticed(const RunResult& result, const GroupEventReport& like) {
    for (const scenario::Noticed& noticed : result.noticed)
        if (noticed.event == like.event && noticed.group == like.group && noticed.at == like.at && noticed.after)
            return &noticed;
    return nullptr;
}

std::string_view reason_text(note::LeaveReason reason) {
    switch (reason) {
        case note::LeaveReason::unregistered:
            return "said goodbye:";
        case note::LeaveReason::connection_closed:
            return "connection closed:";
        case note::LeaveReason::expired:
            return "heard nothing for long:";
        case note::LeaveReason::rebalance_timeout:
            return "rebalance timed out:";
    }
    return "";
}

void event_rows(Table& table, Results results, const GroupEventReport& like, bool many_groups) {
    const std::string of = many_groups ? fmt::format(" ({})", like.group) : "";
    const auto row = [&](const std::string& label, const std::function<std::string(const GroupEventReport&)>& value) {
        table.row(label + of, ask(results, [&](const RunResult& result) {
                      const GroupEventReport* report = same_block(result, like);
                      return report == nullptr ? std::string("-") : value(*report);
                  }));
    };
    if (std::any_of(results.begin(), results.end(),
                    [&](const RunResult& result) { return find_noticed(result, like) != nullptr; }))
        table.row("somebody was missed after" + of, ask(results, [&](const RunResult& result) {
                      const scenario::Noticed* noticed = find_noticed(result, like);
                      return noticed == nullptr
                                 ? std::string("-")
                                 : fmt::format("{} {}", reason_text(noticed->reason), duration_text(*noticed->after));
                  }));
    const bool owners = std::any_of(results.begin(), results.end(), [&](const RunResult& result) {
        const GroupEventReport* report = same_block(result, like);
        return report != nullptr && report->owns;
    });
    const auto owned_row = [&](const std::string& label,
                               const std::function<std::string(const GroupEventReport&)>& value) {
        if (owners) row(label, [&](const auto& report) { return report.owns ? value(report) : std::string("-"); });
    };
    owned_row("agreed after", [](const auto& report) { return duration_text(report.agreed_after, "not in time"); });
    owned_row("queues moved (least possible)", [](const auto& report) {
        return fmt::format("{} ({})", report.queues_moved, report.queues_moved_least);
    });
    const auto time = [&](const std::string& label, std::int64_t GroupEventReport::* what) {
        const bool somewhere = std::any_of(results.begin(), results.end(), [&](const RunResult& result) {
            const GroupEventReport* report = same_block(result, like);
            return report != nullptr && report->*what != 0;
        });
        if (somewhere) row(label, [what](const GroupEventReport& report) { return duration_text(report.*what); });
    };
    time("queue time without owner", &GroupEventReport::unowned);
    time("queue time with two owners", &GroupEventReport::doubly_owned);
    row("worst queue stood still", [](const auto& report) { return duration_text(report.worst_still); });
    time("whole group stood still", &GroupEventReport::all_stopped);
    row("came twice (after a change of owner)", [](const auto& report) {
        return fmt::format("{} ({})", count_text(static_cast<std::int64_t>(report.came_twice)),
                           count_text(static_cast<std::int64_t>(report.handed_twice)));
    });
}

/// How evenly a group shared its queues and its work, and what it cost in requests.
void group_rows(Table& table, Results results, const std::string& name, bool many_groups) {
    const std::string of = many_groups ? fmt::format(" ({})", name) : "";
    const auto metric = [&](const RunResult& result, std::string_view what) {
        return metric_count(result, fmt::format("group.{}.{}", name, what));
    };
    table.row("most over mean: queues, load" + of, ask(results, [&](const RunResult& result) {
                  return fmt::format("{}, {}", metric(result, "imbalance"), metric(result, "load_imbalance"));
              }));
    table.row("requests for the group (commits)" + of, ask(results, [&](const RunResult& result) {
                  return fmt::format("{} ({})", metric(result, "requests.all"),
                                     metric(result, "requests.offset_commit"));
              }));
}

/// A number of which nobody wants the thousandths.
std::string metric_rounded(const RunResult& result, const std::string& name) {
    const auto found = result.metrics.find(name);
    return found == result.metrics.end() ? "-" : count_text(std::llround(decimal(found->second)));
}

/// How fast a group worked off what waited, beside what arithmetic says; left out where no variant ever was that busy.
void drain_rows(Table& table, Results results, const std::string& reader, bool many_groups) {
    const std::string of = many_groups ? fmt::format(" ({})", reader) : "";
    const std::string rate = fmt::format("group.{}.drain_rate", reader);
    if (std::none_of(results.begin(), results.end(),
                     [&](const RunResult& result) { return result.metrics.contains(rate); }))
        return;
    table.row("drained a second (by arithmetic)" + of, ask(results, [&](const RunResult& result) {
                  return fmt::format("{} ({})", metric_rounded(result, rate),
                                     metric_rounded(result, rate + "_expected"));
              }));
    const std::string waiting = fmt::format("group.{}.backlog.mean", reader);
    table.row("waiting, on average" + of,
              ask(results, [&](const RunResult& result) { return metric_rounded(result, waiting); }));
}

/// Left out where no link is near its limit.
void network_row(Table& table, Results results) {
    constexpr double much = 0.5;
    const auto busy = [](const RunResult& result) {
        const auto found = result.metrics.find("network.busy_ratio");
        return found == result.metrics.end() ? 0 : decimal(found->second);
    };
    if (std::none_of(results.begin(), results.end(), [&](const RunResult& result) { return busy(result) > much; }))
        return;
    table.row("busiest network card",
              ask(results, [&](const RunResult& result) { return fmt::format("{:.1f} % busy", busy(result) * 100); }));
    table.row("most bytes waiting in a socket",
              ask(results, [](const RunResult& result) { return metric_count(result, "network.queue_max_bytes"); }));
}

void pause_row(Table& table, Results results) {
    const auto pauses = [](const RunResult& result, const std::string& whose) {
        return fmt::format("{}, {}", metric_count(result, "pauses." + whose + ".count"),
                           metric_ms(result, "pauses." + whose + ".total_ms"));
    };
    if (std::all_of(results.begin(), results.end(), [](const RunResult& result) {
            const auto servers = result.metrics.find("pauses.servers.count");
            const auto clients = result.metrics.find("pauses.clients.count");
            return (servers == result.metrics.end() || servers->second.num == 0) &&
                   (clients == result.metrics.end() || clients->second.num == 0);
        }))
        return;
    table.row("pauses of servers", ask(results, [&](const RunResult& result) { return pauses(result, "servers"); }));
    table.row("pauses of clients", ask(results, [&](const RunResult& result) { return pauses(result, "clients"); }));
}

void whole_run_rows(Table& table, Results results) {
    const auto count = [&](const std::string& label, const std::string& metric) {
        table.row(label, ask(results, [&](const RunResult& result) { return metric_count(result, metric); }));
    };
    const auto time = [&](const std::string& label, const std::string& metric) {
        table.row(label, ask(results, [&](const RunResult& result) { return metric_ms(result, metric); }));
    };
    table.block("the whole run");
    count("messages acknowledged", "messages.acknowledged");
    count("sends rejected", "messages.rejected");
    count("sends timed out", "messages.timed_out");
    count("deliveries", "messages.delivered");
    count("came twice", "messages.duplicated");
    const std::vector<std::string> readers = reader_names(results);
    for (const std::string& reader : readers) group_rows(table, results, reader, readers.size() > 1);
    for (const std::string& reader : readers) drain_rows(table, results, reader, readers.size() > 1);
    network_row(table, results);
    pause_row(table, results);
    count("lost", "messages.lost");
    count("still waiting at the end", "messages.pending");
    time("send p50", "latency.send.p50_ms");
    time("send p99", "latency.send.p99_ms");
    time("end to end p50", "latency.end_to_end.p50_ms");
    time("end to end p99", "latency.end_to_end.p99_ms");
    table.row("digest", ask(results, [](const RunResult& result) { return digest_text(result.digest); }));
    table.row("verdict",
              ask(results, [](const RunResult& result) { return std::string(scenario::word(result.outcome)); }));
}

std::string promises_text(Results results) {
    std::vector<std::string> held, off;
    for (const auto& verdict : results.front().promises)
        if (std::all_of(results.begin(), results.end(), [&](const RunResult& result) {
                return std::any_of(result.promises.begin(), result.promises.end(), [&](const auto& other) {
                    return other.promise == verdict.promise && other.held() && other.not_judged.empty();
                });
            }))
            held.push_back(verdict.promise);
    for (const auto& [promise, reason] : results.front().scenario.promises_off)
        off.push_back(fmt::format("{} ({})", promise, reason));
    std::string text = fmt::format("Promises held by every variant: {}.\n",
                                   held.empty() ? "none" : fmt::format("{}", fmt::join(held, ", ")));
    for (const RunResult& result : results)
        for (const auto& verdict : result.promises) {
            if (!verdict.held())
                text += fmt::format("  {}: {} is BROKEN, see below.\n", result.variant, verdict.promise);
            if (!verdict.not_judged.empty())
                text += fmt::format("  {}: {} was not judged in full: {}.\n", result.variant, verdict.promise,
                                    verdict.not_judged);
        }
    if (!off.empty()) text += fmt::format("Switched off by the scenario: {}.\n", fmt::join(off, ", "));
    return text;
}

std::string expectations_text(Results results) {
    std::size_t held = 0, all = 0;
    for (const RunResult& result : results)
        for (const auto& expectation : result.expectations) {
            ++all;
            held += expectation.held ? 1 : 0;
        }
    return all == 0 ? "" : fmt::format("Expectations: {} of {} held.\n", held, all);
}

std::string speed_text(Results results, std::span<const HostFacts> hosts) {
    std::int64_t virtual_ns = 0, wall_ns = 0, events = 0;
    double delivered = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        virtual_ns += results[i].virtual_ns;
        wall_ns += hosts[i].wall_ns;
        events += static_cast<std::int64_t>(results[i].events);
        if (const auto found = results[i].metrics.find("messages.delivered"); found != results[i].metrics.end())
            delivered += decimal(found->second);
    }
    if (wall_ns == 0) return "";
    std::string text = fmt::format("Speed: {} of virtual time in {} ({:.0f} times real time), {} events",
                                   duration_text(virtual_ns), duration_text(wall_ns),
                                   static_cast<double>(virtual_ns) / static_cast<double>(wall_ns), count_text(events));
    if (delivered > 0)
        text += fmt::format(", {:.1f} for each delivery, {:.0f} ns each", static_cast<double>(events) / delivered,
                            static_cast<double>(wall_ns) / static_cast<double>(events));
    return text + ".\n";
}

}  // namespace

std::string run_report(Results results, std::span<const HostFacts> hosts, const RunReportOptions& options) {
    std::string text = header(results);
    std::vector<std::string> names;
    for (const RunResult& result : results) names.push_back(result.variant);
    Table table(names);
    const bool many_groups = reader_names(results).size() > 1;
    std::string last_title;
    for (const EventBlock& block : event_blocks(results)) {
        const std::string title = block_title(results, block);
        if (title != last_title) table.block(title);
        last_title = title;
        event_rows(table, results, *block.report, many_groups);
    }
    whole_run_rows(table, results);
    text += '\n' + table.text() + '\n';
    if (!last_title.empty()) text += std::string(event_legend()) + '\n';
    for (const std::string& sentence : conclusions(results)) text += sentence + '\n';
    text += promises_text(results) + expectations_text(results) + speed_text(results, hosts);
    if (!options.result_path.empty()) text += fmt::format("Everything as JSON: {}\n", options.result_path);
    if (!options.replay)
        text += fmt::format("Next: brokersim run {} --seed {}    (another seed: other times, the same promises)\n",
                            options.file, results.front().seed + 1);
    return text;
}

std::string failure_report(const RunResult& result, const std::string& capsule) {
    if (result.outcome == scenario::Outcome::held) return "";
    std::string text = fmt::format("FAILED: variant \"{}\", seed {}: {}\n", result.variant, result.seed,
                                   scenario::word(result.outcome));
    if (!result.message.empty()) text += fmt::format("  {}\n", result.message);
    for (const auto& verdict : result.promises)
        for (const auto& broken : verdict.broken) {
            text +=
                fmt::format("  promise {} broken at {}: {}\n", broken.promise, duration_text(broken.at), broken.what);
            for (const auto& evidence : broken.evidence) text += fmt::format("    {}\n", evidence);
        }
    for (const auto& expectation : result.expectations) {
        if (expectation.held) continue;
        text += fmt::format("  {}\n", failed_text(expectation));
    }
    if (!capsule.empty()) text += fmt::format("  Again, exactly: brokersim replay {}\n", capsule);
    return text;
}

}  // namespace brokersim::report
