#include "core/client/allocate.h"

#include <zlib.h>

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace brokersim::client {
namespace {

using nlohmann::json;
using protocol::MessageQueue;

std::vector<json> vectors(const std::string& file) {
    const std::string path = std::string(BROKERSIM_VECTORS) + "/assignment/" + file;
    gzFile in = gzopen(path.c_str(), "rb");
    EXPECT_NE(in, nullptr) << path;
    std::string text;
    char buffer[65'536];
    for (int got = 0; in != nullptr && (got = gzread(in, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    if (in != nullptr) gzclose(in);
    std::vector<json> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) lines.push_back(json::parse(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return lines;
}

std::vector<MessageQueue> queues_of(const std::string& topic, const json& by_broker) {
    std::vector<MessageQueue> queues;
    for (const auto& broker : by_broker)
        for (const auto& id : broker[1]) queues.push_back({topic, broker[0], id});
    return queues;
}

/// Checks one line of the vectors; returns how many allocations it held.
std::size_t expect_line(const AllocateStrategy& strategy, const json& line) {
    const json& input = line["input"];
    const json& output = line["output"];
    const std::string topic = input["topic"];
    EXPECT_EQ(strategy.real_name(), output["name"].get<std::string>());

    auto queues = queues_of(topic, input["mq_all"]);
    sort_queues(queues);
    queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
    EXPECT_EQ(queues, queues_of(topic, output["mq_sorted"]));
    auto ids = input["cid_all"].get<std::vector<std::string>>();
    sort_client_ids(ids);
    EXPECT_EQ(ids, output["cid_sorted"].get<std::vector<std::string>>());

    std::size_t checked = 0;
    for (const auto& [id, wanted] : output["allocation"].items()) {
        const auto got = strategy.allocate(id, queues, ids);
        std::vector<MessageQueue> expected;
        for (const std::size_t index : wanted) expected.push_back(queues.at(index));
        EXPECT_TRUE(got.has_value()) << id;
        if (got.has_value()) {
            EXPECT_EQ(*got, expected) << id;
        }
        ++checked;
    }
    const json errors = output.value("errors", json::object());
    for (const auto& [id, message] : errors.items()) {
        const auto got = strategy.allocate(id == "*" ? ids.front() : id, queues, ids);
        EXPECT_FALSE(got.has_value()) << id;
        if (!got.has_value()) {
            EXPECT_EQ("IllegalArgumentException: " + got.error(), message.get<std::string>());
        }
        ++checked;
    }
    return checked;
}

class RealStrategies : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RealStrategies, GiveTheSameInEveryVector) {
    const auto [name, file] = GetParam();
    const AllocateStrategy* strategy = find_strategy(name);
    ASSERT_NE(strategy, nullptr);
    const auto lines = vectors(file);
    EXPECT_GE(lines.size(), 177U);
    std::size_t checked = 0;
    for (const json& line : lines) {
        SCOPED_TRACE(line["case"].get<std::string>());
        checked += expect_line(*strategy, line);
    }
    EXPECT_GT(checked, lines.size());
}

INSTANTIATE_TEST_SUITE_P(Allocate, RealStrategies,
                         ::testing::Values(std::pair("averagely", "rocketmq_averagely.jsonl.gz"),
                                           std::pair("averagely-by-circle", "rocketmq_averagely_by_circle.jsonl.gz")));

TEST(Strategies, AreFoundByName) {
    EXPECT_EQ(find_strategy("nonsense"), nullptr);
    for (const auto name : strategy_names()) EXPECT_NE(find_strategy(name), nullptr) << name;
}

TEST(JavaOrder, PutsSurrogatePairsBeforeTheLastPartOfTheBasicPlane) {
    EXPECT_TRUE(java_string_less("\U0001F600", "\uFF5E"));
    EXPECT_FALSE(java_string_less("\uFF5E", "\U0001F600"));
    EXPECT_TRUE(java_string_less("\uD7FF", "\U0001F600"));
    EXPECT_TRUE(java_string_less("c10", "c2"));
    EXPECT_TRUE(java_string_less("c", "c1"));
    EXPECT_FALSE(java_string_less("c", "c"));
}

}  // namespace
}  // namespace brokersim::client
