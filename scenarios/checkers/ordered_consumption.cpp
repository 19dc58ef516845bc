#include "scenarios/checkers/ordered_consumption.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

namespace {

constexpr std::int64_t patience = 500'000'000;  // ns that a consumer waits for its handler when it gives a queue up

}  // namespace

/// Null if the event's group is not orderly.
const OrderBounds* OrderedConsumption::bounds(const Event& event, std::uint32_t& group) const {
    group = roster().group(event.group);
    if (group == none || group >= context_.groups.size() || !context_.groups[group].order) return nullptr;
    return &*context_.groups[group].order;
}

bool OrderedConsumption::may_overtake(const OrderBounds& bounds, const Open& open, const Event& event) const {
    if (open.given_up != never && event.time - open.given_up > patience) return true;
    const std::uint32_t broker = roster().queue(event.queue).broker;
    if (broker >= forgot_locks_at_.size() || forgot_locks_at_[broker] == never) return false;
    return open.began <= forgot_locks_at_[broker] + bounds.lock_trust.count();
}

void OrderedConsumption::deliver(std::uint32_t group, const OrderBounds& bounds, const Event& event) {
    Queue& queue = queues_.at(group, event.queue);
    const MessageId id{event.message.producer, event.message.sequence};
    const auto line = [&](const Open& open, const char* how) {
        return fmt::format("at {} {} got offset {} of {} ({}) while offset {} {} {}", seconds_text(event.time),
                           node_text(roster(), event.node), event.offset, roster().queue(event.queue).text,
                           message_text(roster(), id), open.offset, how, node_text(roster(), open.node));
    };
    std::int64_t same_call = 0;
    for (const Open& open : queue)
        if (open.running && open.node == event.node && open.began == event.time && open.offset < event.offset)
            ++same_call;
    const bool one_call = same_call > 0 && same_call < bounds.batch;
    for (const Open& open : queue) {
        if (open.running) {
            if (one_call && open.node == event.node && open.began == event.time) continue;
            if (!may_overtake(bounds, open, event))
                together_.add(event.time, [&] { return line(open, "was with"); }, id);
        } else if (open.offset < event.offset &&
                   !history_.flow().left_out(group, roster().queue(event.queue), open.offset)) {
            too_early_.add(event.time, [&] { return line(open, "had not succeeded at"); }, id);
        }
    }
    std::erase_if(queue, [&](const Open& open) {
        return open.offset == event.offset && (!open.running || open.node == event.node);
    });
    queue.push_back({.offset = event.offset, .node = event.node, .began = event.time, .id = id});
}

void OrderedConsumption::handle(std::uint32_t group, const Event& event) {
    Queue& queue = queues_.at(group, event.queue);
    const auto ended = std::ranges::find_if(queue, [&](const Open& open) {
        return open.offset == event.offset && open.node == event.node && open.running;
    });
    if (ended == queue.end()) return;
    ended->running = false;
    if (event.good)
        std::erase_if(queue, [&](const Open& open) { return open.offset == event.offset && !open.running; });
}

void OrderedConsumption::mark_given_up(std::uint32_t group, const Event& event) {
    for (Open& open : queues_.at(group, event.queue))
        if (open.node == event.node && open.given_up == never) open.given_up = event.time;
}

void OrderedConsumption::observe(const Event& event) {
    std::uint32_t group = none;
    switch (event.kind) {
        case EventKind::delivered:
            if (const OrderBounds* found = bounds(event, group)) deliver(group, *found, event);
            break;
        case EventKind::handled:
            if (bounds(event, group) != nullptr) handle(group, event);
            break;
        case EventKind::revoked:
            if (bounds(event, group) != nullptr) mark_given_up(group, event);
            break;
        case EventKind::offset_reset:
            if (bounds(event, group) != nullptr)
                std::erase_if(queues_.at(group, event.queue), [](const Open& open) { return !open.running; });
            break;
        default:
            node_changed(event);
            break;
    }
}

void OrderedConsumption::node_changed(const Event& event) {
    const std::uint32_t broker = roster().broker_on(event.node);
    if (broker == none) {
        const std::uint32_t group = roster().nodes()[event.node].group;
        if (group != none) end_handlers(group, event.node);
        return;
    }
    forgot_locks_at_.resize(roster().brokers().size(), never);
    cut_back_.resize(roster().brokers().size());
    switch (event.kind) {
        case EventKind::node_started:
            if (cut_back_[broker]) forget_offsets(broker);
            break;
        case EventKind::storage_damaged:
            cut_back_[broker] = true;
            break;
        case EventKind::flush_failing:
            if (!context_.flushes_first(broker)) cut_back_[broker] = true;
            break;
        default:  // its life ends
            forgot_locks_at_[broker] = event.time;
            if (context_.forgets(broker, event.kind)) cut_back_[broker] = true;
            break;
    }
}

/// The process is gone, or a new one: none of its handlers runs.
void OrderedConsumption::end_handlers(std::uint32_t group, std::uint32_t node) {
    for (Queue& queue : queues_.row(group))
        for (Open& open : queue)
            if (open.node == node) open.running = false;
}

void OrderedConsumption::forget_offsets(std::uint32_t broker) {
    for (std::uint32_t group = 0; group < roster().groups().size(); ++group) {
        auto& row = queues_.row(group);
        for (std::uint32_t id = 0; id < row.size(); ++id)
            if (!row[id].empty() && roster().queue(NameId{id}).broker == broker) row[id].clear();
    }
}

Verdict OrderedConsumption::finish(const RunEnd&) {
    Verdict verdict = empty_verdict();
    together_.tell(verdict, fmt::format("{} handed out while the queue had another one with a handler",
                                        count_text(together_.count(), "message was", "messages were")));
    too_early_.tell(verdict, fmt::format("{} handed out before an earlier one of the queue had succeeded",
                                         count_text(too_early_.count(), "message was", "messages were")));
    return verdict;
}

}  // namespace brokersim::scenario
