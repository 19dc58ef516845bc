#pragma once

#include "sim/page_cache.h"

namespace brokersim::sim {

/// A thread that touches pages and then waits for what it owes.
class CacheThread final : public Sleeper {
public:
    CacheThread(Engine& engine, PageCache& cache) : engine_(engine), cache_(cache) {}

    void read(CachedFile& file, std::uint64_t offset, std::uint64_t length) {
        if (!file.hit_to_read(offset, length)) cache_.read(file, offset, length, debt);
    }
    void write(CachedFile& file, std::uint64_t offset, std::uint64_t length) {
        if (!file.hit_to_write(offset, length)) cache_.write(file, offset, length, debt);
    }
    /// Begins to pay.
    void pay() {
        while (!debt.paid()) {
            if (debt.front().kind == Wait::Kind::time) {
                slept_ += static_cast<std::int64_t>(debt.front().value);
                timer_ = engine_.at(engine_.now() + Duration(static_cast<std::int64_t>(debt.front().value)), [this] {
                    debt.pop();
                    pay();
                });
                return;
            }
            if (!cache_.serve(debt, *this)) return;
        }
        ended_at = ns_of(engine_.now());
    }
    void woken() override {
        if (debt.front().kind == Wait::Kind::io) debt.pop();
        pay();
    }
    void die() {
        if (!debt.paid() && debt.front().kind == Wait::Kind::time) engine_.cancel(timer_);
        cache_.abandon(debt, *this);
    }
    std::int64_t slept() const { return slept_; }

    IoDebt debt;
    std::int64_t ended_at = 0;  // ns

private:
    Engine& engine_;
    PageCache& cache_;
    TimerId timer_;
    std::int64_t slept_ = 0;
};

}  // namespace brokersim::sim
