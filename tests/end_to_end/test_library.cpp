#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"

namespace brokersim::testing {
namespace {

/// The metric of the run of a variant.
double metric(const nlohmann::json& result, const std::string& variant, const std::string& name) {
    for (const auto& run : result["runs"])
        if (run["variant"] == variant) return run["metrics"][name];
    ADD_FAILURE() << "no variant " << variant;
    return -1;
}

TEST(Library, APowerCutTakesAcknowledgedMessagesFromABrokerThatDoesNotFlushFirst) {
    const Scratch scratch;
    const Ended ended =
        brokersim("run '" BROKERSIM_SOURCE "/scenarios/broker-power-cut.toml' --out '" + scratch.path("out") + "'");
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    const auto result = nlohmann::json::parse(read(scratch.path("out") + "/result.json"));
    EXPECT_EQ(metric(result, "sync flush", "messages.lost"), 0);
    EXPECT_GT(metric(result, "async flush", "messages.lost"), 0);
    EXPECT_NE(ended.out.find("before they were flushed"), std::string::npos) << ended.out;
}

TEST(Library, ScenariosShowWhatTheySay) {
    for (const std::string name : {"hot-queue", "machine-room-outage"}) {
        const Ended ended = brokersim("run '" BROKERSIM_SOURCE "/scenarios/" + name + ".toml'");
        EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    }
}

}  // namespace
}  // namespace brokersim::testing
