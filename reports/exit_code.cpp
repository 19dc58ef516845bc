#include "reports/exit_code.h"

namespace brokersim::report {
namespace {

int weight(ExitCode code) {
    switch (code) {
        case ExitCode::defect:
            return 4;
        case ExitCode::broken:
            return 3;
        case ExitCode::limit:
            return 2;
        case ExitCode::bad_input:
            return 1;
        case ExitCode::held:
        case ExitCode::interrupted:
            return 0;
    }
    return 0;
}

}  // namespace

ExitCode worse(ExitCode a, ExitCode b) { return weight(b) > weight(a) ? b : a; }

ExitCode exit_code(const scenario::RunResult& result) {
    switch (result.outcome) {
        case scenario::Outcome::held:
            return ExitCode::held;
        case scenario::Outcome::broken:
        case scenario::Outcome::failed:
        case scenario::Outcome::crashed:
        case scenario::Outcome::timeout:
            return ExitCode::broken;
        case scenario::Outcome::limit:
            return ExitCode::limit;
        case scenario::Outcome::unanswered:
            return ExitCode::bad_input;
    }
    return ExitCode::defect;
}

ExitCode exit_code(std::span<const scenario::RunResult> results) {
    ExitCode worst = ExitCode::held;
    for (const auto& result : results) worst = worse(worst, exit_code(result));
    return worst;
}

}  // namespace brokersim::report
