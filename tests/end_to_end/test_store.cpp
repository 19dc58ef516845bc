#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"
#include "tests/support/tar.h"
#include "tests/support/written_store.h"

namespace brokersim::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BROKERSIM_SANITIZED 1
#endif
#endif
#ifdef BROKERSIM_SANITIZED
constexpr bool sanitized = true;  // a sanitizer has memory of its own
#else
constexpr bool sanitized = false;
#endif

/// A store of the vectors, unpacked below a directory of this test.
std::string unpack(const Scratch& scratch, const std::string& name) {
    for (const auto& [path, content] : read_tar_gz(std::string(BROKERSIM_VECTORS) + "/store/" + name + ".tar.gz")) {
        const fs::path file = scratch.path(path);
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
    }
    return scratch.path(name);
}

std::map<std::string, std::string> contents(const std::string& root) {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(root))
        if (entry.is_regular_file()) found.emplace(entry.path().string(), read(entry.path().string()));
    return found;
}

TEST(Store, EveryCommandHasHelp) {
    for (const std::string command : {"store", "store dump", "store verify", "store recover"}) {
        const Ended ended = brokersim(command + " --help");
        EXPECT_EQ(ended.code, 0) << command;
        EXPECT_THAT(ended.out, HasSubstr("--help")) << command;
    }
}

TEST(Store, WhatIsNoStoreOrNoOptionIsBadInput) {
    const Scratch scratch;
    const std::string store = unpack(scratch, "basic");
    EXPECT_EQ(brokersim("store verify /nowhere").code, 2);
    EXPECT_EQ(brokersim("store").code, 2);
    EXPECT_EQ(brokersim("store verfiy '" + store + "'").code, 2);
    EXPECT_EQ(brokersim("store dump '" + store + "' --slots 0").code, 2);
    const Ended above = brokersim("store dump '" + scratch.path("") + "'");
    EXPECT_EQ(above.code, 2);
    EXPECT_THAT(above.err, HasSubstr(store + " is one"));
    const Ended queue = brokersim("store dump '" + store + "' --queue TopicPey/0");
    EXPECT_EQ(queue.code, 2);
    EXPECT_THAT(queue.err, HasSubstr("did you mean `TopicPay/0`?"));
    EXPECT_THAT(brokersim("store dump '" + store + "' --index order-153").err, HasSubstr("TOPIC#KEY"));
    EXPECT_EQ(brokersim("store recover '" + store + "' --delay-levels '1s x'").code, 2);
}

TEST(Store, IsLookedIntoWhereNothingMayBeWritten) {
    const Scratch scratch;
    const std::string store = unpack(scratch, "features");
    const auto before = contents(store);
    const auto write = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
    for (const auto& entry : fs::recursive_directory_iterator(store))
        fs::permissions(entry.path(), write, fs::perm_options::remove);
    fs::permissions(store, write, fs::perm_options::remove);
    EXPECT_EQ(brokersim("store verify '" + store + "'").code, 0);
    EXPECT_EQ(brokersim("store dump '" + store + "'").code, 0);
    EXPECT_EQ(brokersim("store recover --dry-run '" + store + "'").code, 0);
    for (const auto& entry : fs::recursive_directory_iterator(store))
        fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
    fs::permissions(store, fs::perms::owner_write, fs::perm_options::add);
    EXPECT_TRUE(contents(store) == before);
}

TEST(Store, DumpGivesTheMessagesOfAQueueAndOfAKey) {
    const Scratch scratch;
    const std::string store = unpack(scratch, "features");
    const Ended queue = brokersim("store dump '" + store + "' --queue SCHEDULE_TOPIC_XXXX/0");
    EXPECT_EQ(queue.code, 0);
    EXPECT_THAT(queue.out, HasSubstr("\"topic\": \"SCHEDULE_TOPIC_XXXX\", \"queueId\": 0"));
    const Ended key = brokersim("store dump '" + store + "' --index 'FeatureTopic#v6-born'");
    EXPECT_EQ(key.code, 0);
    EXPECT_EQ(nlohmann::json::parse(key.out).at("phyOffset"), 14743);
    EXPECT_EQ(brokersim("store dump '" + store + "' --index 'FeatureTopic#nobody'").out, "");
}

