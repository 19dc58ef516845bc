#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/client/client_config.h"
#include "core/client/client_instance.h"
#include "core/client/latency_faults.h"
#include "core/client/unique_id.h"
#include "core/host.h"

namespace brokersim::client {

/// A message that an application hands to a producer.
struct OutgoingMessage {
    Text topic;
    Slice body;
    std::string tags = {};         // TAGS property
    std::string keys = {};         // KEYS property, separated by spaces
    std::string properties = {};   // further ones, `name 0x01 value 0x02 ...`
    std::string selected_by = {};  // argument of SelectMessageQueueByHash; empty: queues take turns
};

enum class SendStatus : std::uint8_t {
    ok,
    flush_disk_timeout,   // stored; whether it is on disk is not known
    flush_slave_timeout,  // stored; whether slaves have it is not known
    slave_not_available,  // stored on the master only
    rejected,             // an error code of a broker, or (tries = 0) the client refused it; see `code`
    timed_out,            // no answer within sendMsgTimeout: it may be stored, even more than once
    unreachable,          // no connection could be made, or it broke under way: it may be stored
    no_route,             // no name server knows the topic, nor TBW102
};

/// The outcome of a send: exactly one for each, whatever happened on the way.
struct SendResult {
    SendStatus status = SendStatus::ok;
    std::int32_t code = 0;                          // the last response code of a broker; 0: none or success
    std::int32_t tries = 0;                         // requests that went out, or could not
    const protocol::MessageQueue* queue = nullptr;  // tried last; null: none. Valid during the callback
    NameId queue_name;                              // its name, if there is a queue
    QueueOffset queue_offset;                       // if stored
    std::string_view msg_id;                        // UNIQ_KEY: 32 hex digits. Valid during the callback
    std::string offset_msg_id;                      // the broker's id of it, if stored
};
using SendCallback = Callback<void(const SendResult&)>;

/// How send() tries again.
enum class SendMode : std::uint8_t {
    sync,   // 1 + retryTimesWhenSendFailed tries in sendMsgTimeout altogether; also after some error codes
    async,  // retryTimesWhenSendAsyncFailed further tries after connection errors, with the first try's queue id; an
            // answered error is final (MQClientAPIImpl.sendMessageAsync)
};

struct ProducerOptions {
    std::string group;
    std::vector<Address> name_servers;
    ClientConfig config = {};
    SendMode mode = SendMode::sync;
    std::vector<std::string> topics = {};  // whose routes are asked for at the start instead of by the first send
};

/// RocketMQ's DefaultMQProducer, as a node. Sends are not limited by threads: as many may be under way as the
/// application wants; each follows the rules of a caller of its own, but all share one round-robin index for a topic.
/// A message whose queue is selected by a hash goes to that queue of those that the route has now, and is not tried
/// again (sendSelectImpl).
class Producer final : public Node, private InstanceMember {
public:
    Producer(Host& host, ProducerOptions options);
    ~Producer() override;

    /// Starts the timers and fetches the routes of `options.topics`.
    void start() override;
    /// Unregisters at all brokers and closes the connections; sends that are under way then end as `unreachable`.
    void shutdown(Task done) override;

    /// Sends a message and calls `done` once, as a handler of its own and never within this call.
    void send(OutgoingMessage message, SendCallback done);

    const std::string& client_id() const { return instance_.client_id(); }
    /// Sends that have no outcome yet.
    std::size_t under_way() const { return under_way_; }

private:
    struct PublishQueue {
        protocol::MessageQueue queue;
        NameId name;
        const Replicas& broker;
    };
    struct PublishInfo;
    struct Topic;
    struct Send;
    enum class Brokers : std::uint8_t { any, other, available_other, reachable_other };

    std::vector<std::string> route_topics() const override;
    void describe(protocol::HeartbeatData& heartbeat) const override;
    void route_changed(const std::string& topic, const RoutePtr& route) override;
    void persist_offsets() override {}
    void wake() override {}

    Topic& topic_of(const Text& name);
    void fetch_routes(std::size_t index);
    void look_up(Topic& topic);
    void looked_up(Topic& topic);

    void accept(Send& send);
    void begin(Send& send);
    void try_once(Send& send);
    void request(Send& send, Address broker, Duration timeout);
    void answered(Send& send, protocol::CallResult&& answer);
    void stored(Send& send, protocol::Frame&& frame, SendStatus status);
    void failed(Send& send, bool retriable);
    void finish(Send& send, SendStatus status);

    bool choose(Send& send);
    const PublishQueue* next_queue(const Send& send, Brokers brokers);
    std::string properties_of(const Send& send) const;

    Host& host_;
    ProducerOptions options_;
    Text group_;  // these two as requests carry them
    Text default_topic_;
    std::uint64_t identity_;
    ClientInstance instance_;
    UniqueIds ids_;
    LatencyFaults faults_;
    std::map<std::string, std::unique_ptr<Topic>, std::less<>> topics_;
    Topic* last_topic_ = nullptr;               // of the send before
    std::vector<std::unique_ptr<Send>> sends_;  // as many as were ever under way together
    std::vector<Send*> free_sends_;
    std::size_t under_way_ = 0;
    std::uint64_t draws_ = 0;
    NameId retries_;
    bool in_send_ = false;  // within send(): outcomes must wait
    bool stopped_ = false;
};

}  // namespace brokersim::client
