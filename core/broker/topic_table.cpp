#include "core/broker/topic_table.h"

#include <algorithm>
#include <utility>

#include "core/broker/config_json.h"
#include "core/broker/names.h"
#include "core/check.h"

namespace brokersim::broker {

namespace {
constexpr std::int32_t inherited = protocol::perm::inherit | protocol::perm::read_write;
}  // namespace

TopicTable::TopicTable(Host& host, std::string broker, std::string cluster, const BrokerConfig& config)
    : host_(host),
      broker_(std::move(broker)),
      cluster_(std::move(cluster)),
      config_(config),
      file_(host, "topics.json") {}

std::expected<void, std::string> TopicTable::load() {
    version_.timestamp = epoch_ms(host_.wall_ms());
    add_system_topics();
    return file_.load([this](std::string_view content) { return read(content); });
}

/// The topics that TopicConfigManager makes at every start, with its numbers of queues.
void TopicTable::add_system_topics() {
    const auto on_demand = [](bool enabled) { return enabled ? inherited : protocol::perm::inherit; };
    add("SELF_TEST_TOPIC", 1);
    if (config_.autoCreateTopicEnable)
        add(std::string(auto_create_topic), static_cast<std::int32_t>(config_.defaultTopicQueueNums), inherited);
    add("BenchmarkTest", 1024);
    add(cluster_, 16, on_demand(config_.clusterTopicEnable));
    add(broker_, 1, on_demand(config_.brokerTopicEnable));
    add("OFFSET_MOVED_EVENT", 1);
    add("SCHEDULE_TOPIC_XXXX", 18);
    if (config_.traceTopicEnable) add("RMQ_SYS_TRACE_TOPIC", 1);
    add(cluster_ + "_REPLY_TOPIC", 1);
    add("rmq_sys_REVIVE_LOG_" + cluster_, 8);
    add("rmq_sys_SYNC_BROKER_MEMBER_" + broker_, 1, protocol::perm::inherit);
    add("RMQ_SYS_TRANS_HALF_TOPIC", 1);
    add("RMQ_SYS_TRANS_OP_HALF_TOPIC", 1);
    add("rmq_sys_wheel_timer", 1);
}

void TopicTable::add(std::string name, std::int32_t queues, std::int32_t perm) {
    insert({.topic = std::move(name), .read_queue_nums = queues, .write_queue_nums = queues, .perm = perm});
}

Topic& TopicTable::insert(protocol::TopicConfig config) {
    Topic& topic = topics_.get_or_make(config.topic);
    topic.config = std::move(config);
    topic.takes_messages = topic_name_error(topic.config.topic).empty() && !closed_to_senders(topic.config.topic);
    registered_ = nullptr;
    return topic;
}

Topic& TopicTable::ensure(const protocol::TopicConfig& config) {
    if (Topic* known = find(config.topic)) return *known;
    Topic& topic = insert(config);
    change();
    return topic;
}

Topic* TopicTable::create_from_template(const std::string& name, std::string_view template_name,
                                        std::int32_t queue_nums, std::int32_t sys_flag) {
    Topic* model = find(template_name);
    if (model == nullptr) return nullptr;
    if (template_name == auto_create_topic && !config_.autoCreateTopicEnable)
        model->config.perm = protocol::perm::read_write;
    if ((model->config.perm & protocol::perm::inherit) == 0) return nullptr;
    const std::int32_t queues = std::max(0, std::min(queue_nums, model->config.write_queue_nums));
    return &ensure({.topic = name,
                    .read_queue_nums = queues,
                    .write_queue_nums = queues,
                    .perm = model->config.perm & ~protocol::perm::inherit,
                    .topic_sys_flag = sys_flag});
}

NameId TopicTable::queue_name(Topic& topic, std::int32_t queue_id) {
    BROKERSIM_CHECK(queue_id >= 0, "queue {} of {}", queue_id, topic.config.topic);
    while (topic.queue_names.size() <= static_cast<std::size_t>(queue_id))
        topic.queue_names.push_back(host_.name(
            protocol::queue_name(topic.config.topic, broker_, static_cast<std::int32_t>(topic.queue_names.size()))));
    return topic.queue_names[static_cast<std::size_t>(queue_id)];
}

std::shared_ptr<const std::vector<protocol::TopicConfig>> TopicTable::registered() {
    if (registered_ != nullptr) return registered_;
    const auto allowed = static_cast<std::int32_t>(config_.brokerPermission);
    const bool restricted = (allowed & protocol::perm::read_write) != protocol::perm::read_write;
    auto configs = std::make_shared<std::vector<protocol::TopicConfig>>();
    configs->reserve(topics_.size());
    for (const auto& [name, topic] : topics_) {
        configs->push_back(topic.config);
        if (restricted) configs->back().perm &= allowed;
    }
    return registered_ = std::move(configs);
}

void TopicTable::change() {
    version_.timestamp = epoch_ms(host_.wall_ms());
    ++version_.counter;
    file_.save(json());
    if (changed_) changed_();
}

std::string TopicTable::json() const {
    ConfigText text;
    text.version(version_);
    text.open("topicConfigTable");
    for (const auto& [name, topic] : topics_) {
        text.open(name);
        text.empty_object("attributes");
        text.flag("order", topic.config.order);
        text.number("perm", topic.config.perm);
        text.number("readQueueNums", topic.config.read_queue_nums);
        text.string("topicFilterType", "SINGLE_TAG");
        text.string("topicName", name);
        text.number("topicSysFlag", topic.config.topic_sys_flag);
        text.number("writeQueueNums", topic.config.write_queue_nums);
        text.close();
    }
    text.close();
    return text.finish();
}

std::expected<void, std::string> TopicTable::read(std::string_view json) {
    auto root = read_config(json);
    if (!root) return std::unexpected(root.error());
    std::vector<protocol::TopicConfig> configs;
    for (const auto& [key, value] : members_at(*root, "topicConfigTable"))
        configs.push_back({.topic = key.text,
                           .read_queue_nums = number_at<std::int32_t>(value, "readQueueNums", 16),
                           .write_queue_nums = number_at<std::int32_t>(value, "writeQueueNums", 16),
                           .perm = number_at<std::int32_t>(value, "perm", protocol::perm::read_write),
                           .topic_sys_flag = number_at<std::int32_t>(value, "topicSysFlag", 0),
                           .order = flag_at(value, "order", false)});
    for (auto& config : configs) insert(std::move(config));
    version_ = version_at(*root, version_);
    return {};
}

}  // namespace brokersim::broker
