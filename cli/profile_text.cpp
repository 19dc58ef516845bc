#include "cli/profile_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/units.h"

namespace brokersim::cli {
namespace {

std::int64_t rounded(std::int64_t number) {
    std::int64_t unit = 1;
    while (number / unit >= 10'000) unit *= 10;
    return (number + unit / 2) / unit * unit;
}

Duration rounded_time(std::int64_t ns) { return Duration(rounded(ns)); }

std::string quoted(Duration time) { return fmt::format("\"{}\"", scenario::duration_text(time)); }
std::string time_words(std::int64_t ns) { return scenario::duration_text(rounded_time(ns)); }
std::string speed(std::int64_t bytes_per_second) {
    return fmt::format("{}/s", scenario::size_text(rounded(bytes_per_second / 1'000'000) * 1'000'000));
}

std::string spread_words(const live::Spread& spread) {
    return fmt::format("median {}, eight of ten {}..{}, of {}", time_words(spread.median), time_words(spread.low),
                       time_words(spread.high), spread.count);
}

std::string amount_words(const live::Throughput& measured) {
    return fmt::format("{} MiB in {}, the first half {}, the second {}; 16 MiB take {}", measured.bytes >> 20,
                       time_words(measured.ns), speed(measured.at_first), speed(measured.bytes_per_second),
                       spread_words(measured.pieces));
}

class Text {
public:
    void line(const std::string& text) { text_ += text + '\n'; }
    void comment(const std::string& text) { text_ += "# " + text + '\n'; }
    void key(const char* name, const std::string& value) { text_ += fmt::format("{} = {}\n", name, value); }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string toml_text(const std::string& text) {
    std::string made = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\')
            made += '?';
        else
            made += c;
    }
    return made + '"';
}

}  // namespace

scenario::Figures figures_of(const live::Measured& measured) {
    scenario::Figures figures;
    figures.device.bytes_per_second =
        std::max<std::int64_t>(rounded(measured.sequential_write.bytes_per_second), 65'536);
    figures.device.read_bytes_per_second =
        std::max<std::int64_t>(rounded(measured.sequential_read.bytes_per_second), 65'536);
    figures.device.random_write = rounded_time(measured.random_write.write.typical);
    figures.device.read = rounded_time(measured.faults.major.typical);
    figures.device.flush = rounded_time(measured.random_write.flush.typical);
    figures.device.operations_per_second = 0;
    figures.device.channels = measured.channels();
    figures.costs.minor_fault = rounded_time(measured.faults.minor.typical);
    figures.costs.write_fault = rounded_time(measured.faults.fresh.typical);
    figures.costs.crc_per_kib = rounded_time(measured.store.crc_per_kib.typical);
    figures.costs.append = rounded_time(measured.store.append.typical);
    figures.costs.append_per_kib = rounded_time(measured.store.append_per_kib.typical);
    return figures;
}

std::string profile_text(const live::Measured& measured, const std::string& directory, const std::string& when) {
    const scenario::Figures figures = figures_of(measured);
    Text text;
    text.comment("Figures of a machine, measured by `brokersim calibrate`. A scenario takes them by");
    text.comment("[hardware] profile = \"THIS FILE\".");
    text.key("about", toml_text(fmt::format("{} at {}, measured {}", measured.place.file_system, directory, when)));
    text.line("\n[disk]");
    text.comment("Writing from the beginning to the end, the disk always busy: " +
                 amount_words(measured.sequential_write));
    text.key("bytes_per_second", fmt::format("\"{}\"", scenario::size_text(figures.device.bytes_per_second)));
    text.comment("Reading the same, cold: " + amount_words(measured.sequential_read));
    text.key("read_bytes_per_second", fmt::format("\"{}\"", scenario::size_text(figures.device.read_bytes_per_second)));
    text.comment(fmt::format(
        "4 KiB here and there, {}: {}",
        measured.direct ? "past the page cache (O_DIRECT)" : "through the page cache (O_DIRECT is not possible here)",
        spread_words(measured.random_write.write)));
    text.key("random_write", quoted(figures.device.random_write));
    text.comment("First touch of a page of a mapping, not in memory: " + spread_words(measured.faults.major));
    text.comment(fmt::format("(The same by pread(): {})", spread_words(measured.random_read)));
    text.key("read", quoted(figures.device.read));
    text.comment("fdatasync() behind each of those writes: " + spread_words(measured.random_write.flush));
    text.key("flush", quoted(figures.device.flush));
    text.comment("A cap shows in `channels`: it can't be told from a disk that works on so many at a time.");
    text.key("operations_per_second", fmt::format("{}", figures.device.operations_per_second));
    std::string at_once;
    for (const auto& run : measured.at_once)
        at_once += fmt::format("{}{} at once: {}/s", at_once.empty() ? "" : ", ", run.threads, run.reads_per_second);
    text.comment(fmt::format("Random reads, {}; the most of it times the time of one.", at_once));
    text.key("channels", fmt::format("{}", figures.device.channels));
    text.line("\n[costs]");
    text.comment("First touch of a page in memory, 16 are mapped at once: " + spread_words(measured.faults.minor));
    text.key("minor_fault", quoted(*figures.costs.minor_fault));
    text.comment("First write to a page of a new file: " + spread_words(measured.faults.fresh));
    text.comment(fmt::format("(To one that was written, and is clean: {})", spread_words(measured.faults.write)));
    text.key("write_fault", quoted(*figures.costs.write_fault));
    text.comment("Checksum of 1 KiB: " + spread_words(measured.store.crc_per_kib));
    text.key("crc_per_kib", quoted(*figures.costs.crc_per_kib));
    text.comment("A message without a body into the log, its pages in memory: " + spread_words(measured.store.append));
    text.key("append", quoted(*figures.costs.append));
    text.comment("Each KiB of a body: " + spread_words(measured.store.append_per_kib));
    text.key("append_per_kib", quoted(*figures.costs.append_per_kib));
    return text.take();
}

std::vector<std::string> remarks_on(const live::Measured& measured) {
    std::vector<std::string> remarks;
    const auto say = [&](std::string text) { remarks.push_back(std::move(text)); };
    if (measured.place.layered)
        say("the directory is on an overlay: what was measured is the disk below its upper layer, and the overlay");
    if (measured.place.remote)
        say(fmt::format("the directory is on {}: what was measured is not a disk of this machine",
                        measured.place.file_system));
    if (!measured.direct)
        say("O_DIRECT is not possible here: random writes went through the page cache, and include its cost");
    if (measured.random_read.median < 5'000)
        say(
            fmt::format("a random read takes {}: something in front of the disk answers, which the page cache of this "
                        "machine can't see (a host's cache, memory that acts as a disk)",
                        time_words(measured.random_read.median)));
    if (measured.random_write.flush.median < 3'000)
        say("fdatasync() takes next to no time: the disk, or what stands in for it, does not wait for anything");
    return remarks;
}

}  // namespace brokersim::cli
