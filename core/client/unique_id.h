#pragma once

#include <array>
#include <cstdint>

#include "core/types.h"

namespace brokersim::client {

/// Makes the ids that producers give to messages (UNIQ_KEY; MessageClientIDSetter): address, process id, a constant of
/// the process, milliseconds since the month began (UTC), and a counter, as 32 upper-case hex digits.
class UniqueIds {
public:
    UniqueIds(Address address, std::uint16_t process_id, std::uint32_t process_constant);

    std::array<char, 32> next(WallTime now);

private:
    std::array<char, 20> prefix_;
    std::int64_t month_begin_ms_ = 0;
    std::int64_t next_month_ms_ = 0;
    std::uint16_t counter_ = 0;
};

}  // namespace brokersim::client
