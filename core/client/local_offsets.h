#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/host.h"
#include "core/protocol/messages.h"

namespace brokersim::client {

/// Positions that a broadcasting consumer keeps in a file of its own machine (LocalFileOffsetStore):
/// .rocketmq_offsets/CLIENT_ID/GROUP/offsets.json, and offsets.json.bak, what it was before. Nothing is forced to disk,
/// as in RocketMQ: a power cut may take both.
class LocalOffsets {
public:
    using Table = std::map<protocol::MessageQueue, std::int64_t>;

    LocalOffsets(Host& host, const std::string& client_id, const std::string& group);

    /// What the file has now, or the backup if the file is missing or cannot be understood; nothing if neither is
    /// there.
    Table load() const;
    /// Sets these positions in the file and leaves others as they are. The content before becomes the backup.
    void save(const Table& positions);

private:
    std::optional<Table> read(const std::string& path) const;

    Host& host_;
    std::string path_;
};

/// The file's content as RocketMQ writes it: objects stand as keys, each member on a line of its own.
std::string offsets_json(const LocalOffsets::Table& positions);
/// None if that is not what `text` is.
std::optional<LocalOffsets::Table> read_offsets_json(std::string_view text);

}  // namespace brokersim::client
