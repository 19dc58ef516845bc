#include <fmt/format.h>

#include "faults/fault.h"
#include "scenarios/configs.h"
#include "scenarios/engines.h"
#include "scenarios/keys.h"
#include "scenarios/operations.h"
#include "scenarios/profiles.h"
#include "scenarios/words.h"

namespace brokersim::scenario {

namespace {

/// Text for a cell of a Markdown table, in which a bar would end the cell.
std::string cell(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '|') safe += '\\';
        safe += c;
    }
    return safe;
}

std::string value_words(const KeySpec& key) {
    if (key.section == "store") return "a single value";
    if (key.words == nullptr || key.kind == KeyKind::reasons) return std::string(kind_words(key.kind));
    std::string list;
    for (const std::string& word : key.words()) list += fmt::format("{}`{}`", list.empty() ? "" : ", ", word);
    return list;
}

std::string default_words(const KeySpec& key) {
    if (key.required) return "required";
    if (key.fallback.empty()) return "";
    return fmt::format("`{}`", key.fallback);
}

void add_section(std::string& text, const SectionSpec& section) {
    if (section.name.empty())
        text += "### Before the first section\n\n";
    else
        text += fmt::format("### `{}`\n\n{}\n\n", section_title(section.name), section.about);
    if (section.name == "matrix") return;
    text += "| key | value | default | range | meaning |\n|---|---|---|---|---|\n";
    for (const KeySpec& key : key_specs())
        if (key.section == section.name)
            text += fmt::format("| `{}` | {} | {} | {} | {} |\n", key.key, cell(value_words(key)), default_words(key),
                                range_words(key), cell(key.about));
    text += '\n';
}

void add_actions(std::string& text) {
    text += "### Operations and faults of `[[at]]`\n\n| key | word | what it does |\n|---|---|---|\n";
    for (const OperationSpec& spec : operation_specs())
        text += fmt::format("| `do` | `{}` | {} |\n", spec.word, cell(spec.about));
    for (const faults::Kind& kind : faults::catalogue())
        text += fmt::format("| `fault` | `{}` | {}; {} |\n", kind.name, cell(kind.about), cell(kind.heals));
    text += '\n';
}

template <class Config>
void add_real_keys(std::string& text, std::string_view path, std::span<const ConfigKey<Config>> table) {
    std::string modelled;
    std::string others;
    for (const auto& key : table) {
        std::string& list = std::holds_alternative<std::monostate>(key.field) ? others : modelled;
        list += fmt::format("{}`{}`", list.empty() ? "" : ", ", key.name);
    }
    text += fmt::format("- under `{}`: {}", path, modelled.empty() ? "none has an effect" : modelled);
    if (!others.empty()) text += fmt::format("; accepted without effect: {}", others);
    text += '\n';
}

}  // namespace

std::string keys_reference() {
    std::string text;
    for (const SectionSpec& section : section_specs()) add_section(text, section);
    add_actions(text);
    text += "### Profiles\n\n| key | word | what it is |\n|---|---|---|\n";
    for (const DiskProfile& profile : disk_profiles())
        text += fmt::format("| `profile` | `{}` | {} |\n", profile.name, profile.about);
    for (const NetworkProfile& profile : network_profiles())
        text += fmt::format("| `network` | `{}` | {} |\n", profile.name, profile.about);
    for (const Engine& engine : engines())
        text += fmt::format("| `engine` | `{}` | {} |\n", engine.name, cell(engine.about));
    text += "\n### Promises\n\n| promise | broken when |\n|---|---|\n";
    for (const PromiseName& promise : promise_names())
        text += fmt::format("| `{}` | {} |\n", promise.name, promise.broken_when);
    text += "\n### Keys of the real systems\n\n";
    add_real_keys(text, "hardware.vm", vm_config_keys());
    add_real_keys(text, "store", store::store_config_keys());
    add_real_keys(text, "cluster.broker", broker::broker_config_keys());
    add_real_keys(text, "cluster.broker", kafka::coordinator_config_keys());
    add_real_keys(text, "cluster.namesrv", namesrv::name_server_config_keys());
    add_real_keys(text, "producer.NAME.client and group.NAME.client", client::client_config_keys());
    add_real_keys(text, "group.NAME.client", kafka::member_config_keys());
    return text;
}

}  // namespace brokersim::scenario
