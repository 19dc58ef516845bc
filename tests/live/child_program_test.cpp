#include "live/child_program.h"

#include <gtest/gtest.h>

namespace brokersim::live {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<ChildProgram> shell(const std::string& script, std::chrono::milliseconds patience = 10s) {
    auto program = ChildProgram::start({"sh", "-c", script, "sh"}, patience);
    EXPECT_TRUE(program) << program.error();
    return std::move(*program);
}

TEST(ChildProgram, AnswersLinesWithLines) {
    const auto program = shell("while read -r line; do echo \"<$line>\"; done");
    EXPECT_EQ(program->ask("one"), "<one>");
    EXPECT_EQ(program->ask("two  'words'"), "<two  'words'>");
    EXPECT_EQ(program->ask(""), "<>");
}

TEST(ChildProgram, GivesAllThatCameTogether) {
    EXPECT_EQ(shell("read line; printf 'a\\nb\\n'; sleep 60")->ask("x"), "a\nb");
}

TEST(ChildProgram, TakesLinesLongerThanAPipe) {
    const auto program = shell("cat");
    const std::string line(1 << 20, 'x');
    EXPECT_EQ(program->ask(line), line);
}

TEST(ChildProgram, GetsItsWordsWithoutAShell) {
    auto program = ChildProgram::start({"echo", "$HOME", "a  b", "*"}, 10s);
    ASSERT_TRUE(program);
    EXPECT_EQ((*program)->ask("anything"), "$HOME a  b *");
}

TEST(ChildProgram, SaysWhyThereIsNoAnswer) {
    EXPECT_EQ(shell("read line; exit 7")->ask("x").error(), "it ended with exit code 7");
    EXPECT_EQ(shell("read line; kill -9 $$")->ask("x").error(), "it was ended by signal 9");
    EXPECT_EQ(shell("echo early; sleep 60")->ask(std::string(1 << 22, 'x')).error(),
              "it wrote without being asked: early");
    EXPECT_EQ(shell("sleep 60", 50ms)->ask("x").error(), "it did not answer within 50 ms");
    EXPECT_EQ(shell("printf half; sleep 60", 50ms)->ask("x").error(), "it did not answer within 50 ms");
}

TEST(ChildProgram, IsOfNoUseAfterItsEnd) {
    const auto program = shell("exit 0");
    EXPECT_EQ(program->ask("x").error(), "it ended with exit code 0");
    EXPECT_EQ(program->ask("x").error(), "it has ended");
}

TEST(ChildProgram, ThatDoesNotExistIsNotStarted) {
    const auto program = ChildProgram::start({"/no/such/program"}, 10s);
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error(), "/no/such/program cannot be started: No such file or directory");
}

TEST(ChildProgram, IsKilledIfItDoesNotEndByItself) {
    const auto program = shell("trap '' TERM; while :; do sleep 60; done");  // the destructor must come back
}

}  // namespace
}  // namespace brokersim::live
