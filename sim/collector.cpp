#include "sim/collector.h"

#include <string>

#include "core/draw.h"

namespace brokersim::sim {
namespace {

std::uint64_t stream(std::uint64_t seed, std::string_view what, std::string_view node, std::uint32_t incarnation) {
    return draw_stream(seed, Purpose::fault, text_identity(std::string(what) + std::string(node)) + incarnation);
}

}  // namespace

Collector::Collector(const CollectorSpec& spec, std::uint64_t seed, std::string_view node, std::uint32_t incarnation)
    : spec_(spec),
      lengths_(stream(seed, "length of a pause of ", node, incarnation)),
      limits_(stream(seed, "allocated before a pause of ", node, incarnation)),
      limit_(next_limit()) {}

std::int64_t Collector::next_limit() const {
    const auto spread = static_cast<std::uint64_t>(spec_.young_bytes / 2);
    return spec_.young_bytes - spec_.young_bytes / 4 +
           static_cast<std::int64_t>(below(draw_at(limits_, pauses_), spread + 1));
}

Duration Collector::collect() {
    const Duration length(spec_.pause.sample(draw_at(lengths_, pauses_)));
    ++pauses_;
    allocated_ = 0;
    limit_ = next_limit();
    return length;
}

}  // namespace brokersim::sim
