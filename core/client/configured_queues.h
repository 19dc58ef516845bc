#pragma once

#include <string>

#include "core/client/allocate.h"

namespace brokersim::client {

/// AllocateMessageQueueByConfig: every client gets the configured queues, whoever else is there and whatever exists.
class ConfiguredQueues final : public AllocateStrategy {
public:
    explicit ConfiguredQueues(Queues queues) : queues_(std::move(queues)) {}

    std::string real_name() const override { return "CONFIG"; }
    bool ignores_view() const override { return true; }
    std::expected<std::unique_ptr<const Shares>, std::string> share_out(const Queues& queues,
                                                                        const ClientIds& client_ids) const override;

private:
    Queues queues_;
};

}  // namespace brokersim::client
