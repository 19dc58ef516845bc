#include "scenarios/checkers/progress.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::scenario {

std::int64_t Progress::members_since(std::uint32_t group) const {
    return group < members_since_.size() ? members_since_[group] : never;
}

std::int64_t Progress::broker_since(std::uint32_t broker) const {
    return broker < broker_since_.size() ? broker_since_[broker] : never;
}

void Progress::answer(std::uint32_t number, std::int64_t now) {
    Producer& producer = producers_[number];
    const std::int64_t since = std::max(producer.waiting_since, healed_at_);
    producer.waiting_since = never;
    if (since >= now || now - since <= context_.liveness.count()) return;
    sends_.add(since + context_.liveness.count(), [&] {
        return fmt::format("{} sent from {} to {} and got no acknowledgement", roster().producers()[number].name,
                           seconds_text(since), seconds_text(now));
    });
}

void Progress::deliver(std::uint32_t group, NameId id, std::int64_t still_since, std::int64_t now) {
    const std::int64_t up = std::max(members_since(group), broker_since(roster().queue(id).broker));
    const std::int64_t since = std::max({still_since, healed_at_, up});
    if (since >= now || now - since <= context_.liveness.count()) return;
    deliveries_.add(since + context_.liveness.count(), [&] {
        return fmt::format("{} had messages for group {} from {} to {}, and none was delivered",
                           roster().queue(id).text, roster().groups()[group].name, seconds_text(since),
                           seconds_text(now));
    });
}

void Progress::node_changed(const Event& event) {
    const std::uint32_t broker = roster().broker_on(event.node);
    const bool starts = event.kind == EventKind::node_started;
    if (broker != none) {
        if (broker_since_.size() <= broker) broker_since_.resize(roster().brokers().size(), never);
        broker_since_[broker] = starts ? event.time : never;
    }
    if (!starts)
        for (Producer& producer : producers_)
            if (producer.node == event.node) producer.waiting_since = never;
    const std::uint32_t group = roster().nodes()[event.node].group;
    if (group == none) return;
    if (members_since_.size() <= group) members_since_.resize(roster().groups().size(), never);
    if (history_.owners().members_alive(group) == 0)
        members_since_[group] = never;
    else
        members_since_[group] = std::min(members_since_[group], event.time);
}

void Progress::observe(const Event& event) {
    switch (event.kind) {
        case EventKind::sent: {
            if (event.message.producer >= producers_.size()) producers_.resize(event.message.producer + 1);
            Producer& producer = producers_[event.message.producer];
            producer.node = event.node;
            if (producer.waiting_since == never) producer.waiting_since = event.time;
            break;
        }
        case EventKind::acknowledged:
            if (event.message.producer < producers_.size()) answer(event.message.producer, event.time);
            break;
        case EventKind::delivered: {
            if (event.message.stood_still <= context_.liveness.count()) break;
            const std::uint32_t group = roster().group(event.group);
            if (group != none) deliver(group, event.queue, event.time - event.message.stood_still, event.time);
            break;
        }
        case EventKind::healed:
            healed_at_ = event.time;
            break;
        default:
            node_changed(event);
            break;
    }
}

Verdict Progress::finish(const RunEnd& end) {
    Verdict verdict = empty_verdict();
    if (healed_at_ == never) {
        verdict.not_judged = "faults were active until the end";
        return verdict;
    }
    for (std::uint32_t producer = 0; producer < producers_.size(); ++producer) answer(producer, end.time);
    const auto& queues = history_.flow().queues();
    for (std::uint32_t id = 0; id < queues.size(); ++id) {
        if (queues[id].entry == nullptr) continue;
        const auto readers = roster().readers(*queues[id].entry);
        for (std::size_t i = 0; i < queues[id].readings.size(); ++i)
            if (queues[id].readings[i].still_since != Flow::moving)
                deliver(readers[i], NameId{id}, queues[id].readings[i].still_since, end.time);
    }
    const std::string bound = seconds_text(context_.liveness.count());
    sends_.tell(verdict,
                fmt::format("{} without acknowledgements for more than {}",
                            count_text(sends_.count(), "time a producer sent", "times producers sent"), bound));
    deliveries_.tell(verdict,
                     fmt::format("{} for more than {}, with messages waiting",
                                 count_text(deliveries_.count(), "queue stood still", "queues stood still"), bound));
    return verdict;
}

}  // namespace brokersim::scenario
