#include "scenarios/resolve.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "scenarios/configs.h"
#include "scenarios/figures.h"
#include "scenarios/section.h"
#include "scenarios/spelling.h"
#include "scenarios/units.h"
#include "scenarios/words.h"

namespace brokersim::scenario {

namespace {

/// The name of a file without its directories and its ending.
std::string stem(std::string_view file_name) {
    const std::size_t slash = file_name.rfind('/');
    if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
    const std::size_t dot = file_name.rfind('.');
    return std::string(file_name.substr(0, dot == 0 ? std::string_view::npos : dot));
}

/// [store] sets the same keys as cluster.broker.
void read_store(const Item& root, ConfigTexts& texts, Findings& findings) {
    // A scenario's logs roll after minutes, not hours, and a run with many brokers fits into memory.
    texts.try_emplace("mappedFileSizeCommitLog", "67108864");
    texts.try_emplace("maxHashSlotNum", "100000");
    texts.try_emplace("maxIndexNum", "400000");
    const Entry* broker = section_table(root, "cluster").find("broker");
    for (const Entry& entry : section_table(root, "store").table) {
        if (broker && broker->item.find(entry.key))
            findings.error(entry.place, fmt::format("`{}` is also set in cluster.broker", entry.key));
        read_config(entry, ConfigPlace::store, texts, findings);
    }
}

/// Rooms become parts of brokers' names.
void check_rooms(Section& cluster, const std::vector<std::string>& rooms) {
    for (std::size_t i = 0; i < rooms.size(); ++i) {
        const std::string& room = rooms[i];
        const bool plain = !room.empty() && std::ranges::all_of(room, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
        if (!plain) cluster.error("rooms", fmt::format("`{}` is no name of a room: letters, digits, - and _", room));
        if (std::find(rooms.begin(), rooms.begin() + static_cast<std::ptrdiff_t>(i), room) !=
            rooms.begin() + static_cast<std::ptrdiff_t>(i))
            cluster.error("rooms", fmt::format("two rooms are named `{}`", room));
    }
}

void resolve_promises(const Item& root, Scenario& scenario, Findings& findings) {
    Section section(section_table(root, "promises"), "promises", findings);
    const std::vector<std::string> words = promise_words();
    section.for_each("off", [&](const Entry& entry) {
        if (std::ranges::find(words, entry.key) == words.end())
            findings.error(entry.place, fmt::format("no promise is named `{}`{}", entry.key,
                                                    suggestion(entry.key, words, "promises")));
        else if (entry.item.kind != Item::Kind::text || entry.item.text.empty())
            findings.error(entry.item.place, fmt::format("`{}` is switched off by a text that says why", entry.key));
        else
            scenario.promises_off[entry.key] = entry.item.text;
    });
}

}  // namespace

const Item& section_table(const Item& root, std::string_view name) {
    static const Item empty;
    const Entry* entry = root.find(name);
    return entry ? entry->item : empty;
}

std::span<const Item> section_list(const Item& root, std::string_view name) {
    const Entry* entry = root.find(name);
    return entry ? std::span<const Item>(entry->item.list) : std::span<const Item>();
}

void read_config(const Entry& entry, ConfigPlace place, ConfigTexts& texts, Findings& findings) {
    const auto value = check_config(place, entry.key, entry.item);
    if (!value)
        findings.error(entry.place, value.error());
    else if (!value->modelled)
        findings.warning(entry.place, fmt::format("`{}` has no effect here", entry.key));
    else
        texts[entry.key] = value->text;
}

void read_configs(Section& section, std::string_view key, ConfigPlace place, ConfigTexts& texts, Findings& findings) {
    section.for_each(key, [&](const Entry& entry) { read_config(entry, place, texts, findings); });
}

void check_memory(Section& section, std::string_view key, std::int64_t memory, std::int64_t heap) {
    constexpr std::int64_t least_cache = 64LL << 20;  // bytes
    if (heap > memory - least_cache)
        section.error(key,
                      fmt::format("`heap` leaves less than {} of `memory` to the page cache", size_text(least_cache)));
}

void NameCheck::add(const std::string& name, Place place) {
    if (name.empty()) return;
    if (std::ranges::find(reserved_, name) != reserved_.end())
        findings_.error(place, fmt::format("`{}` means something else; choose another name", name));
    if (std::ranges::find(seen_, name) != seen_.end())
        findings_.error(place, fmt::format("two {} are named `{}`; give this one another `name`", section_, name));
    else
        seen_.push_back(name);
}

void resolve_machines(const VariantSource& source, Scenario& scenario, Findings& findings) {
    const Item& root = source.root;
    Section hardware(section_table(root, "hardware"), "hardware", findings);
    resolve_figures(source, hardware, scenario.hardware, findings);
    scenario.hardware.network = hardware.word("network");
    scenario.hardware.memory = hardware.size("memory");
    scenario.hardware.disk = hardware.size("disk");
    scenario.hardware.cores = hardware.integer("cores");
    scenario.hardware.modelled_storage = hardware.word("storage") == "modelled";
    scenario.hardware.heap = hardware.size("heap");
    scenario.hardware.cache_page = hardware.size("cache_page");
    scenario.hardware.readahead = hardware.size("readahead");
    scenario.hardware.stable_pages = hardware.word("stable_pages") == "on";
    if (!std::has_single_bit(static_cast<std::uint64_t>(scenario.hardware.cache_page)))
        findings.error(hardware.place("cache_page"), "`cache_page` is a power of two: 4KiB, 8KiB, 16KiB, 32KiB, 64KiB");
    check_memory(hardware, "heap", scenario.hardware.memory, scenario.hardware.heap);
    read_configs(hardware, "vm", ConfigPlace::vm, scenario.hardware.vm, findings);

    Section cluster(section_table(root, "cluster"), "cluster", findings);
    scenario.cluster.release = cluster.word("release");
    scenario.cluster.engine = cluster.word("engine");
    scenario.cluster.name_servers = cluster.integer("name_servers");
    scenario.cluster.brokers = cluster.integer("brokers");
    scenario.cluster.rooms = cluster.texts("rooms");
    check_rooms(cluster, scenario.cluster.rooms);
    read_configs(cluster, "broker", ConfigPlace::broker, scenario.cluster.broker, findings);
    if (const auto problem = kafka::coordinator_config_problem(coordinator_config(scenario)); !problem.empty())
        findings.error(cluster.place("broker"), problem);
    read_configs(cluster, "namesrv", ConfigPlace::namesrv, scenario.cluster.name_server, findings);
    read_store(root, scenario.cluster.broker, findings);
}

Scenario resolve(const VariantSource& source, Findings& findings) {
    Scenario scenario;
    Section top(source.root, "", findings);
    scenario.name = top.text("name");
    if (!top.has("name")) scenario.name = stem(source.file_name);
    scenario.about = top.text("about");
    scenario.seed = static_cast<std::uint64_t>(top.integer("seed"));
    scenario.duration = top.duration("duration");
    scenario.drain = top.duration("drain");
    resolve_machines(source, scenario, findings);
    resolve_load(source.root, scenario, findings);
    resolve_events(source.root, scenario, findings);
    resolve_shared_machines(source.root, scenario, findings);
    resolve_promises(source.root, scenario, findings);
    resolve_expectations(source, scenario, findings);
    if (!findings.has_error()) resolve_hints(source.root, scenario, findings);
    return scenario;
}

}  // namespace brokersim::scenario
