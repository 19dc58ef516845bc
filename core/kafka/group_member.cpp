#include "core/kafka/group_member.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/check.h"
#include "core/kafka/error_name.h"
#include "core/kafka/queue_names.h"

/// GroupMember: start, the join loop, heartbeats, leaving.
namespace brokersim::kafka {
namespace {

constexpr Duration close_timeout = std::chrono::seconds(30);
/// What a JoinGroup may take beyond the rebalance timeout (JOIN_GROUP_TIMEOUT_LAPSE).
constexpr Duration join_lapse = std::chrono::seconds(5);

}  // namespace

GroupMember::GroupMember(client::QueueOwner& owner, std::vector<std::unique_ptr<Assignor>> assignors,
                         GroupMemberOptions options)
    : owner_(owner),
      host_(owner.host()),
      options_(std::move(options)),
      assignors_(std::move(assignors)),
      cooperative_(
          std::all_of(assignors_.begin(), assignors_.end(), [](const auto& each) { return each->cooperative(); })),
      link_(owner, options_.config, [this] { heartbeats_.coordinator_found(); }),
      heartbeats_(host_, options_.config, *this),
      prepare_deadline_(host_, [this] { prepared(); }),
      route_check_(host_, [this] { refresh_watched_routes(); }),
      close_deadline_(host_, [this] { end(); }) {
    BROKERSIM_CHECK(!assignors_.empty(), "a group member needs an assignor");
}

void GroupMember::start() {
    BROKERSIM_CHECK(phase_ == Phase::idle, "started twice");
    phase_ = Phase::running;
    group_ = host_.name(owner_.group());
    heartbeats_.start();
    request_rejoin();
}

void GroupMember::request_rejoin() {
    rejoin_needed_ = true;
    if (phase_ != Phase::running || joining_) return;
    joining_ = true;
    join_again(Duration::zero());
}

void GroupMember::join_again(Duration delay) {
    host_.after(delay, [this] { join(); });
}

/// One turn of the join loop.
void GroupMember::join() {
    if (phase_ != Phase::running) return;
    link_.ensure([this] {
        if (phase_ != Phase::running) return;
        if (needs_prepare_)
            prepare();
        else
            send_join();
    });
}

/// onJoinPrepare. EAGER: stop, commit, give everything up. COOPERATIVE: commit only. What was got in a generation that
/// has been reset is lost: it is given up without a commit.
void GroupMember::prepare() {
    needs_prepare_ = false;
    const std::uint64_t round = ++round_;
    if (cooperative_ && !generation_.reset()) {
        prepare_deadline_.set(options_.config.max_poll_interval);
        return commit_before_join();
    }
    ++taking_;
    assigned_.clear();
    untaken_.clear();
    heartbeats_.hold_poll();
    giving_up_ = owner_.owned();
    owner_.quiesce(giving_up_, [this, round] {
        if (round != round_ || phase_ != Phase::running) return;
        heartbeats_.release_poll();
        prepare_deadline_.set(options_.config.max_poll_interval);
        commit_before_join();
    });
}

void GroupMember::commit_before_join() {
    if (state_ != State::stable || generation_.reset()) return prepared();
    commit([this, round = round_](CommitOutcome outcome) {
        if (round != round_ || phase_ != Phase::running) return;
        if (outcome != CommitOutcome::retry) return prepared();
        host_.after(options_.config.retry_backoff, [this, round] {
            if (round == round_ && phase_ == Phase::running) commit_before_join();
        });
    });
}

/// If the generation was reset while a cooperative member committed, the next turn begins with losing everything.
void GroupMember::prepared() {
    if (phase_ != Phase::running) return;
    ++round_;
    prepare_deadline_.clear();
    give_up();
    join();
}

/// Drops what has become quiet.
void GroupMember::give_up() {
    const auto owned = owner_.owned();
    for (const protocol::MessageQueue& queue : std::exchange(giving_up_, {}))
        if (std::binary_search(owned.begin(), owned.end(), queue)) owner_.drop(queue);
}

void GroupMember::send_join() {
    const MemberConfig& config = options_.config;
    state_ = State::preparing_rebalance;
    heartbeats_.disable();
    JoinGroupRequest request{.group = owner_.group(),
                             .session_timeout_ms = static_cast<std::int32_t>(config.session_timeout.count()),
                             .rebalance_timeout_ms = static_cast<std::int32_t>(config.max_poll_interval.count()),
                             .member_id = generation_.member_id,
                             .instance_id = config.group_instance_id,
                             .protocols = {}};
    Subscription subscription{
        .topics = owner_.topics(), .user_data = {}, .owned_partitions = {}, .generation = generation_.id, .rack = {}};
    if (!config.client_rack.empty()) subscription.rack = config.client_rack;
    for (const protocol::MessageQueue& queue : assigned_) subscription.owned_partitions.push_back(partition_of(queue));
    for (const auto& assignor : assignors_) {
        const std::string user_data = assignor->subscription_user_data();
        subscription.user_data = user_data.empty() ? std::nullopt : std::optional(user_data);
        request.protocols.push_back({std::string(assignor->name()), encode_subscription(subscription)});
    }
    const Duration timeout = std::max<Duration>(config.request_timeout, config.max_poll_interval + join_lapse);
    link_.call<JoinGroupResponse>(
        std::move(request), timeout,
        [this, sent = generation_](JoinGroupResponse&& response) { join_answered(sent, std::move(response)); });
}

void GroupMember::join_answered(const Generation& sent, JoinGroupResponse&& response) {
    if (phase_ != Phase::running) return;
    if (response.error == Error::member_id_required) {
        generation_ = {-1, std::move(response.member_id), {}};
        return join_again(Duration::zero());
    }
    if (response.error != Error::none) return join_failed(sent, response.error);
    if (state_ != State::preparing_rebalance) return join_again(Duration::zero());
    state_ = State::completing_rebalance;
    generation_ = {response.generation, response.member_id, response.protocol};
    route_check_.clear();
    heartbeats_.enable();
    if (response.leader == response.member_id)
        lead(response);
    else
        send_sync({});
}

/// An error of JoinGroup or SyncGroup, by Kafka's table.
void GroupMember::join_failed(const Generation& sent, Error error) {
    switch (error) {
        case Error::unknown_member_id:
        case Error::illegal_generation:
            if (sent.same(generation_)) reset_generation(error == Error::unknown_member_id);
            return join_again(Duration::zero());
        case Error::rebalance_in_progress:
            return join_again(Duration::zero());
        case Error::coordinator_not_available:
        case Error::not_coordinator:
            link_.mark_unknown();
            return join_again(options_.config.retry_backoff);
        case Error::coordinator_load_in_progress:
        case Error::request_timed_out:
            return join_again(options_.config.retry_backoff);
        default:
            return fail(error);
    }
}

void GroupMember::send_sync(std::vector<MemberAssignment> assignments) {
    SyncGroupRequest request{.group = owner_.group(),
                             .generation = generation_.id,
                             .member_id = generation_.member_id,
                             .instance_id = options_.config.group_instance_id,
                             .assignments = std::move(assignments)};
    link_.call<SyncGroupResponse>(
        std::move(request), options_.config.request_timeout,
        [this, sent = generation_](SyncGroupResponse&& response) { sync_answered(sent, std::move(response)); });
}

void GroupMember::sync_answered(const Generation& sent, SyncGroupResponse&& response) {
    if (phase_ != Phase::running) return;
    if (response.error != Error::none) return join_failed(sent, response.error);
    if (state_ != State::completing_rebalance || !sent.same(generation_)) {  // kicked out meanwhile
        reset_generation(true);
        return join_again(Duration::zero());
    }
    auto assignment = response.assignment.empty() ? Assignment{} : decode_assignment(response.assignment);
    BROKERSIM_CHECK(assignment.has_value(), "group {}: the leader's assignment cannot be read", owner_.group());
    state_ = State::stable;
    rejoin_needed_ = false;
    needs_prepare_ = true;
    complete(*assignment);
}

/// The coordinator does not know this member in this generation any more: what it has is lost, and it joins again,
/// under its id or as a stranger.
void GroupMember::reset_generation(bool forget_member_id) {
    state_ = State::unjoined;
    generation_ = {-1, forget_member_id ? std::string() : generation_.member_id, {}};
    heartbeats_.disable();
    needs_prepare_ = true;
    request_rejoin();
}

void GroupMember::fail(Error error) {
    fatal_ = error;
    host_.note(note::Counted{host_.name("kafka.member.failed." + error_name(error)), 1});
    for (const protocol::MessageQueue& queue : owner_.owned()) owner_.drop(queue);
    end();
}

void GroupMember::send_heartbeat() {
    HeartbeatRequest request{.group = owner_.group(),
                             .generation = generation_.id,
                             .member_id = generation_.member_id,
                             .instance_id = options_.config.group_instance_id};
    link_.call<HeartbeatResponse>(
        std::move(request), options_.config.request_timeout,
        [this, sent = generation_](const HeartbeatResponse& response) { heartbeat_answered(sent, response.error); });
}

void GroupMember::heartbeat_answered(const Generation& sent, Error error) {
    if (phase_ == Phase::ended) return;
    switch (error) {
        case Error::none:
            heartbeats_.received();
            return look_at_routes();
        case Error::rebalance_in_progress:
            heartbeats_.received();
            if (state_ == State::stable) request_rejoin();
            return;
        case Error::illegal_generation:
        case Error::unknown_member_id:
        case Error::fenced_instance_id:
            if (!sent.same(generation_)) return heartbeats_.received();  // about a generation of the past
            if (error == Error::fenced_instance_id) return fail(error);
            return reset_generation(error == Error::unknown_member_id);
        case Error::coordinator_not_available:
        case Error::not_coordinator:
            link_.mark_unknown();
            return heartbeats_.failed();
        default:
            return heartbeats_.failed();
    }
}

/// Handlers have held up the poll loop for too long: the member leaves by itself, and joins again when it can.
void GroupMember::poll_expired() {
    if (options_.config.group_instance_id.empty() && !generation_.reset())
        link_.call<LeaveGroupResponse>(
            LeaveGroupRequest{.group = owner_.group(), .member_id = generation_.member_id, .instance_id = {}},
            options_.config.request_timeout, [](const LeaveGroupResponse&) {});
    reset_generation(true);
}

void GroupMember::shutdown(Task done) {
    BROKERSIM_CHECK(phase_ != Phase::closing, "shut down twice");
    if (phase_ != Phase::running) {
        host_.soon(std::move(done));
        return;
    }
    phase_ = Phase::closing;
    ++round_;
    ++taking_;
    closed_ = std::move(done);
    prepare_deadline_.clear();
    route_check_.clear();
    owner_.quiesce(owner_.owned(), [this] {
        close_deadline_.set(close_timeout);
        commit_before_leaving();
    });
}

void GroupMember::commit_before_leaving() {
    if (phase_ != Phase::closing) return;
    if (joining_ || state_ != State::stable || generation_.reset()) return leave();
    commit([this](CommitOutcome outcome) {
        if (phase_ != Phase::closing) return;
        if (outcome != CommitOutcome::retry) return leave();
        host_.after(options_.config.retry_backoff, [this] { commit_before_leaving(); });
    });
}

void GroupMember::leave() {
    for (const protocol::MessageQueue& queue : owner_.owned()) owner_.drop(queue);
    const bool says_goodbye = options_.config.group_instance_id.empty() && !generation_.member_id.empty() &&
                              state_ != State::unjoined && link_.known();
    if (!says_goodbye) return end();
    link_.call<LeaveGroupResponse>(
        LeaveGroupRequest{.group = owner_.group(), .member_id = generation_.member_id, .instance_id = {}},
        options_.config.request_timeout, [this](const LeaveGroupResponse&) { end(); });
}

void GroupMember::end() {
    if (phase_ == Phase::ended) return;
    phase_ = Phase::ended;
    ++round_;
    for (const protocol::MessageQueue& queue : owner_.owned()) owner_.drop(queue);
    heartbeats_.disable();
    prepare_deadline_.clear();
    route_check_.clear();
    close_deadline_.clear();
    link_.close();
    if (closed_) host_.soon(std::exchange(closed_, {}));
}

}  // namespace brokersim::kafka
