#include "reports/assignment_table.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "reports/numbers.h"
#include "reports/table.h"

namespace brokersim::report {
namespace {

using scenario::assign::Json;

struct Row {
    std::string member;
    std::optional<std::size_t> count;  // none: no share
    std::string share;
};

/// "0-3,7" for 0, 1, 2, 3, 7.
std::string runs(const std::vector<std::int64_t>& numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t end = i + 1;
        while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
        if (!text.empty()) text += ',';
        text += end - i > 1 ? fmt::format("{}-{}", numbers[i], numbers[end - 1]) : fmt::format("{}", numbers[i]);
        i = end;
    }
    return text;
}

/// A share as [[name, [number, ...]], ...].
Row row_of(const std::string& member, const Json& share) {
    Row row{member, 0, ""};
    for (const Json& part : share) {
        const auto numbers = part.at(1).get<std::vector<std::int64_t>>();
        *row.count += numbers.size();
        if (!row.share.empty()) row.share += "  ";
        row.share += part.at(0).get<std::string>() + " " + runs(numbers);
    }
    return row;
}

/// The queues that places in [[broker, [queueId, ...]], ...] stand for, each as [broker, queueId].
std::vector<Json> flattened(const Json& by_broker) {
    std::vector<Json> queues;
    for (const Json& broker : by_broker)
        for (const Json& id : broker.at(1)) queues.push_back(Json::array({broker.at(0), id}));
    return queues;
}

/// A share of RocketMQ's: places in the sorted queues, or the queues themselves.
Json by_broker(const Json& share, const std::vector<Json>& sorted) {
    if (share.empty() || share.front().is_array()) return share;
    Json result = Json::array();
    for (const Json& place : share) {
        const Json& queue = sorted.at(place.get<std::size_t>());
        if (result.empty() || result.back().at(0) != queue.at(0))
            result.push_back(Json::array({queue.at(0), Json::array()}));
        result.back()[1].push_back(queue.at(1));
    }
    return result;
}

std::vector<Row> rows_of(const Json& output) {
    std::vector<Row> rows;
    const bool rocketmq = output.contains("allocation");
    const std::vector<Json> sorted = rocketmq ? flattened(output.at("mq_sorted")) : std::vector<Json>();
    for (const auto& [member, share] : output.at(rocketmq ? "allocation" : "assignment").items()) {
        if (share.is_null())
            rows.push_back({member, std::nullopt, "nothing is said about it"});
        else
            rows.push_back(row_of(member, rocketmq ? by_broker(share, sorted) : share));
    }
    if (const auto errors = output.find("errors"); errors != output.end())
        for (const auto& [member, error] : errors->items())
            rows.push_back({member == "*" ? "everybody" : member, std::nullopt, error.get<std::string>()});
    return rows;
}

std::string summary(const std::vector<Row>& rows, const Json& output) {
    std::size_t sum = 0;
    std::size_t least = SIZE_MAX;
    std::size_t most = 0;
    for (const Row& row : rows) {
        if (!row.count) continue;
        sum += *row.count;
        least = std::min(least, *row.count);
        most = std::max(most, *row.count);
    }
    if (least == SIZE_MAX) return "";
    std::string text =
        fmt::format("  {} among {}, {}\n", count_text(static_cast<std::int64_t>(sum), "queue"),
                    count_text(static_cast<std::int64_t>(rows.size()), "member"),
                    least == most ? fmt::format("{} each", most) : fmt::format("{} to {} each", least, most));
    const auto withheld = output.find("transferring");
    if (withheld != output.end() && !withheld->empty())
        text += fmt::format("  {} more change hands in the next round, when their owners have given them up\n",
                            withheld->size());
    return text;
}

}  // namespace

std::string assignment_table(const Json& line) {
    const Json& output = line.at("output");
    std::string text = line.at("algo").get<std::string>();
    if (const auto name = line.find("case"); name != line.end())
        text += "  " + (name->is_string() ? name->get<std::string>() : name->dump());
    text += '\n';
    if (!output.contains("allocation") && !output.contains("assignment")) {
        for (const auto& [key, value] : output.items())
            text += fmt::format("  {}  {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
        return text;
    }
    const auto rows = rows_of(output);
    std::size_t columns = std::string("member").size();
    for (const Row& row : rows) columns = std::max(columns, width(row.member));
    const auto padded = [columns](const std::string& member) {
        return member + std::string(columns - width(member), ' ');
    };
    text += fmt::format("  {}  queues  which\n", padded("member"));
    for (const Row& row : rows)
        text += fmt::format("  {}  {:>6}{}\n", padded(row.member), row.count ? std::to_string(*row.count) : "-",
                            row.share.empty() ? "" : "  " + row.share);
    return text + summary(rows, output);
}

}  // namespace brokersim::report
