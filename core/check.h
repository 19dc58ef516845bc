#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace brokersim {

/// A broken invariant of core: a bug, never a fault of the world. It is thrown so that the run which met it can say
/// seed, time and node before it ends (verdict "crashed"); nothing in core catches it.
class BrokenInvariant : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

[[noreturn]] void broken_invariant(const char* file, int line, const char* condition, const std::string& message);

}  // namespace brokersim

/// Asserts what must always hold; on in every build. The message is formatted (fmt) only when the condition fails.
#define BROKERSIM_CHECK(condition, ...)                                                              \
    do {                                                                                             \
        if (!(condition)) [[unlikely]]                                                               \
            ::brokersim::broken_invariant(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)); \
    } while (false)
