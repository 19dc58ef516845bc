#pragma once

#include <string>

#include "core/kafka/messages.h"

namespace brokersim::kafka {

/// Kafka's own name of an error ("INVALID_SESSION_TIMEOUT").
std::string error_name(Error error);

}  // namespace brokersim::kafka
