#include <csignal>

#include "cli/commands.h"

namespace brokersim::cli {
namespace {

volatile std::sig_atomic_t asked_to_stop = 0;

}  // namespace

bool interrupted() { return asked_to_stop != 0; }

void watch_for_interrupts() {
    const auto remember = [](int) {
        if (asked_to_stop != 0) std::_Exit(130);  // asked twice: at once
        asked_to_stop = 1;
    };
    std::signal(SIGINT, remember);
    std::signal(SIGTERM, remember);
}

}  // namespace brokersim::cli
