#pragma once

#include <string>

#include "core/host.h"

namespace brokersim::live {

/// What errno says now, of the file `path`.
FileError system_error(const std::string& path);

}  // namespace brokersim::live
