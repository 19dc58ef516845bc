#include "scenarios/measures/noticing.h"

namespace brokersim::scenario {

void Noticing::observe(const Event& event) {
    const std::size_t groups = roster_.groups().size();
    if (event.kind == EventKind::named_event) {
        for (const GroupEntry& group : roster_.groups())
            found_.push_back({roster_.text(event.other.name), group.name, event.time, std::nullopt, {}});
        return;
    }
    const std::uint32_t group = roster_.group(event.group);
    if (group == none || found_.empty()) return;
    const auto reason = static_cast<note::LeaveReason>(event.other.code);
    if (kafka_[group] && reason == note::LeaveReason::connection_closed) return;
    Noticed& noticed = found_[found_.size() - groups + group];
    if (noticed.after) return;
    noticed.after = event.time - noticed.at;
    noticed.reason = reason;
}

}  // namespace brokersim::scenario
