#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"

namespace brokersim::testing {
namespace {

using ::testing::HasSubstr;

/// The small scenario with one text replaced.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = read(small_scenario);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

struct BadFile {
    std::string from, to, says;
};

class BadInput : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadInput, ends_with_code_2_and_says_where_and_what) {
    const Scratch scratch;
    const std::string path = scratch.write("bad.toml", changed(GetParam().from, GetParam().to));
    const Ended ended = brokersim("run '" + path + "'");
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr(path + ":"));
    EXPECT_THAT(ended.err, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(Cli, BadInput,
                         ::testing::Values(BadFile{"queues = 3", "quues = 3", "queues"},
                                           BadFile{"rate  = \"200/s\"", "rate  = \"-200/s\"", "-200/s"},
                                           BadFile{"node = \"billing/3\"", "node = \"biling/3\"", "billing"},
                                           BadFile{"time = \"8s\"", "time = \"8 parsecs\"", "8 parsecs"},
                                           BadFile{"queues = 3", "queues = 0", "1..16384"},
                                           BadFile{"queues = 3", "queues = 3\nrate = \"1/s\"", "[[producer]]"},
                                           BadFile{"name     = \"small", std::string("\xff\0\x01", 3), ":"}));

TEST(Cli, a_file_that_is_not_there_is_bad_input) {
    const Ended ended = brokersim("run /nowhere/scenario.toml");
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("/nowhere/scenario.toml"));
}

TEST(Cli, an_unknown_command_or_option_is_bad_input) {
    EXPECT_EQ(brokersim("runn x.toml").code, 2);
    EXPECT_EQ(brokersim("run --sede 4 '" + small_scenario + "'").code, 2);
    EXPECT_EQ(brokersim("run --seeds 9..3 '" + small_scenario + "'").code, 2);
    EXPECT_EQ(brokersim("run --variant nobody '" + small_scenario + "'").code, 2);
    EXPECT_EQ(brokersim("").code, 2);
}

TEST(Cli, help_and_version_are_no_errors) {
    EXPECT_EQ(brokersim("--help").code, 0);
    EXPECT_EQ(brokersim("run --help").code, 0);
    EXPECT_THAT(brokersim("--version").out, HasSubstr("brokersim"));
}

TEST(Cli, output_that_cannot_be_written_is_told) {
    for (const std::string& command :
         {std::string("list keys"), std::string("--help"), "run --check '" + small_scenario + "'"}) {
        const Ended ended = brokersim(command, "full() { \"$@\" >/dev/full; }; full");
        EXPECT_EQ(ended.code, 4) << command;
        EXPECT_THAT(ended.err, HasSubstr("standard output: No space left on device")) << command;
    }
}

TEST(Cli, check_validates_without_running) {
    const Ended ended = brokersim("run --check '" + small_scenario + "'");
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, HasSubstr("5 variants"));
}

TEST(Cli, lists_say_what_there_is) {
    for (const std::string what : {"faults", "keys", "metrics", "profiles", "promises", "strategies"}) {
        const Ended ended = brokersim("list " + what);
        EXPECT_EQ(ended.code, 0) << what;
        EXPECT_FALSE(ended.out.empty()) << what;
    }
}

constexpr const char* two_members =
    R"({"algo":"kafka.client.range","case":"two","input":{"topics":[{"name":"orders","partitions":3}],)"
    R"("members":[{"id":"a","topics":["orders"]},{"id":"b","topics":["orders"]}]}})";

TEST(Cli, assign_adds_the_output_to_each_line_of_a_file_or_of_standard_input) {
    const Scratch scratch;
    const std::string path = scratch.write("group.jsonl", std::string(two_members) + "\n\n" + two_members);
    const std::string line = std::string(two_members).substr(0, std::string(two_members).size() - 1) +
                             R"(,"output":{"assignment":{"a":[["orders",[0,1]]],"b":[["orders",[2]]]}}})" + "\n";
    for (const Ended& ended : {brokersim("assign '" + path + "'"), brokersim("assign -", "", path)}) {
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_EQ(ended.out, line + line);
    }
    const Ended table = brokersim("assign --table '" + path + "'");
    EXPECT_EQ(table.code, 0);
    EXPECT_THAT(table.out, HasSubstr("  a            2  orders 0-1\n  b            1  orders 2\n"));
    EXPECT_THAT(table.out, HasSubstr("3 queues among 2 members, 1 to 2 each"));
}

