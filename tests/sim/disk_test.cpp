#include <gtest/gtest.h>

#include "tests/sim/script_node.h"

namespace brokersim::sim {
namespace {

using namespace testing;

TEST(Disk, HasRoomForSoManyBytesOfFiles) {
    TestWorld test;
    const NodeId node = test.add(MachineSpec{.name = "broker/0", .disk_bytes = 10'000});
    test.in(node, [](ScriptNode& self) {
        Host& host = self.host;
        EXPECT_EQ(host.disk_usage().capacity, 10'000U);
        EXPECT_EQ(host.disk_usage().used, 0U);
        ASSERT_TRUE(host.create("a", 8000));
        EXPECT_EQ(host.disk_usage().used, 8000U);
        EXPECT_EQ(host.create("b", 2001).error().code, FileErrorCode::no_space);
        EXPECT_EQ(host.write_file("b", std::string(2001, 'x')).error().code, FileErrorCode::no_space);
        EXPECT_EQ(host.set_length("a", 10'001).error().code, FileErrorCode::no_space);
        EXPECT_EQ(host.disk_usage().used, 8000U);
        EXPECT_TRUE(host.write_file("b", std::string(2000, 'x')));
        EXPECT_TRUE(host.write_file("b", std::string(1000, 'y'))) << "it takes the place of the old content";
        EXPECT_TRUE(host.remove("a"));
        EXPECT_TRUE(host.set_length("b", 10'000));
        EXPECT_TRUE(host.write_file("empty", ""));
    });
}

}  // namespace
}  // namespace brokersim::sim
