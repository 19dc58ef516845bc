#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"

namespace brokersim::testing {
namespace {

const std::string averagely = "python3 " BROKERSIM_SOURCE "/tests/end_to_end/averagely.py";

/// The one run of a result.json, without what names the strategy.
nlohmann::json run_of(const Scratch& scratch) {
    auto json = nlohmann::json::parse(read(scratch.path("out") + "/result.json"))["runs"][0];
    json.erase("host");
    return json;
}

/// A file in which the base has no variant that says otherwise.
std::string without_variants(const Scratch& scratch, const std::string& assignment, const std::string& more = "") {
    std::string text = read(small_scenario);
    text.erase(text.find("[[variant]]"));
    const std::string name = "name      = \"billing\"";
    text.insert(text.find(name) + name.size(), "\nassignment = \"" + assignment + "\"");
    return scratch.write("mine.toml", text + more);
}

TEST(Programs, OwnAveragelyGivesTheRunOfTheBuiltInOne) {
    const Scratch scratch;
    const std::string file = without_variants(scratch, "averagely");
    EXPECT_EQ(brokersim("run '" + file + "' --out '" + scratch.path("out") + "'").code, 0);
    const auto built_in = run_of(scratch);
    const Ended ended = brokersim("run '" + file + "' --set 'group.billing.assignment=exec:" + averagely + "' --out '" +
                                  scratch.path("out") + "'");
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    EXPECT_EQ(run_of(scratch), built_in);
}

TEST(Programs, ReplayDoesNotRunThem) {
    const Scratch scratch;
    const std::string mark = scratch.path("ran");
    const std::string file =
        without_variants(scratch, "exec:sh -c 'echo ran >> " + mark + "; exec " + averagely + "'",
                         "[[expect]]\nmetric = \"messages.delivered\"\nequals = 1\n");  // leaves a capsule
    const Ended ended = brokersim("run '" + file + "' --out '" + scratch.path("out") + "'");
    EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
    EXPECT_EQ(read(mark), "ran\n");  // started once for the run
    const Ended again = brokersim("replay '" + scratch.path("out") + "/base-1.capsule.json'");
    EXPECT_EQ(again.code, 1) << again.out << again.err;
    EXPECT_NE(again.out.find("The same run: digests are equal."), std::string::npos) << again.out;
    EXPECT_EQ(read(mark), "ran\n");
}

TEST(Programs, AnswersThatAreNoneEndTheRunAndAreNamed) {
    const Scratch scratch;
    const auto refused = [&](const std::string& option) {
        const std::string file = without_variants(scratch, "exec:" + averagely + " " + option);
        const Ended ended = brokersim("run '" + file + "' --out '" + scratch.path("out") + "'");
        EXPECT_EQ(ended.code, 2) << ended.out << ended.err;
        EXPECT_NE(ended.out.find("asked: {\"algo\":"), std::string::npos) << ended.out;
        return ended.out;
    };
    const std::string garbage = refused("--garbage");
    EXPECT_NE(garbage.find("the answer is not JSON"), std::string::npos) << garbage;
    EXPECT_NE(garbage.find("answered: no idea"), std::string::npos) << garbage;
    const std::string miss = refused("--miss");
    EXPECT_NE(miss.find("is given to nobody"), std::string::npos) << miss;
    const std::string exited = refused("--exit");
    EXPECT_NE(exited.find("it ended with exit code 5"), std::string::npos) << exited;
    const Ended again = brokersim("replay '" + scratch.path("out") + "/base-1.capsule.json'");
    EXPECT_EQ(again.code, 2) << again.out << again.err;
    EXPECT_NE(again.out.find("it ended with exit code 5"), std::string::npos) << again.out;
}

TEST(Programs, CheckStartsNone) {
    const Scratch scratch;
    const std::string file = without_variants(scratch, "exec:/no/such/program");
    EXPECT_EQ(brokersim("run '" + file + "' --check").code, 0);
    const Ended ended = brokersim("run '" + file + "' --out '" + scratch.path("out") + "'");
    EXPECT_EQ(ended.code, 2) << ended.out;
    EXPECT_NE(ended.out.find("/no/such/program cannot be started"), std::string::npos) << ended.out;
}

}  // namespace
}  // namespace brokersim::testing
