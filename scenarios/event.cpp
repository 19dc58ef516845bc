#include "scenarios/event.h"

#include <array>

#include "core/check.h"

namespace brokersim::scenario {

namespace {

Event message_event(EventKind kind, std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended,
                    std::int64_t began) {
    Event event(kind, time);
    event.node = node;
    event.message.producer = id.producer;
    event.message.sequence = id.sequence;
    event.message.intended = intended;
    event.message.began = began;
    return event;
}

void hand(Event& event, const Handing& handing) {
    event.group = handing.group;
    event.queue = handing.queue;
    event.offset = handing.offset.value;
    event.count = handing.attempt;
}

/// Turns one note into an event; `event` has time and node.
struct NoteReader {
    std::int64_t time;
    std::uint32_t node;
    MonoTime mono;

    Event make(EventKind kind, NameId group = no_name, NameId queue = no_name) const {
        Event event(kind, time);
        event.node = node;
        event.group = group;
        event.queue = queue;
        return event;
    }
    Event make_other(EventKind kind, NameId group, NameId name = no_name) const {
        Event event = make(kind, group);
        event.other = Event::Other{};
        event.other.name = name;
        return event;
    }

    std::optional<Event> operator()(const note::Stored& note) const {
        Event event = make(EventKind::stored, no_name, note.queue);
        event.offset = note.offset.value;
        event.count = note.size;
        event.append = {(note.started - note.arrived).count(), (note.locked - note.started).count(),
                        (mono - note.locked).count()};
        return event;
    }
    std::optional<Event> operator()(const note::Dispatched& note) const {
        Event event = make(EventKind::dispatched, no_name, note.queue);
        event.offset = note.first.value;
        event.count = note.count;
        return event;
    }
    std::optional<Event> operator()(const note::PullServed& note) const {
        Event event = make(EventKind::pull_served, note.group, note.queue);
        event.offset = note.first.value;
        event.count = note.count;
        return event;
    }
    std::optional<Event> operator()(const note::Refused& note) const {
        Event event = make_other(EventKind::refused, no_name);
        event.count = note.request_code;
        event.other.code = note.code;
        return event;
    }
    std::optional<Event> operator()(const note::Owned& note) const {
        return make(EventKind::owned, note.group, note.queue);
    }
    std::optional<Event> operator()(const note::Revoked& note) const {
        return make(EventKind::revoked, note.group, note.queue);
    }
    std::optional<Event> operator()(const note::Rebalanced& note) const {
        Event event = make_other(EventKind::rebalanced, note.group);
        event.count = note.queues_owned;
        event.other.view = note.view;
        event.other.changed = note.changed;
        return event;
    }
    std::optional<Event> operator()(const note::MemberJoined& note) const {
        return make_other(EventKind::member_joined, note.group, note.client);
    }
    std::optional<Event> operator()(const note::MemberLeft& note) const {
        Event event = make_other(EventKind::member_left, note.group, note.client);
        event.other.code = static_cast<std::int32_t>(note.reason);
        return event;
    }
    std::optional<Event> operator()(const note::GenerationStarted& note) const {
        Event event = make_other(EventKind::generation_started, note.group);
        event.other.code = note.generation;
        event.count = note.members;
        return event;
    }
    std::optional<Event> operator()(const note::GroupStable& note) const {
        Event event = make_other(EventKind::group_stable, note.group);
        event.other.code = note.generation;
        return event;
    }
    std::optional<Event> operator()(const note::OffsetCommitted& note) const {
        Event event = make(EventKind::offset_committed, note.group, note.queue);
        event.offset = note.offset.value;
        return event;
    }
    std::optional<Event> operator()(const note::Counted&) const { return std::nullopt; }
};

}  // namespace

Event sent(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended) {
    return message_event(EventKind::sent, time, node, id, intended, time);
}

Event acknowledged(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended, std::int64_t began,
                   NameId queue, QueueOffset offset) {
    Event event = message_event(EventKind::acknowledged, time, node, id, intended, began);
    event.queue = queue;
    event.offset = offset.value;
    return event;
}

Event rejected(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended, std::int64_t began,
               std::int32_t code) {
    Event event = message_event(EventKind::rejected, time, node, id, intended, began);
    event.count = code;
    return event;
}

Event send_timed_out(std::int64_t time, std::uint32_t node, MessageId id, std::int64_t intended, std::int64_t began) {
    return message_event(EventKind::send_timed_out, time, node, id, intended, began);
}

Event delivered(std::int64_t time, const Handing& handing, MessageId id, std::int64_t intended, std::int64_t received,
                bool body_ok) {
    Event event = message_event(EventKind::delivered, time, handing.node, id, intended, received);
    hand(event, handing);
    event.good = body_ok;
    return event;
}

Event handled(std::int64_t time, const Handing& handing, MessageId id, std::int64_t began, bool ok) {
    Event event = message_event(EventKind::handled, time, handing.node, id, 0, began);
    hand(event, handing);
    event.good = ok;
    return event;
}

std::optional<Event> event_of(std::int64_t time, std::uint32_t node, MonoTime mono, const Note& note) {
    return std::visit(NoteReader{time, node, mono}, note);
}

Event node_event(EventKind kind, std::int64_t time, std::uint32_t node) {
    BROKERSIM_CHECK(kind >= EventKind::node_started && kind <= EventKind::storage_damaged, "kind {} is not of a node",
                    static_cast<int>(kind));
    Event event(kind, time);
    event.node = node;
    return event;
}

Event named_event(std::int64_t time, NameId name) {
    Event event(EventKind::named_event, time);
    event.other = Event::Other{};
    event.other.name = name;
    return event;
}

Event load_ended(std::int64_t time) { return Event(EventKind::load_ended, time); }
Event healed(std::int64_t time) { return Event(EventKind::healed, time); }

Event offset_reset(std::int64_t time, NameId group, NameId queue, QueueOffset offset) {
    Event event(EventKind::offset_reset, time);
    event.group = group;
    event.queue = queue;
    event.offset = offset.value;
    return event;
}

Event level_sampled(std::int64_t time, std::uint32_t node, NameId what, std::int64_t value, std::int64_t bound) {
    Event event(EventKind::level_sampled, time);
    event.node = node;
    event.offset = value;
    event.other = Event::Other{};
    event.other.name = what;
    event.other.bound = bound;
    return event;
}

Event member_failed(std::int64_t time, std::uint32_t node, NameId what) {
    Event event(EventKind::member_failed, time);
    event.node = node;
    event.other = Event::Other{};
    event.other.name = what;
    return event;
}

Event group_request(std::int64_t time, std::uint32_t node, NameId group, GroupRequest request) {
    Event event(EventKind::group_request, time);
    event.node = node;
    event.group = group;
    event.count = static_cast<std::int32_t>(request);
    return event;
}

std::string_view word(GroupRequest request) {
    constexpr std::array<std::string_view, group_request_count> words{
        "client_heartbeat", "member_list", "notification", "queue_lock", "assignment", "ack",
        "coordinator",      "join",        "sync",         "heartbeat",  "leave",      "offset_fetch",
        "offset_commit"};
    return words.at(static_cast<std::size_t>(request));
}

}  // namespace brokersim::scenario
