#include "scenarios/checkers/context.h"

namespace brokersim::scenario {

GroupBounds self_assignment_bounds(const SelfAssignmentTimes& times) {
    const Duration round = times.rebalance_interval + times.min_rebalance_interval + times.request_timeout;
    return {.after_leave = round,
            .after_kill = round,
            .after_silence = times.channel_expiry + times.channel_scan_interval + round,
            .after_dark_broker = times.channel_expiry + times.channel_scan_interval + round,
            .double_owned = round,
            .unaware = Duration::zero(),
            .commits_fenced = false};
}

GroupBounds kafka_bounds(const KafkaGroupTimes& times) {
    const Duration round = times.heartbeat_interval + times.longest_poll_gap + times.request_timeout;
    const Duration rounds = times.initial_rebalance_delay + times.rounds * round;
    const Duration death = 2 * times.session_timeout + round + rounds;
    return {.after_leave = times.static_members ? death : rounds,
            .after_kill = death,
            .after_silence = death,
            .after_dark_broker = times.join_timeout + death,
            .double_owned = Duration::zero(),
            .unaware = round + (times.rounds > 1 ? times.join_timeout : Duration::zero()),
            .commits_fenced = true};
}

}  // namespace brokersim::scenario
