#pragma once

#include "core/config.h"
#include "core/store/message_store.h"

namespace brokersim::broker {

/// RocketMQ's idea of a busy page cache (DefaultMessageStore.isOSPageCacheBusy): whoever appends has held the append
/// lock for more than osPageCacheBusyTimeOutMills.
class PageCache {
public:
    PageCache(const store::MessageStore& store, Millis limit) : store_(store), limit_(limit) {}

    bool busy() const {
        const Duration held = store_.append_lock_held();
        return held >= busy_from() && held < nonsense;
    }
    /// Whether sends are refused before they are queued: for that, or because no buffer of the store's pool is free.
    bool refuses() const { return busy() || store_.pool_exhausted(); }
    /// The least time that must pass until it can be busy, if it is not busy now.
    Duration until_busy() const { return busy_from() - std::min(store_.append_lock_held(), busy_from()); }

private:
    static constexpr Duration nonsense = Millis(10'000'000);  // RocketMQ disbelieves such a difference of two clocks
    /// RocketMQ counts whole milliseconds, and wants more than the limit.
    Duration busy_from() const { return limit_ + Millis(1); }

    const store::MessageStore& store_;
    Millis limit_;
};

}  // namespace brokersim::broker