TEST(Store, VerifySaysWhatIsWrongForPeopleAndForMachines) {
    const Scratch scratch;
    const std::string store = unpack(scratch, "damaged1");
    const Ended people = brokersim("store verify '" + store + "'");
    EXPECT_EQ(people.code, 1);
    EXPECT_THAT(people.out, HasSubstr("consumequeue/SmallB/0/00000000000000000800 at 40: unit 42 is"));
    const Ended machines = brokersim("store verify --json '" + store + "'");
    EXPECT_EQ(machines.code, 1);
    std::istringstream lines(machines.out);
    std::int64_t problems = 0;
    nlohmann::json last;
    for (std::string line; std::getline(lines, line);) {
        last = nlohmann::json::parse(line);
        problems += last.at("t") == "problem";
    }
    EXPECT_EQ(last.at("t"), "summary");
    EXPECT_EQ(last.at("problems"), problems);
    EXPECT_EQ(last.at("records"), 158);
}

TEST(Store, RecoverSaysWhatItDoesAndARefusalWhy) {
    const Scratch scratch;
    const std::string store = unpack(scratch, "damaged1");
    const auto before = contents(store);
    const Ended planned = brokersim("store recover --dry-run '" + store + "'");
    EXPECT_EQ(planned.code, 0);
    EXPECT_THAT(planned.out, HasSubstr("consumequeue/SmallB/0/00000000000000000800: unit 42 cut"));
    EXPECT_TRUE(contents(store) == before);
    const Ended done = brokersim("store recover '" + store + "'");
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.out, HasSubstr("recovered"));
    EXPECT_FALSE(fs::exists(store + "/abort"));
    EXPECT_THAT(brokersim("store recover '" + store + "'").out, HasSubstr("nothing to do"));
    fs::resize_file(store + "/commitlog/00000000000000032768", 1000);
    const Ended refused = brokersim("store recover '" + store + "'");
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err,
                HasSubstr("commitlog/00000000000000032768: 1000 bytes where files of this kind have 32768"));
    EXPECT_THAT(refused.err, HasSubstr("nothing was changed"));
}

TEST(Store, RecoverSaysWhatItCannotMend) {
    const Scratch scratch;
    const std::string store = unpack(scratch, "basic");
    std::fstream queue(store + "/consumequeue/TopicLog/0/00000000000000000000",
                       std::ios::binary | std::ios::in | std::ios::out);
    queue.seekp(204).put(0x20);
    queue.close();
    std::ofstream(store + "/abort") << "4711";
    const Ended done = brokersim("store recover '" + store + "'");
    EXPECT_EQ(done.code, 1);
    EXPECT_THAT(done.out, HasSubstr("recovered, but there is a problem left that no recovery mends: "
                                    "brokersim store verify " +
                                    store));
    const Ended again = brokersim("store recover '" + store + "'");
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.out, HasSubstr("nothing to do, but there is a problem left"));
}

TEST(Store, OfAScenarioVerifiesClean) {
    const Scratch scratch;
    ASSERT_EQ(
        brokersim("run '" + small_scenario + "' --variant 'kafka range' --keep-store '" + scratch.path("kept") + "'")
            .code,
        0);
    int stores = 0;
    for (const auto& entry : fs::recursive_directory_iterator(scratch.path("kept")))
        if (entry.path().filename() == "commitlog") {
            ++stores;
            const Ended ended = brokersim("store verify '" + entry.path().parent_path().string() + "'");
            EXPECT_THAT(ended.out, ::testing::AnyOf(HasSubstr("nothing wrong"), StartsWith("abort: the broker")));
            EXPECT_THAT(ended.out, ::testing::Not(HasSubstr("commitlog/0"))) << ended.out;
            EXPECT_THAT(ended.out, ::testing::Not(HasSubstr("consumequeue/"))) << ended.out;
        }
    EXPECT_GE(stores, 1);
}

TEST(Store, IsVerifiedInMemoryThatDoesNotGrowWithIt) {
    const Scratch scratch;
    write_store(scratch.path("store"), {.records = 200'000, .body = 512, .log_file = 64 << 20});
    const std::string store = scratch.path("store");
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == nullptr) _exit(99);
        execl(BROKERSIM_PROGRAM, "brokersim", "store", "verify", store.c_str(), nullptr);
        _exit(99);
    }
    int status = 0;
    rusage used{};
    ASSERT_EQ(wait4(child, &status, 0, &used), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    if (!sanitized) {
        EXPECT_LT(used.ru_maxrss, 64 << 10) << "KiB";  // the store has 150 MiB, and is not mapped
    }
}

}  // namespace
}  // namespace brokersim::testing
