#include "sim/name_journal.h"

#include <utility>

namespace brokersim::sim {
namespace {

std::string_view parent_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

}  // namespace

void NameJournal::add(NameChange::Kind kind, std::string path, WorldTime when, FilePtr before,
                      std::optional<Mapping> kept) {
    settle_before(when - commit_interval);
    changes_.push_back({newest_, when, kind, std::move(path), std::move(before), std::move(kept)});
    if (changes_.size() > most_changes) settle(changes_.front().number);
}

std::uint64_t NameJournal::newest_in(std::string_view directory) const {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change)
        if (parent_of(change->path) == directory) return change->number;
    return 0;
}

void NameJournal::settle(std::uint64_t number) {
    while (!changes_.empty() && changes_.front().number <= number) changes_.pop_front();
}

void NameJournal::settle_before(WorldTime time) {
    while (!changes_.empty() && changes_.front().when <= time) settle(changes_.front().number);
}

std::optional<NameChange> NameJournal::take_back(std::uint64_t number) {
    if (changes_.empty() || changes_.back().number <= number) return std::nullopt;
    std::optional<NameChange> last(std::move(changes_.back()));
    changes_.pop_back();
    return last;
}

}  // namespace brokersim::sim
