#include "core/kafka/error_name.h"

#include <fmt/format.h>

namespace brokersim::kafka {

std::string error_name(Error error) {
    switch (error) {
        case Error::unknown_server_error:
            return "UNKNOWN_SERVER_ERROR";
        case Error::none:
            return "NONE";
        case Error::unknown_topic_or_partition:
            return "UNKNOWN_TOPIC_OR_PARTITION";
        case Error::request_timed_out:
            return "REQUEST_TIMED_OUT";
        case Error::coordinator_load_in_progress:
            return "COORDINATOR_LOAD_IN_PROGRESS";
        case Error::coordinator_not_available:
            return "COORDINATOR_NOT_AVAILABLE";
        case Error::not_coordinator:
            return "NOT_COORDINATOR";
        case Error::illegal_generation:
            return "ILLEGAL_GENERATION";
        case Error::inconsistent_group_protocol:
            return "INCONSISTENT_GROUP_PROTOCOL";
        case Error::invalid_group_id:
            return "INVALID_GROUP_ID";
        case Error::unknown_member_id:
            return "UNKNOWN_MEMBER_ID";
        case Error::invalid_session_timeout:
            return "INVALID_SESSION_TIMEOUT";
        case Error::rebalance_in_progress:
            return "REBALANCE_IN_PROGRESS";
        case Error::unsupported_version:
            return "UNSUPPORTED_VERSION";
        case Error::invalid_request:
            return "INVALID_REQUEST";
        case Error::group_id_not_found:
            return "GROUP_ID_NOT_FOUND";
        case Error::member_id_required:
            return "MEMBER_ID_REQUIRED";
        case Error::group_max_size_reached:
            return "GROUP_MAX_SIZE_REACHED";
        case Error::fenced_instance_id:
            return "FENCED_INSTANCE_ID";
        case Error::fenced_member_epoch:
            return "FENCED_MEMBER_EPOCH";
        case Error::unreleased_instance_id:
            return "UNRELEASED_INSTANCE_ID";
        case Error::unsupported_assignor:
            return "UNSUPPORTED_ASSIGNOR";
        case Error::stale_member_epoch:
            return "STALE_MEMBER_EPOCH";
    }
    return fmt::format("error {}", static_cast<int>(error));
}

}  // namespace brokersim::kafka
