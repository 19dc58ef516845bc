#include "core/kafka/consumer_member.h"

#include "core/check.h"
#include "core/kafka/error_name.h"

/// ConsumerMember: start, heartbeats, and what ends a membership.
namespace brokersim::kafka {
namespace {

constexpr Duration close_timeout = std::chrono::seconds(30);

}  // namespace

ConsumerMember::ConsumerMember(client::QueueOwner& owner, ConsumerMemberOptions options)
    : owner_(owner),
      host_(owner.host()),
      options_(std::move(options)),
      link_(owner, options_.config, [this] { coordinator_found(); }),
      positions_(owner, link_, options_.config, options_.start,
                 [this] { return MemberPositions::Identity{member_id_, epoch_}; }),
      heartbeat_(host_, [this] { beat_now(); }),
      poll_deadline_(host_, [this] { poll_expired(); }),
      revoke_deadline_(host_, [this] { adopt(); }),
      close_deadline_(host_, [this] { end(); }) {}

void ConsumerMember::start() {
    BROKERSIM_CHECK(state_ == State::unsubscribed, "started twice");
    group_ = host_.name(owner_.group());
    host_.open_lane(Lane::group_heartbeat, 1);
    join();
    link_.ensure([] {});
}

// --- heartbeats ---------------------------------------------------------------------------------------------

/// The background thread sends it.
void ConsumerMember::beat_now() {
    host_.start(Lane::group_heartbeat, [this](LaneServer) { send_heartbeat(); });
}

void ConsumerMember::send_heartbeat() {
    const bool member = state_ == State::joining || state_ == State::reconciling || state_ == State::acknowledging ||
                        state_ == State::stable || (state_ == State::prepare_leaving && epoch_ > 0);
    if (!member) return;
    if (in_flight_ || !link_.known()) {
        overdue_ = true;
        return;
    }
    overdue_ = false;
    in_flight_ = true;
    if (interval_ > Duration::zero()) heartbeat_.set(interval_);
    auto request = next_heartbeat();
    if (state_ == State::acknowledging) {
        state_ = reconciled() ? State::stable : State::reconciling;
        if (state_ == State::reconciling) host_.soon([this] { reconcile(); });
    }
    link_.call<ConsumerGroupHeartbeatResponse>(
        std::move(request), options_.config.request_timeout,
        [this, life = life_](ConsumerGroupHeartbeatResponse&& response) { answered(life, std::move(response)); });
}

/// Only what has changed since it was last said; a joining member says everything.
ConsumerGroupHeartbeatRequest ConsumerMember::next_heartbeat() {
    const bool joins = state_ == State::joining;
    ConsumerGroupHeartbeatRequest request;
    request.group = owner_.group();
    request.member_id = member_id_;
    request.member_epoch = epoch_;
    request.instance_id = options_.config.group_instance_id;
    if (joins || !said_all_) {
        request.rack_id = options_.config.client_rack;
        request.rebalance_timeout_ms = static_cast<std::int32_t>(options_.config.max_poll_interval.count());
        request.topics = owner_.topics();
        request.server_assignor = options_.server_assignor;
    }
    if (joins || !said_all_ || said_version_ != owned_version_) {
        request.owned.emplace();
        for (const auto& [partition, queue] : assigned_) request.owned->push_back(partition);
        said_version_ = owned_version_;
    }
    said_all_ = true;
    return request;
}

void ConsumerMember::answered(std::uint64_t life, ConsumerGroupHeartbeatResponse&& response) {
    if (life != life_) return;
    in_flight_ = false;
    if (response.error != Error::none) return refused(response.error);
    failures_ = 0;
    epoch_ = response.member_epoch;
    member_id_ = std::move(response.member_id);
    if (const Duration interval = Millis(response.heartbeat_interval_ms); interval != interval_) {
        interval_ = interval;
        heartbeat_.set(interval_);
    }
    if (state_ == State::prepare_leaving) return;
    if (response.assignment) assigned(*std::move(response.assignment));
    if (state_ == State::acknowledging || state_ == State::joining || overdue_) beat_now();
}

/// By Kafka's table. Whatever the coordinator was told may not have reached it: the next heartbeat says everything.
void ConsumerMember::refused(Error error) {
    said_all_ = false;
    switch (error) {
        case Error::coordinator_not_available:
        case Error::not_coordinator:
            link_.mark_unknown();
            if (failures_++ == 0)
                beat_now();
            else
                heartbeat_.set(link_.backoff(failures_ - 2));
            return;
        case Error::coordinator_load_in_progress:
        case Error::request_timed_out:
            return heartbeat_.set(link_.backoff(failures_++));
        case Error::unknown_member_id:
        case Error::fenced_member_epoch:
            return fenced();
        default:
            return fail(error);
    }
}

void ConsumerMember::coordinator_found() {
    if (overdue_) beat_now();
}

// --- what ends a membership, and begins the next ------------------------------------------------------------

void ConsumerMember::join() {
    state_ = State::joining;
    ++life_;
    epoch_ = 0;
    in_flight_ = false;
    said_all_ = false;
    target_.clear();
    adopted_version_ = target_version_ = 0;
    unresolved_ = false;
    beat_now();
}

/// The coordinator does not know the member in its epoch: what it has is lost, and is given up without a commit.
void ConsumerMember::fenced() {
    ++life_;
    epoch_ = 0;
    in_flight_ = false;
    if (state_ == State::prepare_leaving) return;  // nothing to leave any more
    state_ = State::fenced;
    ++round_;
    reconciling_ = false;
    poll_deadline_.clear();
    revoke_deadline_.clear();
    owner_.quiesce(owner_.owned(), [this, life = life_] {
        if (life != life_ || state_ != State::fenced) return;
        give_up_all();
        join();
    });
}

/// Handlers have held up the poll loop for too long: the member leaves by itself, and joins again when they let it.
void ConsumerMember::poll_expired() {
    if (epoch_ > 0 && link_.known()) send_leave([](ConsumerGroupHeartbeatResponse&&) {});
    ++life_;
    ++round_;
    epoch_ = 0;
    in_flight_ = false;
    reconciling_ = false;
    state_ = State::stale;
    owner_.quiesce(owner_.owned(), [this, life = life_] {
        if (life != life_ || state_ != State::stale) return;
        give_up_all();
        join();
    });
}

void ConsumerMember::give_up_all() {
    positions_.forget_all();
    assigned_.clear();
    for (const protocol::MessageQueue& queue : owner_.owned()) owner_.drop(queue);
}

void ConsumerMember::fail(Error error) {
    fatal_ = error;
    host_.note(note::Counted{host_.name("kafka.member.failed." + error_name(error)), 1});
    end();
    state_ = State::fatal;
}

void ConsumerMember::shutdown(Task done) {
    BROKERSIM_CHECK(state_ != State::prepare_leaving && state_ != State::leaving, "shut down twice");
    if (state_ == State::unsubscribed || state_ == State::fatal) {
        host_.soon(std::move(done));
        return;
    }
    state_ = State::prepare_leaving;
    closed_ = std::move(done);
    ++round_;
    reconciling_ = false;
    poll_deadline_.clear();
    revoke_deadline_.clear();
    positions_.forget_all();
    owner_.quiesce(owner_.owned(), [this] {
        close_deadline_.set(close_timeout);
        commit_before_leaving();
    });
}

void ConsumerMember::commit_before_leaving() {
    if (state_ != State::prepare_leaving) return;
    if (epoch_ <= 0) return leave();
    commit([this](CommitOutcome outcome) {
        if (state_ != State::prepare_leaving) return;
        if (outcome != CommitOutcome::retry) return leave();
        host_.after(options_.config.retry_backoff, [this] { commit_before_leaving(); });
    });
}

/// One heartbeat says goodbye; it is not repeated.
void ConsumerMember::leave() {
    give_up_all();
    if (epoch_ <= 0 || !link_.known()) return end();
    state_ = State::leaving;
    ++life_;
    send_leave([this](ConsumerGroupHeartbeatResponse&&) { end(); });
}

void ConsumerMember::send_leave(Callback<void(ConsumerGroupHeartbeatResponse&&)> done) {
    ConsumerGroupHeartbeatRequest request;
    request.group = owner_.group();
    request.member_id = member_id_;
    request.member_epoch = options_.config.group_instance_id.empty() ? leaving_epoch : static_away_epoch;
    request.instance_id = options_.config.group_instance_id;
    link_.call<ConsumerGroupHeartbeatResponse>(std::move(request), options_.config.request_timeout, std::move(done));
}

void ConsumerMember::end() {
    if (state_ == State::unsubscribed || state_ == State::fatal) return;
    state_ = State::unsubscribed;
    ++life_;
    ++round_;
    epoch_ = 0;
    unresolved_ = false;
    give_up_all();
    for (Deadline* deadline : {&heartbeat_, &poll_deadline_, &revoke_deadline_, &close_deadline_}) deadline->clear();
    link_.close();
    if (closed_) host_.soon(std::exchange(closed_, {}));
}

}  // namespace brokersim::kafka