TEST(Cli, the_version_names_the_kind_of_build) {
    EXPECT_THAT(brokersim("--version").out, HasSubstr(BROKERSIM_BUILD_TYPE));
}

TEST(Cli, assign_names_each_line_that_it_cannot_use_and_answers_the_others) {
    const Scratch scratch;
    const std::string path = scratch.write(
        "group.jsonl", std::string(R"({"algo":"kafka.client.rang","input":{}})") + "\n{\n" +
                           R"({"algo":"java.string_hashcode","input":{"s":7}})" + "\n" + std::string(10'000, '[') +
                           "\n" + two_members + "\n" + R"({"algo":"java.string_hashcode","input":{"s":1e400}})" + "\n" +
                           R"({"algo":"rocketmq.consistenthash.route","input":{"nodes":["a","b","c"],)" +
                           R"("virtual_nodes":1000000,"keys":["k"]}})" + "\n");
    const Ended ended = brokersim("assign '" + path + "'");
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr(path + ":1: line.algo: there is no `kafka.client.rang`; did you mean "
                                            "`kafka.client.range`?"));
    EXPECT_THAT(ended.err, HasSubstr(path + ":2: column 2: this is no JSON"));
    EXPECT_THAT(ended.err, HasSubstr(path + ":3: input.s: must be a text"));
    EXPECT_THAT(ended.err, HasSubstr(path + ":4: nested deeper"));
    EXPECT_THAT(ended.err, HasSubstr(path + ":6: a number is too large"));
    EXPECT_THAT(ended.err, HasSubstr(path + ":7: input.virtual_nodes: 1000000 for each of 3 members: a ring has room "
                                            "for 2000000 places in all"));
    EXPECT_THAT(ended.out, HasSubstr("\"output\""));
    EXPECT_EQ(brokersim("assign /nowhere/group.jsonl").code, 2);
}

TEST(Cli, the_readme_holds_the_reference_that_the_program_prints) {
    EXPECT_THAT(read(BROKERSIM_SOURCE "/README.md"), HasSubstr(brokersim("list keys").out));
}

TEST(Cli, every_scenario_of_the_library_is_valid) {
    for (const auto& entry : std::filesystem::directory_iterator(BROKERSIM_SOURCE "/scenarios"))
        if (entry.path().extension() == ".toml") {
            EXPECT_EQ(brokersim("run --check '" + entry.path().string() + "'").code, 0) << entry.path();
        }
}

TEST(Cli, a_failed_expectation_gives_code_1_and_a_capsule_that_replays) {
    const Scratch scratch;
    const std::string path = scratch.write("wrong.toml", changed("equals = 0", "at_least = 1"));
    const Ended ended =
        brokersim("run '" + path + "' --variant 'kafka range' --seed 3 --out '" + scratch.path("out") + "'");
    EXPECT_EQ(ended.code, 1) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("messages.lost is 0, wanted at least 1"));
    EXPECT_THAT(ended.out, HasSubstr("brokersim replay"));
    const Ended again = brokersim("replay '" + scratch.path("out") + "/kafka-range-3.capsule.json'");
    EXPECT_EQ(again.code, 1) << again.out << again.err;
    EXPECT_THAT(again.out, HasSubstr("digests are equal"));
}

TEST(Cli, a_capsule_of_another_run_is_a_defect_and_garbage_is_bad_input) {
    const Scratch scratch;
    const std::string path = scratch.write("wrong.toml", changed("equals = 0", "at_least = 1"));
    brokersim("run '" + path + "' --variant 'kafka range' --seed 3 --out '" + scratch.path("out") + "'");
    auto capsule = nlohmann::ordered_json::parse(read(scratch.path("out") + "/kafka-range-3.capsule.json"));
    capsule["digest"] = "0123456789abcdef";
    const Ended other = brokersim("replay '" + scratch.write("other.json", capsule.dump()) + "'");
    EXPECT_EQ(other.code, 3);
    EXPECT_THAT(other.out, HasSubstr("DIFFERENT"));
    EXPECT_EQ(brokersim("replay '" + scratch.write("garbage", "\x01\x02{") + "'").code, 2);
    EXPECT_EQ(brokersim("replay /nowhere").code, 2);
}

}  // namespace
}  // namespace brokersim::testing
