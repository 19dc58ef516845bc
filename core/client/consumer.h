#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/host.h"

namespace brokersim::client {

/// A member of a consumer group, as a node, however it comes to its messages.
class Consumer : public Node {
public:
    virtual const std::string& client_id() const = 0;
    /// Queues that it owns or, where nobody owns any, asks for messages.
    virtual std::size_t queue_count() const = 0;
    /// Messages of those queues that it has got and not finished.
    virtual std::int64_t cached() const = 0;
    /// Listener calls under way.
    virtual std::int32_t handling() const = 0;
};

}  // namespace brokersim::client
