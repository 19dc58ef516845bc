#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/assignment.h"
#include "scenarios/command_line.h"
#include "scenarios/configs.h"
#include "scenarios/resolve.h"
#include "scenarios/section.h"
#include "scenarios/spelling.h"
#include "scenarios/units.h"

namespace brokersim::scenario {

namespace {

void check_topic(Section& section, const std::string& topic, const Scenario& scenario) {
    if (topic.empty()) return;
    const std::vector<std::string> names = names_in(scenario.topics);
    if (std::ranges::find(names, topic) == names.end())
        section.error("topic", fmt::format("no topic is named `{}`{}", topic, suggestion(topic, names, "topics")));
}

void resolve_topics(const Item& root, Scenario& scenario, Findings& findings) {
    NameCheck names("topics", {}, findings);
    for (const Item& table : section_list(root, "topic")) {
        Section section(table, "topic", findings);
        TopicSpec topic;
        topic.name = section.text("name");
        topic.queues = section.integer("queues");
        names.add(topic.name, section.place("name"));
        scenario.topics.push_back(std::move(topic));
    }
    if (scenario.topics.empty()) findings.error(root.place, "the scenario has no [[topic]]");

    Section start(section_table(root, "start"), "start", findings);
    start.for_each("backlog", [&](const Entry& entry) {
        const auto messages = start.checked_integer(*find_key("start", "backlog"), entry.item);
        const auto topic = std::ranges::find(scenario.topics, entry.key, &TopicSpec::name);
        if (topic == scenario.topics.end())
            findings.error(entry.place, fmt::format("no topic is named `{}`{}", entry.key,
                                                    suggestion(entry.key, names_in(scenario.topics), "topics")));
        else
            topic->backlog = messages.value_or(0);
    });
}

void resolve_rate(Section& section, ProducerSpec& producer) {
    const auto total = section.given_rate("rate");
    const auto each = section.given_rate("rate_each");
    if (section.has("rate") == section.has("rate_each")) {
        section.error("rate_each", "a producer has exactly one of `rate` and `rate_each`");
        return;
    }
    if (!total && !each) return;
    const auto share = total ? total->shared_by(producer.count) : each;
    const auto sum = each ? each->times(producer.count) : total;
    if (!share || !sum) {
        section.error(total ? "rate" : "rate_each",
                      fmt::format("the rate cannot be written exactly for {} producers", producer.count));
        return;
    }
    producer.rate = *sum;
    producer.rate_each = *share;
    // More than one message in a nanosecond of simulated time cannot be told apart.
    if (sum->messages > sum->per.count()) section.error(total ? "rate" : "rate_each", "the rate is above 1000M/s");
}

void resolve_keys(Section& section, ProducerSpec& producer) {
    producer.keys = section.integer("keys");
    producer.skew = section.number("skew");
    producer.queue = section.word("queue") == "by-key" ? QueueChoice::by_key : QueueChoice::round_robin;
    if (producer.skew < Rational{0, 1} || producer.skew > Rational{4, 1})
        section.error("skew", fmt::format("`skew` = {} is not in 0..4", decimal_text(producer.skew)));
    if (producer.keys > 0) return;
    if (section.has("skew")) section.error("skew", "`skew` is about keys; say how many there are with `keys`");
    if (producer.queue == QueueChoice::by_key)
        section.error("queue", "`queue` = \"by-key\" needs `keys`, the number of distinct keys");
}

void resolve_producers(const Item& root, Scenario& scenario, Findings& findings) {
    NameCheck names("producers", {}, findings);
    for (const Item& table : section_list(root, "producer")) {
        Section section(table, "producer", findings);
        ProducerSpec producer;
        producer.topic = section.text("topic");
        producer.name = section.has("name") ? section.text("name") : producer.topic;
        producer.count = section.integer("count");
        producer.arrivals = section.word("arrivals") == "fixed" ? Arrivals::fixed : Arrivals::poisson;
        producer.in_flight = section.integer("in_flight");
        producer.body = section.distribution("body");
        resolve_rate(section, producer);
        resolve_keys(section, producer);
        read_configs(section, "client", ConfigPlace::producer, producer.client, findings);
        if (const auto problem = client::client_config_problem(client_config(producer)))
            findings.error(section.place("client"), *problem);
        check_topic(section, producer.topic, scenario);
        names.add(producer.name, section.has("name") ? section.place("name") : section.place("topic"));
        scenario.producers.push_back(std::move(producer));
    }
}

void resolve_groups(const Item& root, Scenario& scenario, Findings& findings) {
    NameCheck names("groups", {"broker", "brokers", "namesrv", "name_servers", "producer"}, findings);
    for (const Item& table : section_list(root, "group")) {
        Section section(table, "group", findings);
        GroupSpec group;
        group.name = section.text("name");
        group.topic = section.text("topic");
        group.consumers = section.integer("consumers");
        group.threads = section.integer("threads");
        group.handler = section.distribution("handler");
        group.assignment = section.word("assignment");
        if (is_program(group.assignment))
            if (const auto words = split_command(command_of(group.assignment)); !words)
                section.error("assignment", fmt::format("`assignment` = \"{}\": {}", group.assignment, words.error()));
        group.from = section.word("from") == "first" ? StartFrom::first : StartFrom::last;
        resolve_sharing(section, scenario, group, findings);
        read_configs(section, "client", ConfigPlace::consumer, group.client, findings);
        if (const auto problem = client::client_config_problem(client_config(group)))
            findings.error(section.place("client"), *problem);
        resolve_membership(section, scenario, group, findings);
        check_topic(section, group.topic, scenario);
        names.add(group.name, section.place("name"));
        scenario.groups.push_back(std::move(group));
    }
}

/// A group that can never get a message is most probably a slip.
void warn_of_silent_topics(const Item& root, const Scenario& scenario, Findings& findings) {
    std::set<std::string> fed;
    for (const ProducerSpec& producer : scenario.producers) fed.insert(producer.topic);
    const std::span<const Item> tables = section_list(root, "topic");
    for (std::size_t i = 0; i < scenario.topics.size(); ++i)
        if (const TopicSpec& topic = scenario.topics[i];
            topic.backlog == 0 && !topic.name.empty() && !fed.contains(topic.name))
            findings.warning(tables[i].place, fmt::format("nothing is ever sent to topic `{}`", topic.name));
}

}  // namespace

void resolve_load(const Item& root, Scenario& scenario, Findings& findings) {
    resolve_topics(root, scenario, findings);
    resolve_producers(root, scenario, findings);
    resolve_groups(root, scenario, findings);
    warn_of_silent_topics(root, scenario, findings);
}

}  // namespace brokersim::scenario
