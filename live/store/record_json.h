#pragma once

#include <string>

#include "core/store/delay_levels.h"
#include "core/store/record.h"

namespace brokersim::live {

/// A record as one line of JSON: every field of it, its properties as RocketMQ's decoder reads them, SHA-1 of body and
/// record, the ids that clients and brokers know it by, and what dispatch takes from it. `at` is its position.
std::string record_json(const store::RecordView& record, std::int64_t at, const store::DelayLevels& levels);

}  // namespace brokersim::live
