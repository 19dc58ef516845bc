#include "core/client/held_locks.h"

#include <optional>
#include <set>
#include <utility>

namespace brokersim::client {
namespace {

using protocol::MessageQueue;

constexpr Duration lock_timeout = std::chrono::seconds(1);

/// The queues that the broker gave; none if it did not say.
std::optional<std::set<MessageQueue>> given(const protocol::CallResult& answer) {
    if (!answer || answer->code != static_cast<std::int32_t>(protocol::ResponseCode::success)) return std::nullopt;
    const auto* response = get_if<protocol::LockBatchResponse>(&answer->payload);
    if (response == nullptr) return std::nullopt;
    return std::set<MessageQueue>(response->locked.begin(), response->locked.end());
}

}  // namespace

HeldLocks::HeldLocks(Host& host, ClientInstance& instance, const QueueTable& queues, std::string group)
    : host_(host),
      instance_(instance),
      queues_(queues),
      group_(std::move(group)),
      refused_(host.name("consumer.locks_refused")) {}

void HeldLocks::locked(const MessageQueue& queue) {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return;
    OrderlyQueue& order = *found->second->orderly;
    order.locked = true;
    order.locked_ms = epoch_ms(host_.wall_ms());
}

void HeldLocks::lost(const MessageQueue& queue) {
    host_.note(note::Counted{refused_, 1});
    if (const auto found = queues_.find(queue); found != queues_.end()) found->second->orderly->locked = false;
}

void HeldLocks::lock(const MessageQueue& queue, Callback<void(bool)> done) {
    const auto master = instance_.replicas(queue.broker).master();
    if (!master) {
        host_.soon([done = std::move(done)]() mutable { done(false); });
        return;
    }
    instance_.remoting().call(*master, protocol::LockBatchRequest{instance_.client_id(), group_, {queue}}, lock_timeout,
                              [this, queue, done = std::move(done)](protocol::CallResult answer) mutable {
                                  const auto gave = given(answer);
                                  const bool got = gave && gave->contains(queue);
                                  if (got)
                                      locked(queue);
                                  else
                                      host_.note(note::Counted{refused_, 1});
                                  done(got);
                              });
}

std::shared_ptr<HeldLocks::Round> HeldLocks::round(bool owned_only, Task done) const {
    auto made = std::make_shared<Round>();
    for (const auto& [queue, state] : queues_)
        if (!owned_only || !state->dropped) made->left[queue.broker].push_back(queue);
    made->done = std::move(done);
    return made;
}

void HeldLocks::renew_all(Task done) { renew_next(round(true, std::move(done))); }

void HeldLocks::renew_next(std::shared_ptr<Round> round) {
    while (!round->left.empty()) {
        auto [broker, queues] = *round->left.begin();
        round->left.erase(round->left.begin());
        const auto master = instance_.replicas(broker).master();
        if (!master) continue;
        protocol::LockBatchRequest request{instance_.client_id(), group_, queues};
        instance_.remoting().call(*master, std::move(request), lock_timeout,
                                  [this, round, asked = std::move(queues)](const protocol::CallResult& answer) {
                                      if (const auto gave = given(answer))
                                          for (const MessageQueue& queue : asked)
                                              gave->contains(queue) ? locked(queue) : lost(queue);
                                      renew_next(round);
                                  });
        return;
    }
    round->done();
}

void HeldLocks::unlock(const MessageQueue& queue) {
    if (const auto master = instance_.replicas(queue.broker).master())
        instance_.remoting().send_one_way(*master,
                                          protocol::UnlockBatchRequest{instance_.client_id(), group_, {queue}});
}

void HeldLocks::unlock_all(Task done) { unlock_next(round(false, std::move(done))); }

void HeldLocks::unlock_next(std::shared_ptr<Round> round) {
    while (!round->left.empty()) {
        auto [broker, queues] = *round->left.begin();
        round->left.erase(round->left.begin());
        const auto master = instance_.replicas(broker).master();
        if (!master) continue;
        protocol::UnlockBatchRequest request{instance_.client_id(), group_, queues};
        instance_.remoting().call(*master, std::move(request), lock_timeout,
                                  [this, round, asked = std::move(queues)](const protocol::CallResult& answer) {
                                      if (answer)
                                          for (const MessageQueue& queue : asked)
                                              if (const auto found = queues_.find(queue); found != queues_.end())
                                                  found->second->orderly->locked = false;
                                      unlock_next(round);
                                  });
        return;
    }
    round->done();
}

}  // namespace brokersim::client
