#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/assign/algorithms.h"
#include "tests/support/tar.h"

/// Every line that the real systems' own classes printed (tests/vectors/assignment/README.md), through what `brokersim
/// assign` runs.
namespace brokersim::scenario::assign {
namespace {

struct File {
    const char* name;
    int lines;
};
void PrintTo(const File& file, std::ostream* out) { *out << file.name; }

/// With sorted keys, so that their order does not count.
nlohmann::json sorted(const Json& json) { return nlohmann::json::parse(json.dump()); }

class Vectors : public ::testing::TestWithParam<File> {};

TEST_P(Vectors, are_reproduced_exactly) {
    std::istringstream lines(
        brokersim::testing::read_gz(std::string(BROKERSIM_VECTORS "/assignment/") + GetParam().name + ".jsonl.gz"));
    int read = 0;
    int wrong = 0;
    for (std::string line; std::getline(lines, line); ++read) {
        const Json given = Json::parse(line);
        const auto answered = answer(line);
        ASSERT_TRUE(answered.has_value()) << given.at("case") << ": " << answered.error();
        if (sorted(answered->at("output")) == sorted(given.at("output"))) continue;
        if (++wrong <= 3)
            ADD_FAILURE() << given.at("algo") << " " << given.at("case") << "\n gives  " << answered->at("output")
                          << "\n but is " << given.at("output");
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(read, GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(Assign, Vectors,
                         ::testing::Values(File{"hash_java_string", 50}, File{"hash_kafka_group_partition", 50},
                                           File{"hash_kafka_murmur2", 200}, File{"hash_rocketmq_consistenthash", 120},
                                           File{"hash_rocketmq_select_queue", 50},
                                           File{"kafka_client_cooperative_sticky", 805},
                                           File{"kafka_client_range", 332}, File{"kafka_client_roundrobin", 201},
                                           File{"kafka_client_sticky", 578}, File{"kafka_kip848_range", 166},
                                           File{"kafka_kip848_uniform", 580}, File{"rocketmq_averagely", 178},
                                           File{"rocketmq_averagely_by_circle", 177}, File{"rocketmq_config", 15},
                                           File{"rocketmq_consistent_hash", 182}, File{"rocketmq_machine_room", 100},
                                           File{"rocketmq_machine_room_nearby", 122}),
                         [](const auto& file) { return std::string(file.param.name); });

}  // namespace
}  // namespace brokersim::scenario::assign
