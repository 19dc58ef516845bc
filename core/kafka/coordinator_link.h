#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/client/ownership.h"
#include "core/kafka/group_config.h"
#include "core/kafka/messages.h"
#include "core/protocol/remoting.h"

namespace brokersim::kafka {

/// A consumer's way to its group's coordinator: looks it up (at any broker of the subscribed topics' routes, over the
/// consumer's ordinary connections), and talks to it over a connection of its own, as Kafka's clients do. While in use
/// it always tries to know the coordinator: the first look-up after a loss is immediate, further ones follow the
/// exponential backoff.
class CoordinatorLink final : private protocol::ClientEvents {
public:
    /// `found` runs whenever a coordinator has become known. References must outlive the link.
    CoordinatorLink(client::QueueOwner& owner, const MemberConfig& config, Callback<void()> found);

    bool known() const { return coordinator_.has_value(); }
    /// Runs `then` at once if the coordinator is known, else when it is found. Forgotten by close().
    void ensure(Task then);
    /// The coordinator is another one, or cannot be reached: calls under way end, a look-up begins.
    void mark_unknown();
    /// Sends a request to the coordinator. If there is no usable answer (none known, connection lost, time-out), the
    /// link marks the coordinator unknown and gives Error::coordinator_not_available.
    template <class Response, class Request>
    void call(Request request, Duration timeout, Callback<void(Response&&)> done);
    /// Ends everything; calls under way end as if the coordinator had been lost, and no look-up follows.
    void close();
    /// The n-th wait of the exponential backoff (retry.backoff.ms, doubling up to retry.backoff.max.ms, +/- 20 %).
    Duration backoff(std::int64_t n);

private:
    void on_push(Address, ConnectionId, protocol::Frame&&) override {}
    void on_connection(Address peer, bool open) override;

    void look_up();
    void looked_up(const protocol::CallResult& result);
    void look_up_later(Duration delay);
    std::vector<Address> brokers() const;

    client::QueueOwner& owner_;
    Host& host_;
    const MemberConfig& config_;
    Callback<void()> found_;
    protocol::RemotingClient remoting_;
    std::uint64_t draws_ = 0;
    std::optional<Address> coordinator_;
    std::uint64_t epoch_ = 0;    // counts the coordinators that were given up
    std::int64_t failures_ = 0;  // since a coordinator last gave an answer
    bool looking_up_ = false;
    bool closed_ = false;
    TimerId look_up_timer_{};
    std::vector<Task> waiting_;
};

template <class Response, class Request>
void CoordinatorLink::call(Request request, Duration timeout, Callback<void(Response&&)> done) {
    if (!coordinator_) {
        done(Response{.error = Error::coordinator_not_available});
        return;
    }
    remoting_.call(*coordinator_, std::move(request), timeout,
                   [this, epoch = epoch_, done = std::move(done)](protocol::CallResult result) mutable {
                       auto* response = result ? get_if<Response>(&result->payload) : nullptr;
                       if (response != nullptr) {
                           failures_ = 0;
                           done(std::move(*response));
                           return;
                       }
                       if (epoch == epoch_) mark_unknown();
                       done(Response{.error = Error::coordinator_not_available});
                   });
}

}  // namespace brokersim::kafka
