#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The words that a scenario chooses from, each list in the order in which it is shown; the default comes first.
namespace brokersim::scenario {

/// Releases of brokers whose defaults and behaviour are known.
std::vector<std::string> release_words();
std::vector<std::string> engine_words();
/// Disks by name, figures of the scenario's own, and files of figures.
std::vector<std::string> disk_profile_words();
std::vector<std::string> storage_words();
std::vector<std::string> switch_words();
std::vector<std::string> network_profile_words();
std::vector<std::string> arrivals_words();
std::vector<std::string> from_words();
std::vector<std::string> membership_words();
std::vector<std::string> order_words();
std::vector<std::string> rack_words();
std::vector<std::string> model_words();
std::vector<std::string> queue_choice_words();
std::vector<std::string> broken_words();

/// Who shares queues out among the consumers of a group: RocketMQ's strategies by name, Kafka's as "kafka/NAME", a
/// program of the user's as "exec:COMMAND".
std::vector<std::string> assignment_words();

/// Whether `text` is the word; or, of a word that ends in :COMMAND, begins like it and has a command; or, of FILE.toml,
/// names such a file.
bool stands_for(std::string_view word, std::string_view text);

/// A promise that runs are held to, and what breaks it.
struct PromiseName {
    std::string_view name;
    std::string_view broken_when;
};
const std::vector<PromiseName>& promise_names();
std::vector<std::string> promise_words();

}  // namespace brokersim::scenario
