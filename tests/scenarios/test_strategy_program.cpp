#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/assign/algorithms.h"
#include "scenarios/command_line.h"
#include "scenarios/strategy_lines.h"
#include "scenarios/strategy_program.h"

namespace brokersim::scenario {
namespace {

using Words = std::vector<std::string>;

TEST(SplitCommand, SplitsAsAShellDoesWithoutItsExpansions) {
    EXPECT_EQ(split_command("python3 mine.py --seed 7"), (Words{"python3", "mine.py", "--seed", "7"}));
    EXPECT_EQ(split_command("  a\t'b c'  \"d 'e'\" f\\ g "), (Words{"a", "b c", "d 'e'", "f g"}));
    EXPECT_EQ(split_command(R"(a "b\"c\\d\e" 'f\g' x''y)"), (Words{"a", R"(b"c\d\e)", R"(f\g)", "xy"}));
    EXPECT_EQ(split_command("a '' $HOME * ~ `b` ; c"), (Words{"a", "", "$HOME", "*", "~", "`b`", ";", "c"}));
}

TEST(SplitCommand, SaysWhatIsWrong) {
    EXPECT_EQ(split_command("a 'b").error(), "a ' is not closed");
    EXPECT_EQ(split_command("a \"b").error(), "a \" is not closed");
    EXPECT_EQ(split_command("a \\").error(), "a backslash stands at its end");
    EXPECT_EQ(split_command("  ").error(), "it names no program");
    EXPECT_EQ(split_command("''").error(), "it names no program");
}

RC_GTEST_PROP(SplitCommand, TakesAnyQuotedWordsBack, (std::vector<std::string> words)) {
    words.insert(words.begin(), "program");
    std::string command;
    for (const std::string& word : words) {
        command += " '";
        for (const char c : word) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
        command += '\'';
    }
    const auto split = split_command(command);
    RC_ASSERT(split.has_value());
    RC_ASSERT(*split == words);
}

// --- lines ----------------------------------------------------------------------------------------------------------

const client::Queues queues{{"t", "broker-0", 0}, {"t", "broker-0", 1}, {"t", "broker-1", 0}};
const client::ClientIds ids{"c1", "c2"};

std::string question(std::size_t number, const std::string& asking) {
    return question_line(number, question_input("g", asking, queues, ids));
}

TEST(StrategyLines, AskWhatBrokersimAssignTakes) {
    EXPECT_EQ(question(1, "c2"),
              R"({"algo":"rocketmq.alloc.averagely","case":"1","input":{"group":"g","topic":"t",)"
              R"("mq_all":[["broker-0",[0,1]],["broker-1",[0]]],"cid_all":["c1","c2"],"asking":"c2"}})");
    const auto answered = assign::answer(question(1, "c2"));
    ASSERT_TRUE(answered) << answered.error();
    const auto share = read_share(answered->dump(), "c2", queues, ids);
    ASSERT_TRUE(share) << share.error();
    EXPECT_EQ(*share, (client::QueueRefs{&queues[2]}));
}

std::string refused(const std::string& allocation) {
    const auto share = read_share(R"({"output": {"allocation": )" + allocation + "}}", "c1", queues, ids);
    return share ? "taken" : share.error();
}

TEST(StrategyLines, TakeTheAskersShareAlone) {
    EXPECT_EQ(refused(R"({"c1": [2, 0]})"), "taken");
    EXPECT_EQ(*read_share(R"({"output": {"allocation": {"c1": [2, 0]}}})", "c1", queues, ids),
              (client::QueueRefs{&queues[2], &queues[0]}));
}

TEST(StrategyLines, RefuseWhatIsNoSharing) {
    EXPECT_EQ(read_share("nonsense", "c1", queues, ids).error(), "the answer is not JSON");
    EXPECT_EQ(read_share("[1]", "c1", queues, ids).error(), "the answer has no output.allocation");
    EXPECT_EQ(read_share("{}", "c1", queues, ids).error(), "the answer has no output.allocation");
    EXPECT_EQ(refused("[]"), "the answer has no output.allocation");
    EXPECT_EQ(refused(R"({"c2": [0]})"), "output.allocation has nothing for c1, who asks");
    EXPECT_EQ(refused(R"({"c1": 0})"), "output.allocation.c1 is no list of places in mq_all");
    EXPECT_EQ(refused(R"({"c1": [3]})"), "output.allocation.c1 has 3, but places in mq_all go from 0 to 2");
    EXPECT_EQ(refused(R"({"c1": [-1]})"), "output.allocation.c1 has -1, but places in mq_all go from 0 to 2");
    EXPECT_EQ(refused(R"({"c1": [0.5]})"), "output.allocation.c1 has 0.5, but places in mq_all go from 0 to 2");
    EXPECT_EQ(refused(R"({"c1": ["t"]})"), "output.allocation.c1 has \"t\", but places in mq_all go from 0 to 2");
    EXPECT_EQ(refused(R"({"c1": [0], "c3": []})"), "output.allocation has \"c3\", who is not in cid_all");
    EXPECT_EQ(refused(R"({"c1": [0, 0]})"), "queue t@broker-0:0 is given to c1 twice");
    EXPECT_EQ(refused(R"({"c1": [0, 1], "c2": [1, 2]})"), "queue t@broker-0:1 is given to both c1 and c2");
    EXPECT_EQ(refused(R"({"c1": [0], "c2": [1]})"), "queue t@broker-1:0 is given to nobody");
}

// --- programs of a run ----------------------------------------------------------------------------------------------

/// A program that answers with `line`, and counts.
struct Fake {
    StartProgram start() {
        return [this](const Words& words) -> std::expected<std::unique_ptr<StrategyProgram>, std::string> {
            ++started;
            EXPECT_EQ(words, (Words{"mine", "x y"}));
            return std::make_unique<Program>(*this);
        };
    }
    struct Program final : StrategyProgram {
        explicit Program(Fake& program) : fake(program) {}
        std::expected<std::string, std::string> ask(const std::string& question) override {
            fake.asked.push_back(question);
            return fake.line;
        }
        Fake& fake;
    };
    Answer line = R"({"output": {"allocation": {"c1": [0], "c2": [1, 2]}}})";
    int started = 0;
    std::vector<std::string> asked;
};

TEST(StrategyPrograms, StartOnceAndAskEachQuestionOnce) {
    Fake fake;
    StrategyPrograms programs(fake.start(), std::nullopt);
    const auto& strategy = programs.strategy("g", "mine 'x y'");
    EXPECT_EQ(fake.started, 0);
    for (int again = 0; again < 2; ++again) {
        EXPECT_EQ(strategy.allocate("c1", queues, ids), (client::Queues{queues[0]}));
        EXPECT_EQ(strategy.allocate("c2", queues, ids), (client::Queues{queues[1], queues[2]}));
    }
    EXPECT_EQ(fake.started, 1);
    EXPECT_EQ(fake.asked, (Words{question(1, "c1"), question(2, "c2")}));
    EXPECT_FALSE(programs.failure());

    StrategyPrograms again({}, programs.answers());  // as a replay does
    EXPECT_EQ(again.strategy("g", "mine 'x y'").allocate("c2", queues, ids), (client::Queues{queues[1], queues[2]}));
    EXPECT_FALSE(again.failure());
    EXPECT_EQ(again.strategy("g", "mine 'x y'").allocate("c2", {queues[0]}, ids), client::Queues{});
    EXPECT_NE(again.failure()->find("the run that is made again was not asked this"), std::string::npos);
}

TEST(StrategyPrograms, NameQuestionAndAnswerOfAFailureAndAskNoMore) {
    Fake fake;
    fake.line =
        "gar\xFF"
        "bage";
    StrategyPrograms programs(fake.start(), std::nullopt);
    const auto& strategy = programs.strategy("g", "mine 'x y'");
    EXPECT_EQ(strategy.allocate("c1", queues, ids), client::Queues{});
    EXPECT_EQ(strategy.allocate("c2", queues, ids), client::Queues{});
    EXPECT_EQ(fake.asked.size(), 1U);
    ASSERT_TRUE(programs.failure());
    EXPECT_EQ(*programs.failure(), "exec:mine 'x y': the answer is not JSON\n  asked: " + question(1, "c1") +
                                       "\n  answered: gar\xEF\xBF\xBD"
                                       "bage");
}

TEST(StrategyPrograms, ShowAnAnswerOfTwoLines) {
    Fake fake;
    fake.line = "{}\n{}";
    StrategyPrograms programs(fake.start(), std::nullopt);
    EXPECT_EQ(programs.strategy("g", "mine 'x y'").allocate("c1", queues, ids), client::Queues{});
    EXPECT_EQ(*programs.failure(), "exec:mine 'x y': the answer has more than one line\n  asked: " + question(1, "c1") +
                                       "\n  answered: {}\n{}");
}

TEST(StrategyPrograms, SayWhyThereIsNoAnswer) {
    Fake fake;
    fake.line = std::unexpected("it ended with exit code 7");
    StrategyPrograms programs(fake.start(), std::nullopt);
    EXPECT_EQ(programs.strategy("g", "mine 'x y'").allocate("c1", queues, ids), client::Queues{});
    EXPECT_NE(programs.failure()->find("it ended with exit code 7\n  asked: {"), std::string::npos);
    EXPECT_NE(programs.failure()->find("answered: nothing"), std::string::npos);
    StrategyPrograms nobody({}, std::nullopt);
    EXPECT_EQ(nobody.strategy("g", "mine").allocate("c1", queues, ids), client::Queues{});
    EXPECT_NE(nobody.failure()->find("programs are not started here"), std::string::npos);
}

}  // namespace
}  // namespace brokersim::scenario
