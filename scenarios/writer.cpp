#include "scenarios/writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/operations.h"
#include "scenarios/units.h"

namespace brokersim::scenario {
namespace {

/// A basic string of TOML.
std::string quoted(std::string_view text) {
    std::string made = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            made += fmt::format("\\{}", c);
        else if (byte < 0x20 || byte == 0x7F)
            made += fmt::format("\\u{:04X}", byte);
        else
            made += c;
    }
    return made + '"';
}

std::string quoted(Duration time) { return quoted(duration_text(time)); }
std::string size(std::int64_t bytes) { return quoted(size_text(bytes)); }

std::string quoted_list(const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quoted(text);
    return "[" + list + "]";
}

class Writer {
public:
    void section(std::string_view title) { text_ += fmt::format("\n{}\n", title); }
    void key(std::string_view name, const std::string& value) { text_ += fmt::format("{} = {}\n", name, value); }
    void configs(std::string_view title, const ConfigTexts& texts) {
        if (texts.empty()) return;
        section(title);
        for (const auto& [name, value] : texts) key(quoted(name), config_value(value));
    }
    std::string take() { return std::move(text_); }

private:
    /// Numbers and booleans as such, everything else as text.
    static std::string config_value(const std::string& text) {
        const bool number = !text.empty() && text.size() < 19 &&
                            std::ranges::all_of(
                                text, [](char c) { return c >= '0' && c <= '9'; }) &&
                            (text.size() == 1 || text.front() != '0');
        return number || text == "true" || text == "false" ? text : quoted(text);
    }
    std::string text_;
};

template <class Amount>
std::string distribution(const DistributionSpec& spec, Amount&& amount) {
    using Shape = DistributionSpec::Shape;
    switch (spec.shape) {
        case Shape::constant:
            return amount(spec.first);
        case Shape::uniform:
            return fmt::format("{{min = {}, max = {}}}", amount(spec.first), amount(spec.second));
        case Shape::exponential:
            return fmt::format("{{mean = {}}}", amount(spec.first));
        case Shape::log_normal:
            return fmt::format("{{median = {}, p99 = {}}}", amount(spec.first), amount(spec.second));
        case Shape::list: {
            std::string list;
            for (const std::int64_t value : spec.values) list += (list.empty() ? "" : ", ") + amount(value);
            return "[" + list + "]";
        }
    }
    BROKERSIM_CHECK(false, "shape {}", static_cast<int>(spec.shape));
}

void write_machines(Writer& out, const Scenario& scenario) {
    out.section("[hardware]");
    out.key("profile", quoted(scenario.hardware.profile));
    out.key("network", quoted(scenario.hardware.network));
    out.key("memory", size(scenario.hardware.memory));
    out.key("disk", size(scenario.hardware.disk));
    out.key("cores", fmt::format("{}", scenario.hardware.cores));
    out.key("storage", scenario.hardware.modelled_storage ? "\"modelled\"" : "\"constant\"");
    out.key("heap", size(scenario.hardware.heap));
    out.key("cache_page", size(scenario.hardware.cache_page));
    out.key("readahead", size(scenario.hardware.readahead));
    out.key("stable_pages", scenario.hardware.stable_pages ? "\"on\"" : "\"off\"");
    out.configs("[hardware.vm]", scenario.hardware.vm);
    const sim::DiskSpec& device = scenario.hardware.device;
    out.section("[disk]");
    out.key("bytes_per_second", size(device.bytes_per_second));
    if (device.read_bytes_per_second > 0) out.key("read_bytes_per_second", size(device.read_bytes_per_second));
    out.key("random_write", quoted(device.random_write));
    out.key("read", quoted(device.read));
    out.key("flush", quoted(device.flush));
    out.key("operations_per_second", fmt::format("{}", device.operations_per_second));
    out.key("channels", fmt::format("{}", device.channels));
    const CostSpec& costs = scenario.hardware.costs;
    out.section("[costs]");
    if (costs.minor_fault) out.key("minor_fault", quoted(*costs.minor_fault));
    if (costs.write_fault) out.key("write_fault", quoted(*costs.write_fault));
    if (costs.crc_per_kib) out.key("crc_per_kib", quoted(*costs.crc_per_kib));
    if (costs.append) out.key("append", quoted(*costs.append));
    if (costs.append_per_kib) out.key("append_per_kib", quoted(*costs.append_per_kib));
    out.section("[cluster]");
    out.key("release", quoted(scenario.cluster.release));
    out.key("engine", quoted(scenario.cluster.engine));
    out.key("name_servers", fmt::format("{}", scenario.cluster.name_servers));
    out.key("brokers", fmt::format("{}", scenario.cluster.brokers));
    if (!scenario.cluster.rooms.empty()) out.key("rooms", quoted_list(scenario.cluster.rooms));
    out.configs("[cluster.broker]", scenario.cluster.broker);
    out.configs("[cluster.namesrv]", scenario.cluster.name_server);
}

void write_load(Writer& out, const Scenario& scenario) {
    out.section("[start.backlog]");
    for (const TopicSpec& topic : scenario.topics) out.key(quoted(topic.name), fmt::format("{}", topic.backlog));
    for (const TopicSpec& topic : scenario.topics) {
        out.section("[[topic]]");
        out.key("name", quoted(topic.name));
        out.key("queues", fmt::format("{}", topic.queues));
    }
    for (const ProducerSpec& producer : scenario.producers) {
        out.section("[[producer]]");
        out.key("name", quoted(producer.name));
        out.key("topic", quoted(producer.topic));
        out.key("count", fmt::format("{}", producer.count));
        out.key("rate_each", quoted(rate_text(producer.rate_each)));
        out.key("arrivals", producer.arrivals == Arrivals::fixed ? "\"fixed\"" : "\"poisson\"");
        out.key("in_flight", fmt::format("{}", producer.in_flight));
        out.key("body", distribution(producer.body, size));
        out.key("keys", fmt::format("{}", producer.keys));
        if (producer.keys > 0) out.key("skew", decimal_text(producer.skew));
        out.key("queue", producer.queue == QueueChoice::by_key ? "\"by-key\"" : "\"round-robin\"");
        out.configs("[producer.client]", producer.client);
    }
    for (const GroupSpec& group : scenario.groups) {
        out.section("[[group]]");
        out.key("name", quoted(group.name));
        out.key("topic", quoted(group.topic));
        out.key("model", group.model == MessageModel::broadcasting ? "\"broadcasting\"" : "\"clustering\"");
        out.key("consumers", fmt::format("{}", group.consumers));
        out.key("threads", fmt::format("{}", group.threads));
        out.key("handler", distribution(group.handler, [](std::int64_t ns) { return quoted(Duration(ns)); }));
        out.key("assignment", quoted(group.assignment));
        out.key("membership", group.static_members ? "\"static\"" : "\"dynamic\"");
        out.key("rack", group.tells_rack ? "\"room\"" : "\"none\"");
        out.key("from", group.from == StartFrom::first ? "\"first\"" : "\"last\"");
        out.key("order", group.order == ConsumeOrder::orderly ? "\"orderly\"" : "\"concurrent\"");
        if (!group.machine_rooms.empty()) out.key("machine_rooms", quoted_list(group.machine_rooms));
        if (!group.owners.empty()) out.section("[group.owners]");
        for (const auto& [queue, consumer] : group.owners) out.key(quoted(queue), fmt::format("{}", consumer));
        out.configs("[group.client]", group.client);
    }
}

std::string quoted_nodes(const std::vector<NodeName>& nodes) {
    std::string list;
    for (const NodeName& node : nodes) list += (list.empty() ? "" : ", ") + quoted(node.text());
    return "[" + list + "]";
}

void write_shared_machines(Writer& out, const Scenario& scenario) {
    for (const SharedMachine& machine : scenario.machines) {
        out.section("[[machine]]");
        out.key("name", quoted(machine.name));
        out.key("nodes", quoted_nodes(machine.nodes));
        if (machine.cores) out.key("cores", fmt::format("{}", *machine.cores));
        if (machine.memory) out.key("memory", size(*machine.memory));
    }
}

void write_events(Writer& out, const Scenario& scenario) {
    for (const EventSpec& event : scenario.events) {
        out.section("[[at]]");
        out.key("name", quoted(event.name));
        out.key("time", quoted(event.time));
        out.key(event.fault.empty() ? "do" : "fault", quoted(word_of(event)));
        if (event.from.empty())
            out.key("node", quoted(event.node.text()));
        else
            out.key("between", fmt::format("[{}, {}]", quoted_nodes(event.from), quoted_nodes(event.to)));
        if (event.count != 1) out.key("count", fmt::format("{}", event.count));
        if (event.delay > Duration::zero()) out.key("delay", quoted(event.delay));
        if (event.loss_ppm > 0) out.key("loss", quoted(share_text(event.loss_ppm)));
        if (event.lasts) out.key("for", quoted(*event.lasts));
        if (event.every) {
            out.key("every", quoted(*event.every));
            if (event.operation != Operation::roll) out.key("times", fmt::format("{}", event.times));
        }
        out.key("jitter", quoted(event.jitter));
    }
}

std::string moment_text(const Moment& moment) {
    if (moment.offset == Duration::zero()) return quoted(moment.event);
    return quoted(fmt::format("{}{}{}", moment.event, moment.offset < Duration::zero() ? '-' : '+',
                              duration_text(moment.offset < Duration::zero() ? -moment.offset : moment.offset)));
}

void write_expectations(Writer& out, const Scenario& scenario) {
    for (const ExpectationSpec& expectation : scenario.expectations) {
        out.section("[[expect]]");
        if (!expectation.name.empty()) out.key("name", quoted(expectation.name));
        if (expectation.metric.empty()) {
            out.key("promise", quoted(expectation.promise));
            out.key("broken", expectation.broken == BrokenWhen::never    ? "\"never\""
                              : expectation.broken == BrokenWhen::always ? "\"always\""
                                                                         : "\"in some seed\"");
            continue;
        }
        out.key("metric", quoted(expectation.metric));
        const std::string value = decimal_text(expectation.value);
        switch (expectation.comparison) {
            case Comparison::equals:
                out.key("equals", value);
                break;
            case Comparison::at_least:
                out.key("at_least", value);
                break;
            case Comparison::at_most:
                out.key("at_most", value);
                break;
            case Comparison::between:
                out.key("between", fmt::format("[{}, {}]", value, decimal_text(expectation.upper)));
                break;
        }
        if (expectation.from) out.key("from", moment_text(*expectation.from));
        if (expectation.until) out.key("until", moment_text(*expectation.until));
    }
    if (scenario.promises_off.empty()) return;
    out.section("[promises.off]");
    for (const auto& [promise, reason] : scenario.promises_off) out.key(quoted(promise), quoted(reason));
}

}  // namespace

std::string write_scenario(const Scenario& scenario) {
    Writer out;
    out.key("name", quoted(scenario.name));
    out.key("about", quoted(scenario.about));
    if (std::in_range<std::int64_t>(scenario.seed)) out.key("seed", fmt::format("{}", scenario.seed));  // TOML's range
    out.key("duration", quoted(scenario.duration));
    out.key("drain", quoted(scenario.drain));
    write_machines(out, scenario);
    write_load(out, scenario);
    write_shared_machines(out, scenario);
    write_events(out, scenario);
    write_expectations(out, scenario);
    return out.take();
}

}  // namespace brokersim::scenario
