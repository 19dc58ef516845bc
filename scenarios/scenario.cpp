#include "scenarios/scenario.h"

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/units.h"

namespace brokersim::scenario {

std::strong_ordering Rational::operator<=>(const Rational& other) const {
    return static_cast<__int128>(num) * other.den <=> static_cast<__int128>(other.num) * den;
}

std::optional<Rate> Rate::shared_by(std::int64_t count) const {
    BROKERSIM_CHECK(count > 0, "a rate is shared by somebody");
    return make_rate(messages, static_cast<__int128>(per.count()) * count);
}

std::optional<Rate> Rate::times(std::int64_t count) const {
    BROKERSIM_CHECK(count > 0, "a rate is multiplied by a count");
    return make_rate(static_cast<__int128>(messages) * count, per.count());
}

std::string NodeName::text() const {
    switch (role) {
        case Role::name_server:
            return fmt::format("namesrv/{}", index);
        case Role::broker:
            return fmt::format("broker/{}", index);
        case Role::producer:
            return fmt::format("producer.{}/{}", name, index);
        case Role::consumer:
            return fmt::format("{}/{}", name, index);
    }
    BROKERSIM_CHECK(false, "a node has a role");
    return {};
}

std::string Diagnostic::text() const {
    return fmt::format("{}:{}:{}: {}{}", file, line, column, warning ? "warning: " : "", message);
}

}  // namespace brokersim::scenario
