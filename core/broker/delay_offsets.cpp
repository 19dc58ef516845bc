#include "core/broker/delay_offsets.h"

#include <utility>

#include <fmt/format.h>

#include "core/broker/config_json.h"
#include "core/config.h"
#include "core/whole_number.h"

namespace brokersim::broker {

namespace {
constexpr Duration first_save_after = Millis(10'000);
}

std::expected<void, std::string> DelayOffsets::load() {
    version_.timestamp = epoch_ms(host_.wall_ms());
    return file_.load([this](std::string_view content) { return read(content); });
}

void DelayOffsets::start() {
    host_.after(first_save_after, [this] { persist([] {}); });
}

void DelayOffsets::persist(Task done) {
    file_.save(json());
    file_.when_saved(std::move(done));
}

std::string DelayOffsets::json() const {
    ConfigText text;
    text.version(version_);
    if (offsets_.empty()) {
        text.empty_object("offsetTable");
    } else {
        text.open("offsetTable");
        for (const auto& [level, offset] : offsets_) text.number(level, offset);
        text.close();
    }
    return text.finish();
}

std::expected<void, std::string> DelayOffsets::read(std::string_view json) {
    auto root = read_config(json);
    if (!root) return std::unexpected(root.error());
    std::map<std::int32_t, std::int64_t> found;
    for (const auto& [key, value] : members_at(*root, "offsetTable")) {
        const auto level = whole_number<std::int32_t>(key.text);
        const auto offset = value.as_int64();
        if (!level || !offset)
            return std::unexpected(fmt::format("the offset of delay level \"{}\" is no number", key.text));
        found[*level] = *offset;
    }
    offsets_ = std::move(found);
    version_ = version_at(*root, version_);
    return {};
}

}  // namespace brokersim::broker
