#include "scenarios/figures.h"

#include <array>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/profiles.h"
#include "scenarios/spelling.h"

namespace brokersim::scenario {
namespace {

/// Puts what the section says over what is there; `whole`: nothing is there yet.
void read_device(const Item& root, sim::DiskSpec& device, bool whole, Findings& findings) {
    Section disk(section_table(root, "disk"), "disk", findings);
    if (whole)
        for (const std::string_view key : {"bytes_per_second", "random_write", "read", "flush", "channels"})
            if (!disk.has(key)) findings.error(disk.place(), fmt::format("[disk] has no `{}`", key));
    device.bytes_per_second = disk.given_size("bytes_per_second").value_or(device.bytes_per_second);
    device.read_bytes_per_second = disk.given_size("read_bytes_per_second").value_or(device.read_bytes_per_second);
    device.random_write = disk.given_duration("random_write").value_or(device.random_write);
    device.read = disk.given_duration("read").value_or(device.read);
    device.flush = disk.given_duration("flush").value_or(device.flush);
    device.operations_per_second = disk.given_integer("operations_per_second").value_or(device.operations_per_second);
    device.channels = static_cast<int>(disk.given_integer("channels").value_or(device.channels));
}

void read_costs(const Item& root, CostSpec& costs, Findings& findings) {
    Section section(section_table(root, "costs"), "costs", findings);
    const auto read = [&](std::string_view key, std::optional<Duration>& cost) {
        if (const auto given = section.given_duration(key)) cost = given;
    };
    read("minor_fault", costs.minor_fault);
    read("write_fault", costs.write_fault);
    read("crc_per_kib", costs.crc_per_kib);
    read("append", costs.append);
    read("append_per_kib", costs.append_per_kib);
}

/// A path beside the scenario, unless it says where it begins.
std::string beside(std::string_view scenario_file, const std::string& path) {
    const std::size_t slash = scenario_file.rfind('/');
    if (path.starts_with('/') || slash == std::string_view::npos) return path;
    return std::string(scenario_file.substr(0, slash + 1)) + path;
}

std::optional<std::string> file_text(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::string text(max_profile_bytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.is_open() || stream.bad()) return std::nullopt;
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

Figures read_file(const std::string& path, Place place, Findings& findings) {
    const auto text = file_text(path);
    if (!text) {
        findings.error(place, fmt::format("`profile`: the file {} cannot be read", path));
        return {};
    }
    Findings in_file;
    Figures figures = read_figures(*text, in_file);
    findings.add_from(path, in_file);
    return figures;
}

}  // namespace

Figures read_figures(std::string_view text, Findings& findings) {
    Figures figures;
    if (text.size() > max_profile_bytes) {
        findings.error({}, fmt::format("the file is longer than {} bytes", max_profile_bytes));
        return figures;
    }
    auto root = parse_document(text, 0);
    if (!root) {
        findings.error(root.error().place, root.error().message);
        return figures;
    }
    static const std::vector<std::string> words{"about", "disk", "costs"};
    for (const Entry& entry : root->table) {
        const bool section = entry.key == "disk" || entry.key == "costs";
        if (entry.key == "about" ? entry.item.kind != Item::Kind::text
                                 : section && entry.item.kind != Item::Kind::table) {
            findings.error(entry.item.place, fmt::format("`{}` wants {}, not {}", entry.key,
                                                         section ? "a table" : "a text", kind_words(entry.item.kind)));
            return figures;
        }
        if (!section && entry.key != "about")
            findings.error(entry.place, fmt::format("a profile has no `{}`{}", entry.key,
                                                    suggestion(entry.key, words, "keys and sections")));
    }
    if (root->find("disk") == nullptr) {
        findings.error({}, "a profile needs a section [disk]");
        return figures;
    }
    read_device(*root, figures.device, true, findings);
    read_costs(*root, figures.costs, findings);
    return figures;
}

void resolve_figures(const VariantSource& source, Section& hardware, HardwareSpec& spec, Findings& findings) {
    const std::string profile = hardware.word("profile");
    const DiskProfile* named = find_disk_profile(profile);
    const bool file = named == nullptr && profile != own_profile;
    Figures figures;
    if (named != nullptr) figures.device = named->disk;
    if (file) figures = read_file(beside(source.file_name, profile), hardware.place("profile"), findings);
    read_device(source.root, figures.device, profile == own_profile, findings);
    read_costs(source.root, figures.costs, findings);
    spec.profile = file ? own_profile : profile;
    spec.device = figures.device;
    spec.costs = figures.costs;
}

}  // namespace brokersim::scenario
