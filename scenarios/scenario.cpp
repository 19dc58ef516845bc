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
    const bool one = index != all;
    switch (role) {
        case Role::name_server:
            return one ? fmt::format("namesrv/{}", index) : "name_servers";
        case Role::broker:
            return one ? fmt::format("broker/{}", index) : "brokers";
        case Role::producer:
            return one ? fmt::format("producer.{}/{}", name, index) : fmt::format("producer.{}", name);
        case Role::consumer:
            return one ? fmt::format("{}/{}", name, index) : name;
    }
    BROKERSIM_CHECK(false, "a node has a role");
    return {};
}

std::string Diagnostic::text() const {
    return fmt::format("{}:{}:{}: {}{}", file, line, column, warning ? "warning: " : "", message);
}

}  // namespace brokersim::scenario
