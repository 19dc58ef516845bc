#include <gtest/gtest.h>

#include "core/draw.h"
#include "tests/scenarios/reader_support.h"

namespace brokersim::scenario {
namespace {

/// Draws for the mutations, all from one seed.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : seed_(seed) {}
    std::size_t roll(std::size_t sides) {
        return static_cast<std::size_t>(below(draw_key(seed_, Purpose::test, 0, ++rolls_), sides));
    }

private:
    std::uint64_t seed_;
    std::uint64_t rolls_ = 0;
};

constexpr std::string_view fragments[] = {
    "[[group]]\n",
    "[",
    "]",
    "{",
    "}",
    "=",
    "\"",
    ".",
    "\n",
    "0",
    "-1",
    "99999999999999999999",
    "nan",
    "1e308",
    "\"1e9d\"",
    "group.",
    "[matrix]\n",
    "[[variant]]\nname = \"v\"\n",
    "cluster.brokers = [1, 2]\n",
    "\xFF",
    "\xC3\xBC",
    "client.",
    "every = \"1ns\"\n",
    "true",
    "'''",
    "name = \"\"\n",
};

std::string mutated(std::string text, Dice& dice) {
    const std::size_t changes = 1 + dice.roll(4);
    for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
        const std::size_t at = dice.roll(text.size());
        const std::size_t length = std::min(text.size() - at, dice.roll(2) == 0 ? dice.roll(4) : dice.roll(60));
        switch (dice.roll(5)) {
            case 0:
                text[at] = static_cast<char>(dice.roll(256));
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                text.insert(at, fragments[dice.roll(std::size(fragments))]);
                break;
            case 3:
                text.insert(dice.roll(text.size()), text.substr(at, length));
                break;
            default:
                text.replace(at, length, fragments[dice.roll(std::size(fragments))]);
        }
    }
    return text;
}

void expect_an_answer(const std::string& text, const std::vector<std::string>& overrides = {}) {
    const auto file = read_scenario(text, "test.toml", overrides);
    if (file) {
        EXPECT_FALSE(file->variants.empty());
        for (const Variant& variant : file->variants) {
            EXPECT_FALSE(variant.name.empty());
            EXPECT_FALSE(variant.scenario.topics.empty());
        }
        return;
    }
    ASSERT_FALSE(file.error().empty()) << text;
    bool error = false;
    for (const Diagnostic& diagnostic : file.error()) {
        EXPECT_GE(diagnostic.line, 1) << text;
        EXPECT_GE(diagnostic.column, 1) << text;
        EXPECT_FALSE(diagnostic.message.empty()) << text;
        error = error || !diagnostic.warning;
    }
    EXPECT_TRUE(error) << text;
}

TEST(ReaderMutations, AnyDamagedFileGivesAScenarioOrErrors) {
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        Dice dice(seed);
        expect_an_answer(mutated(std::string(valid_scenario), dice));
        if (HasFailure()) FAIL() << "seed " << seed;
    }
}

TEST(ReaderMutations, AnyOverrideGivesAScenarioOrErrors) {
    const std::string_view valid[] = {"cluster.brokers=3", "group.billing.client.pullBatchSize=16", "at.kill.time=1m",
                                      "group.billing.handler={median=\"1ms\", p99=\"3ms\"}", "start.backlog.orders=5"};
    for (std::uint64_t seed = 0; seed < 1500; ++seed) {
        Dice dice(seed);
        expect_an_answer(std::string(valid_scenario), {mutated(std::string(valid[dice.roll(std::size(valid))]), dice)});
        if (HasFailure()) FAIL() << "seed " << seed;
    }
}

TEST(ReaderMutations, EveryTruncationGivesAScenarioOrErrors) {
    for (std::size_t length = 0; length < valid_scenario.size(); length += 3)
        expect_an_answer(std::string(valid_scenario.substr(0, length)));
}

TEST(ReaderMutations, EqualInputsGiveEqualAnswers) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Dice dice(seed);
        const std::string text = mutated(std::string(valid_scenario), dice);
        const auto first = read_scenario(text, "test.toml");
        const auto second = read_scenario(text, "test.toml");
        ASSERT_EQ(first.has_value(), second.has_value());
        if (first)
            EXPECT_EQ(first->variants.front().scenario, second->variants.front().scenario);
        else
            EXPECT_EQ(first.error(), second.error());
    }
}

}  // namespace
}  // namespace brokersim::scenario
