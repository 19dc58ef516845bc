#include "core/client/unique_id.h"

#include <algorithm>
#include <chrono>

namespace brokersim::client {
namespace {

/// Writes the low 4 * digits bits as upper-case hex.
char* put_hex(char* at, std::uint64_t value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) *at++ = "0123456789ABCDEF"[value >> shift & 0xF];
    return at;
}

}  // namespace

UniqueIds::UniqueIds(Address address, std::uint16_t process_id, std::uint32_t process_constant) {
    char* at = put_hex(prefix_.data(), address.ip, 8);
    at = put_hex(at, process_id, 4);
    put_hex(at, process_constant, 8);
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
    at = put_hex(at, static_cast<std::uint32_t>(since), 8);
    put_hex(at, counter_++, 4);
    return id;
}

}  // namespace brokersim::client
