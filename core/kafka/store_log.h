#pragma once

#include <cstdint>

#include "core/kafka/group_coordinator.h"
#include "core/kafka/group_log.h"
#include "core/store/message_store.h"

namespace brokersim::kafka {

/// The coordinator's records in a broker's message store: batch by batch as messages of the topic __consumer_offsets,
/// partition p in queue p. The store neither compacts them nor knows their keys: what it deletes by age is forgotten.
class StoreLog final : public GroupLog {
public:
    /// Both must outlive the log. `address` goes into the messages as their host.
    StoreLog(Host& host, store::MessageStore& store, Address address) : host_(host), store_(store), address_(address) {}

    void append(std::int32_t partition, std::vector<GroupRecord> batch, Callback<void(bool)> done) override;
    /// Reads what the store has into the coordinator, then calls `done`, in a handler on Lane::coordinator. Waits until
    /// the store has dispatched what its log had when this was called. A batch that cannot be read is left out and
    /// counted.
    void restore(GroupCoordinator& coordinator, Task done);
    /// The store is about to close: a restore under way is given up.
    void stop() { stopped_ = true; }

private:
    void wait_for_dispatch();
    void restore_partition(std::int32_t partition);
    void restore_batch(std::span<const std::byte> bytes);

    Host& host_;
    store::MessageStore& store_;
    Address address_;
    GroupCoordinator* coordinator_ = nullptr;  // while it is being restored
    PhysicalOffset end_{};
    Task restored_;
    bool stopped_ = false;
};

}  // namespace brokersim::kafka
