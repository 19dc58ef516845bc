#include "scenarios/owners.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::scenario {

Owners::Group& Owners::group_of(std::uint32_t group) {
    if (group >= groups_.size()) groups_.resize(roster_.groups().size());
    return groups_[group];
}

void Owners::take(std::uint32_t number, const Event& event) {
    BROKERSIM_CHECK(alive(event.node), "node {} takes {} before it was started", event.node,
                    roster_.queue(event.queue).text);
    Group& group = group_of(number);
    if (event.queue.value >= group.queues.size()) group.queues.resize(event.queue.value + 1);
    Queue& queue = group.queues[event.queue.value];
    if (std::ranges::find(queue.owners, event.node) != queue.owners.end()) return;
    queue.owners.push_back(event.node);
    if (roster_.queue(event.queue).kind != QueueKind::ordinary) return;
    ++nodes_[event.node].queues;
    if (queue.owners.size() == 1) ++group.owned;
    if (queue.owners.size() == 2) ++group.doubly_owned;
    group.changed_at = event.time;
    see_sole_owner(group, queue);
}

void Owners::lose(std::uint32_t number, NameId id, std::uint32_t node, std::int64_t time) {
    Group& group = group_of(number);
    if (id.value >= group.queues.size()) return;
    Queue& queue = group.queues[id.value];
    if (std::erase(queue.owners, node) == 0) return;
    if (roster_.queue(id).kind != QueueKind::ordinary) return;
    --nodes_[node].queues;
    if (queue.owners.empty()) --group.owned;
    if (queue.owners.size() == 1) --group.doubly_owned;
    group.changed_at = time;
    see_sole_owner(group, queue);
}

void Owners::see_sole_owner(Group& group, Queue& queue) {
    if (queue.owners.size() != 1) return;
    const Member owner{queue.owners.front(), life(queue.owners.front())};
    if (queue.last == owner) return;
    if (queue.last.node != none) ++group.moved;
    queue.last = owner;
}

void Owners::die(const Event& event) {
    if (!alive(event.node)) return;
    nodes_[event.node].alive = false;
    const std::uint32_t number = roster_.nodes()[event.node].group;
    if (number == none || number >= groups_.size()) return;
    const std::size_t names = groups_[number].queues.size();
    for (std::uint32_t id = 0; id < names; ++id) lose(number, NameId{id}, event.node, event.time);
}

void Owners::record(const Event& event) {
    switch (event.kind) {
        case EventKind::owned:
        case EventKind::revoked: {
            const std::uint32_t group = roster_.group(event.group);
            if (group == none) break;
            if (event.kind == EventKind::owned)
                take(group, event);
            else
                lose(group, event.queue, event.node, event.time);
            break;
        }
        case EventKind::node_started: {
            BROKERSIM_CHECK(event.node < roster_.nodes().size(), "nobody added node {}", event.node);
            if (event.node >= nodes_.size()) nodes_.resize(roster_.nodes().size());
            die(event);  // a start without an end before it: whoever tells the story left the end out
            nodes_[event.node].alive = true;
            ++nodes_[event.node].lives;
            break;
        }
        case EventKind::node_stopped:
        case EventKind::node_killed:
        case EventKind::node_power_lost:
            die(event);
            break;
        default:
            break;
    }
}

std::int64_t Owners::members_alive(std::uint32_t group) const {
    return std::ranges::count_if(roster_.groups()[group].members, [this](std::uint32_t node) { return alive(node); });
}

const Owners::Group& Owners::group(std::uint32_t group) const {
    static const Group nothing;
    return group < groups_.size() ? groups_[group] : nothing;
}

const Owners::Queue& Owners::queue(std::uint32_t number, NameId queue) const {
    static const Queue nobody;
    const Group& owners = group(number);
    return queue.value < owners.queues.size() ? owners.queues[queue.value] : nobody;
}

std::int64_t Owners::queue_count(std::uint32_t group) const {
    std::int64_t total = 0;
    for (std::uint32_t topic : roster_.groups()[group].topics)
        total += static_cast<std::int64_t>(roster_.topics()[topic].queues.size());
    return total;
}

}  // namespace brokersim::scenario
