#include "scenarios/consumer_app.h"

#include "scenarios/body.h"
#include "scenarios/producer_app.h"

namespace brokersim::scenario {

HandlerTimes::HandlerTimes(const sim::World& world, const GroupSpec& spec, std::uint32_t group)
    : world_(world), times_(distribution_of(spec.handler)), identity_(mix64(text_identity(spec.name) + group)) {}

Duration HandlerTimes::next(MessageId id, bool repeated) {
    const std::uint64_t attempt = repeated ? ++repeats_[id] : 0;
    const std::uint64_t message = mix64(identity_ ^ mix64(id.producer + (id.sequence << 20)));
    return Duration(times_.sample(world_.draw(Purpose::handler_time, message, attempt)));
}

ConsumerApp::ConsumerApp(Host& host, const ConsumerFactory& consumer, std::uint32_t node, std::uint32_t group,
                         HandlerTimes& times, Recorder& recorder)
    : host_(host),
      node_(node),
      group_(group),
      group_name_(recorder.history().roster().groups()[group].id),
      times_(times),
      recorder_(recorder),
      consumer_(consumer(host, *this)) {}

void ConsumerApp::consume(const client::ConsumeContext& /*context*/, std::span<const client::ReceivedMessage> messages,
                          client::ConsumeDone done) {
    const std::int64_t began = recorder_.now();
    const MonoTime mono = host_.mono_ns();
    Duration takes{};
    for (const auto& message : messages) {
        const auto whole = check_body(message.body);
        const auto named = whole ? whole : read_body_head(message.body);
        const MessageId id = named ? named->id : MessageId{};
        const bool repeated = recorder_.history().ledger().reading(group_, id.producer).delivered.test(id.sequence);
        recorder_.record(delivered(began, handing_of(message), id, named ? named->intended : 0,
                                   began - (mono - message.arrived).count(), whole.has_value()));
        takes += times_.next(id, repeated);
    }
    Handling& handling = handlings_.take();
    handling.messages = messages;
    handling.began = began;
    handling.done = std::move(done);
    host_.after(takes, [this, &handling] { end(handling); });
}

void ConsumerApp::end(Handling& handling) {
    const std::int64_t now = recorder_.now();
    for (const auto& message : handling.messages) {
        const auto named = read_body_head(message.body);
        recorder_.record(handled(now, handing_of(message), named ? named->id : MessageId{}, handling.began, true));
    }
    auto done = std::move(handling.done);
    handlings_.give_back(handling);
    done(client::ConsumeStatus::success);
}

}  // namespace brokersim::scenario
