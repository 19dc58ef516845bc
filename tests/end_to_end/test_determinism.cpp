#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"

namespace brokersim::testing {
namespace {

std::string result_of(const Scratch& scratch, const std::string& name, const std::string& arguments,
                      const std::string& before = "") {
    const Ended ended =
        brokersim("run '" + small_scenario + "' " + arguments + " --out '" + scratch.path(name) + "'", before);
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    return essence(scratch.path(name) + "/result.json");
}

TEST(Determinism, equal_seeds_give_equal_results) {
    const Scratch scratch;
    EXPECT_EQ(result_of(scratch, "a", "--seed 7"), result_of(scratch, "b", "--seed 7"));
}

TEST(Determinism, another_seed_gives_another_digest) {
    const Scratch scratch;
    const auto seven = nlohmann::json::parse(result_of(scratch, "a", "--seed 7"));
    const auto eight = nlohmann::json::parse(result_of(scratch, "b", "--seed 8"));
    for (std::size_t i = 0; i < seven["runs"].size(); ++i)
        EXPECT_NE(seven["runs"][i]["digest"], eight["runs"][i]["digest"]);
}

TEST(Determinism, neither_locale_nor_zone_nor_temporary_directory_nor_heap_content_matters) {
    const Scratch scratch;
    const std::string other_world = "TMPDIR='" + scratch.path("") +
                                    "' LC_ALL=C.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu MALLOC_PERTURB_=165 "
                                    "MALLOC_ARENA_MAX=1";
    EXPECT_EQ(result_of(scratch, "a", "--seed 7", "LC_ALL=C TZ=UTC MALLOC_PERTURB_=90"),
              result_of(scratch, "b", "--seed 7", other_world));
}

TEST(Determinism, the_order_of_variants_does_not_matter) {
    const Scratch scratch;
    const auto forth = nlohmann::json::parse(
        result_of(scratch, "a", "--seed 7 --variant 'rocketmq averagely' --variant 'kafka range'"));
    const auto back = nlohmann::json::parse(
        result_of(scratch, "b", "--seed 7 --variant 'kafka range' --variant 'rocketmq averagely'"));
    EXPECT_EQ(forth["runs"][0], back["runs"][1]);
    EXPECT_EQ(forth["runs"][1], back["runs"][0]);
}

TEST(Determinism, files_on_disk_give_the_digest_of_files_in_memory) {
    const Scratch scratch;
    EXPECT_EQ(result_of(scratch, "a", "--seed 7"),
              result_of(scratch, "b", "--seed 7 --keep-store '" + scratch.path("store") + "'"));
    EXPECT_TRUE(std::filesystem::is_directory(scratch.path("store")));
}

TEST(Determinism, variants_of_a_seed_are_sent_the_same_messages) {
    const Scratch scratch;
    const auto result = nlohmann::json::parse(result_of(scratch, "a", "--seed 9"));
    EXPECT_EQ(result["runs"][0]["metrics"]["messages.sent"], result["runs"][1]["metrics"]["messages.sent"]);
}

}  // namespace
}  // namespace brokersim::testing
