#include "core/client/configured_queues.h"

namespace brokersim::client {
namespace {

class SameForAll final : public Shares {
public:
    explicit SameForAll(const Queues& queues) : queues_(queues) {}
    QueueRefs of(std::size_t /*place*/) const override {
        QueueRefs all;
        for (const protocol::MessageQueue& queue : queues_) all.push_back(&queue);
        return all;
    }

private:
    const Queues& queues_;
};

}  // namespace

std::expected<std::unique_ptr<const Shares>, std::string> ConfiguredQueues::share_out(
    const Queues& /*queues*/, const ClientIds& /*client_ids*/) const {
    return std::make_unique<SameForAll>(queues_);
}

}  // namespace brokersim::client
