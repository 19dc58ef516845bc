#include "scenarios/words.h"

#include "scenarios/assignment.h"
#include "scenarios/engines.h"
#include "scenarios/profiles.h"

namespace brokersim::scenario {

std::vector<std::string> release_words() { return {"rocketmq-5.3"}; }

std::vector<std::string> engine_words() {
    std::vector<std::string> words;
    for (const Engine& engine : engines()) words.emplace_back(engine.name);
    return words;
}

std::vector<std::string> disk_profile_words() {
    std::vector<std::string> words;
    for (const DiskProfile& profile : disk_profiles()) words.emplace_back(profile.name);
    words.emplace_back(own_profile);
    words.emplace_back("FILE.toml");
    return words;
}

std::vector<std::string> network_profile_words() {
    std::vector<std::string> words;
    for (const NetworkProfile& profile : network_profiles()) words.emplace_back(profile.name);
    return words;
}

std::vector<std::string> storage_words() { return {"modelled", "constant"}; }
std::vector<std::string> switch_words() { return {"off", "on"}; }
std::vector<std::string> arrivals_words() { return {"poisson", "fixed"}; }
std::vector<std::string> from_words() { return {"last", "first"}; }
std::vector<std::string> membership_words() { return {"dynamic", "static"}; }
std::vector<std::string> order_words() { return {"concurrent", "orderly"}; }
std::vector<std::string> rack_words() { return {"none", "room"}; }
std::vector<std::string> model_words() { return {"clustering", "broadcasting"}; }
std::vector<std::string> queue_choice_words() { return {"round-robin", "by-key"}; }
std::vector<std::string> broken_words() { return {"never", "in some seed", "always"}; }
std::vector<std::string> assignment_words() {
    std::vector<std::string> words;
    for (const AssignmentWord& assignment : assignments()) words.emplace_back(assignment.word);
    return words;
}

bool stands_for(std::string_view word, std::string_view text) {
    constexpr std::string_view hole = "COMMAND";
    if (word == "FILE.toml") return text.size() > 5 && text.ends_with(".toml");
    if (!word.ends_with(hole)) return word == text;
    word.remove_suffix(hole.size());
    return text.size() > word.size() && text.starts_with(word);
}

const std::vector<PromiseName>& promise_names() {
    static const std::vector<PromiseName> names{
        {"no-acked-loss", "a message that was acknowledged under a durability that covers the run's faults is gone"},
        {"at-least-once", "a group leaves a stored message of its subscription unconsumed after healing and draining"},
        {"queue-order", "within one ownership, records of a queue come out of offset order, or offsets have holes"},
        {"ordered-consumption",
         "an orderly group handles two messages of one queue at a time, or a later one before an earlier one "
         "succeeded"},
        {"no-phantom", "something is delivered that nobody sent, or with another body"},
        {"one-owner", "two members own one queue longer than the protocol allows"},
        {"owner-consumes", "a member handles a message of a queue that it does not own"},
        {"all-owned", "after healing, a queue has no owner, or not the one that the algorithm gives"},
        {"offsets-forward", "a committed offset goes back without a reset that explains it"},
        {"bounded", "a queue, buffer, cache or window exceeds its bound"},
        {"progress", "after the last fault healed, sends or deliveries stand still too long"},
        {"no-crash", "an assertion in the core fails"},
    };
    return names;
}

std::vector<std::string> promise_words() {
    std::vector<std::string> words;
    for (const PromiseName& promise : promise_names()) words.emplace_back(promise.name);
    return words;
}

}  // namespace brokersim::scenario
