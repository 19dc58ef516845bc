#include "scenarios/checkers/context.h"

namespace brokersim::scenario {

GroupBounds self_assignment_bounds(const SelfAssignmentTimes& times) {
    const Duration round = times.rebalance_interval + times.min_rebalance_interval + times.request_timeout;
    const Duration known_again = times.heartbeat_interval + times.connect_timeout;
    return {.after_leave = round,
            .after_kill = round,
            .after_silence = times.channel_expiry + times.channel_scan_interval + round,
            .after_broker = times.channel_expiry + times.channel_scan_interval + times.route_interval + round,
            .after_dark_broker = times.channel_expiry + times.channel_scan_interval + times.route_interval + round,
            .double_owned = round,
            .double_owned_after_broker = known_again + round,
            .double_owned_after_cut = known_again + round,
            .commits_fenced = false};
}

GroupBounds kafka_bounds(const KafkaGroupTimes& times) {
    const Duration round = times.heartbeat_interval + times.longest_poll_gap + times.request_timeout;
    const Duration rounds = times.initial_rebalance_delay + times.rounds * round;
    const Duration death = 2 * times.session_timeout + round + rounds;
    return {.after_leave = times.static_members ? death : rounds,
            .after_kill = death,
            .after_silence = death,
            .after_broker = death + times.metadata_age,
            .after_dark_broker = times.join_timeout + death + times.metadata_age,
            .double_owned = Duration::zero(),
            .double_owned_after_broker = Duration::zero(),
            .double_owned_after_cut = times.heartbeat_interval + 2 * times.request_timeout + times.connect_timeout +
                                      (times.rounds > 1 ? times.join_timeout : Duration::zero()),
            .commits_fenced = true};
}

}  // namespace brokersim::scenario
