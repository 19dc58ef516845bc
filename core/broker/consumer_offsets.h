#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/broker/config_file.h"
#include "core/host.h"
#include "core/protocol/messages.h"

namespace brokersim::broker {

/// Committed offsets of consumer groups (RocketMQ's ConsumerOffsetManager), kept in config/consumerOffset.json: written
/// at most every `interval`, on a grid that begins 10 s after the start, and only if something changed.
class ConsumerOffsets {
public:
    /// `broker` names this broker's queues in notes.
    ConsumerOffsets(Host& host, std::string broker, Duration interval);

    /// Takes what the file says; made, then loaded, then used.
    std::expected<void, std::string> load();

    /// Stores an offset, be it smaller than the one before; -1 stands for "none". Gives the OffsetCommitted note if
    /// that changes anything.
    void commit(std::string_view group, std::string_view topic, std::int32_t queue_id, std::int64_t offset);
    /// -1 if none is stored.
    std::int64_t query(std::string_view group, std::string_view topic, std::int32_t queue_id) const;

    /// Writes the file now if something changed since the last time, and calls `done` when it is on disk.
    void persist(Task done);

private:
    struct Committed {
        std::int64_t offset = -1;
        NameId queue;
    };
    struct Offsets {
        NameId group;
        std::map<std::int32_t, Committed> queues;
    };
    using Key = std::pair<std::string, std::string>;  // topic, group
    struct Before {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            if (const int order = std::string_view(a.first).compare(b.first); order != 0) return order < 0;
            return std::string_view(a.second) < std::string_view(b.second);
        }
    };

    Committed& entry(std::string_view group, std::string_view topic, std::int32_t queue_id, NameId& group_id);
    void arm();
    std::string json();
    std::expected<void, std::string> read(std::string_view json);

    Host& host_;
    std::string broker_;
    Duration interval_;
    MonoTime first_save_;
    ConfigFile file_;
    std::map<Key, Offsets, Before> offsets_;
    protocol::DataVersion version_;
    bool changed_ = false;
    bool armed_ = false;
};

}  // namespace brokersim::broker
