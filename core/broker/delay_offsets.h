#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "core/broker/config_file.h"
#include "core/host.h"
#include "core/protocol/messages.h"

namespace brokersim::broker {

/// How far each delay level has been delivered, as config/delayOffset.json has it (the file of RocketMQ's
/// ScheduleMessageService): level to the next offset in its queue of SCHEDULE_TOPIC_XXXX. What was read is kept and
/// written again; nothing is delivered here that could move it. A real broker writes the file every 10 s whether there
/// are delayed messages or not, and when it ends; since nothing changes in between, it is written once in a life, and
/// at the end.
class DelayOffsets {
public:
    explicit DelayOffsets(Host& host) : host_(host), file_(host, "delayOffset.json") {}

    /// Takes what the file says.
    std::expected<void, std::string> load();
    /// Lets the file be written 10 s from now on.
    void start();
    /// Writes the file, and calls `done` when it is on disk.
    void persist(Task done);

    /// By level.
    const std::map<std::int32_t, std::int64_t>& offsets() const { return offsets_; }

private:
    std::expected<void, std::string> read(std::string_view json);
    std::string json() const;

    Host& host_;
    ConfigFile file_;
    std::map<std::int32_t, std::int64_t> offsets_;
    protocol::DataVersion version_;
};

}  // namespace brokersim::broker
