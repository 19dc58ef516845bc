#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "core/kafka/group_coordinator.h"
#include "core/kafka/java_order.h"
#include "tests/support/tar.h"

namespace brokersim::kafka {
namespace {

using ::testing::ElementsAre;

template <class Key>
std::vector<Key> order_of(const JavaHashMap<Key, int>& map) {
    std::vector<Key> keys;
    for (const auto& entry : map) keys.push_back(entry.key);
    return keys;
}

std::vector<std::string> order_of_names(const std::string& prefix, int count) {
    JavaHashMap<std::string, int> map;
    for (int i = 0; i < count; ++i) map.put(prefix + std::to_string(i), i);
    return order_of(map);
}

TEST(JavaHashMap, iterates_six_members_as_java_does) {
    EXPECT_THAT(order_of_names("C", 6), ElementsAre("C3", "C4", "C5", "C0", "C1", "C2"));
}

TEST(JavaHashMap, keeps_insertion_order_within_a_bucket) {
    EXPECT_THAT(order_of_names("member-", 12),
                ElementsAre("member-1", "member-2", "member-0", "member-5", "member-6", "member-3", "member-4",
                            "member-9", "member-11", "member-10", "member-7", "member-8"));
}

TEST(JavaHashMap, doubles_its_table_beyond_three_quarters) {
    std::vector<int> numbers;
    for (const std::string& name : order_of_names("consumer-", 20)) numbers.push_back(std::stoi(name.substr(9)));
    EXPECT_THAT(numbers, ElementsAre(11, 10, 6, 17, 5, 16, 4, 19, 3, 18, 2, 13, 1, 12, 0, 15, 14, 9, 8, 7));
}

TEST(JavaHashMap, has_the_table_of_a_set_made_from_a_collection) {
    auto set = JavaHashMap<std::int32_t, int>::sized_for(12);
    for (int i = 0; i < 12; ++i) set.put(3 * i, 0);
    EXPECT_THAT(order_of(set), ElementsAre(0, 33, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30));
}

TEST(JavaHashMap, orders_protocol_names_as_java_does) {
    JavaHashMap<std::string, int> map;
    for (const char* name : {"cooperative-sticky", "roundrobin", "range", "sticky"}) map.put(name, 0);
    EXPECT_THAT(order_of(map), ElementsAre("sticky", "range", "roundrobin", "cooperative-sticky"));
}

TEST(JavaHash, combines_topic_and_partition) {
    // 31 * (31 + 2) + "t0".hashCode(), which is 116 * 31 + 48.
    EXPECT_EQ(JavaHash{}(TopicPartition{"t0", 2}), 31 * 33 + 116 * 31 + 48);
}

RC_GTEST_PROP(JavaHashMap, holds_what_a_map_holds, ()) {
    JavaHashMap<std::int32_t, int> map;
    std::map<std::int32_t, int> model;
    const auto steps = *rc::gen::container<std::vector<std::pair<std::int32_t, int>>>(
        rc::gen::pair(rc::gen::inRange(-40, 40), rc::gen::inRange(0, 4)));
    for (const auto& [key, what] : steps) {
        if (what == 0) {
            RC_ASSERT(map.erase(key) == (model.erase(key) != 0));
        } else {
            map.put(key, what);
            model[key] = what;
        }
    }
    RC_ASSERT(map.size() == model.size());
    std::map<std::int32_t, int> seen;
    for (const auto& entry : map) seen.emplace(entry.key, entry.value);
    RC_ASSERT(seen == model);
    for (std::int32_t key = -40; key < 40; ++key) RC_ASSERT((map.find(key) != nullptr) == model.contains(key));
}

RC_GTEST_PROP(JavaOrder, of_a_set_of_numbers_is_that_of_the_set, (const std::vector<std::int32_t>& given)) {
    std::vector<std::int32_t> numbers = given;
    if (*rc::gen::arbitrary<bool>()) std::sort(numbers.begin(), numbers.end());
    auto set = JavaHashMap<std::int32_t, int>::sized_for(numbers.size());
    for (const std::int32_t number : numbers) set.put(number, 0);
    RC_ASSERT(java_set_order(numbers) == order_of(set));
}

RC_GTEST_PROP(JavaOrder, of_keys_put_into_a_map_is_that_of_the_map, (const std::set<std::int32_t>& given)) {
    const std::vector<std::int32_t> numbers(given.rbegin(), given.rend());
    JavaHashMap<std::int32_t, int> map;
    for (const std::int32_t number : numbers) map.put(number, 0);
    std::vector<std::int32_t> order;
    for (const std::uint32_t place : java_map_order(numbers)) order.push_back(numbers[place]);
    RC_ASSERT(order == order_of(map));
}

TEST(JavaOrder, of_a_map_follows_its_growth) {
    for (const int count : {12, 13, 24, 25, 48, 49, 1000}) {
        JavaHashMap<std::int32_t, int> map;
        std::vector<std::int32_t> numbers;
        for (int i = 0; i < count; ++i) numbers.push_back(i * 7919);
        for (const std::int32_t number : numbers) map.put(number, 0);
        std::vector<std::int32_t> order;
        for (const std::uint32_t place : java_map_order(numbers)) order.push_back(numbers[place]);
        EXPECT_EQ(order, order_of(map)) << count;
    }
}

TEST(JavaCompare, orders_by_utf16_code_units) {
    EXPECT_LT(java_compare("a", "b"), 0);
    EXPECT_LT(java_compare("c10", "c2"), 0);
    EXPECT_GT(java_compare("ab", "a"), 0);
    EXPECT_EQ(java_compare("ab", "ab"), 0);
    EXPECT_LT(java_compare("\xF0\x9F\x98\x80", "\xEF\xBF\xBD"), 0) << "a surrogate pair sorts before U+FFFD";
    EXPECT_GT(java_compare("\xF0\x9F\x98\x80", "\xED\x9F\xBF"), 0) << "and after U+D7FF";
}

TEST(GroupPartition, is_that_of_kafka) {
    std::istringstream lines(
        brokersim::testing::read_gz(BROKERSIM_VECTORS "/assignment/hash_kafka_group_partition.jsonl.gz"));
    int checked = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto vector = nlohmann::json::parse(line);
        const std::string group = vector.at("input").at("group");
        for (const auto& [partitions, partition] : vector.at("output").at("partition").items())
            EXPECT_EQ(group_partition(group, std::stoi(partitions)), partition.get<int>()) << group;
        ++checked;
    }
    EXPECT_EQ(checked, 50);
    EXPECT_EQ(group_partition("my-group"), 12);
    EXPECT_EQ(group_partition("polygenelubricants"), 0) << "its hash is -2^31";
}

}  // namespace
}  // namespace brokersim::kafka
