#include "core/client/unique_id.h"

#include <algorithm>
#include <chrono>

#include "core/hex.h"

namespace brokersim::client {

UniqueIds::UniqueIds(Address address, std::uint16_t process_id, std::uint32_t process_constant) {
    char* at = put_hex<4>(prefix_.data(), address.ip);
    at = put_hex<2>(at, process_id);
    put_hex<4>(at, process_constant);
}

std::array<char, 32> UniqueIds::next(WallTime now) {
    const std::int64_t now_ms = epoch_ms(now);
    if (now_ms >= next_month_ms_) {
        using namespace std::chrono;
        const sys_time<milliseconds> time{milliseconds(now_ms)};
        const year_month_day today{floor<days>(time)};
        const year_month month = today.year() / today.month();
        const auto begin_ms = [](year_month which) {
            return duration_cast<milliseconds>(sys_days(which / 1).time_since_epoch()).count();
        };
        month_begin_ms_ = begin_ms(month);
        next_month_ms_ = begin_ms(month + months(1));
    }
    auto since = static_cast<std::int32_t>(now_ms - month_begin_ms_);
    if (since < 0 && since > -1'000'000) since = 0;  // the clock went back over the month's begin

    std::array<char, 32> id;
    char* at = std::copy(prefix_.begin(), prefix_.end(), id.data());
    at = put_hex<4>(at, static_cast<std::uint32_t>(since));
    put_hex<2>(at, counter_++);
    return id;
}

}  // namespace brokersim::client
