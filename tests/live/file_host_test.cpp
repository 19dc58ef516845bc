#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/file_host.h"
#include "live/overlay_files.h"
#include "tests/live/unpacked_store.h"

namespace brokersim::live::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::string> names(const FileResult<std::vector<FileInfo>>& listed) {
    std::vector<std::string> found;
    for (const FileInfo& info : listed.value()) found.push_back(info.name + (info.directory ? "/" : ""));
    return found;
}

/// What Host says of files, for files that keep changes and for those that forget them.
class FilesOfHost : public ::testing::TestWithParam<bool> {
protected:
    FilesOfHost() {
        if (GetParam())
            files_ = std::make_unique<DirectoryFiles>(loop_, directory_.root());
        else
            files_ = std::make_unique<OverlayFiles>(loop_, directory_.root());
        host_ = std::make_unique<FileHost>(loop_, *files_, "broker/0");
    }
    TestDirectory directory_;
    TaskLoop loop_;
    std::unique_ptr<Files> files_;
    std::unique_ptr<FileHost> host_;
};

TEST_P(FilesOfHost, AreMadeWrittenListedRenamedResizedAndRemoved) {
    EXPECT_EQ(host_->list("a").error().code, FileErrorCode::not_found);
    EXPECT_EQ(host_->map("a/b/one").error().code, FileErrorCode::not_found);
    const auto region = host_->create("a/b/one", 8192).value();
    std::memcpy(region->write(4096, 5).data(), "hello", 5);
    EXPECT_EQ(host_->create("a/b/one", 1).error().code, FileErrorCode::exists);
    EXPECT_EQ(text_of(host_->map("a/b/one").value()->read(4096, 5)), "hello");
    EXPECT_THAT(names(host_->list("a")), ElementsAre("b/"));
    ASSERT_TRUE(host_->write_file("a/b/two", "second").has_value());
    ASSERT_TRUE(host_->rename("a/b/two", "a/b/three").has_value());
    EXPECT_THAT(names(host_->list("a/b")), ElementsAre("one", "three"));
    EXPECT_EQ(host_->read_file("a/b/three").value(), "second");
    ASSERT_TRUE(host_->set_length("a/b/one", 4100).has_value());
    EXPECT_EQ(text_of(host_->map("a/b/one").value()->read(4096, 4)), "hell");
    ASSERT_TRUE(host_->set_length("a/b/three", 0).has_value());
    EXPECT_EQ(host_->map("a/b/three").error().code, FileErrorCode::wrong_size);
    ASSERT_TRUE(host_->remove("a/b/one").has_value());
    EXPECT_EQ(host_->remove("a/b/one").error().code, FileErrorCode::not_found);
    EXPECT_THAT(names(host_->list("a/b")), ElementsAre("three"));
}

TEST_P(FilesOfHost, LieInItsDirectoryAndNowhereElse) {
    for (const std::string path : {"../outside", "a/../../outside", "/etc/passwd", "a/.."}) {
        EXPECT_EQ(host_->create(path, 4096).error().code, FileErrorCode::io) << path;
        EXPECT_EQ(host_->map(path).error().code, FileErrorCode::io) << path;
        EXPECT_FALSE(host_->write_file(path, "x").has_value()) << path;
        EXPECT_FALSE(host_->remove(path).has_value()) << path;
        EXPECT_FALSE(host_->list(path).has_value()) << path;
    }
}

TEST_P(FilesOfHost, AreForcedToTheDiskInAHandlerOfItsOwn) {
    const auto region = host_->create("log", 3 * 4096).value();
    int flushed = 0;
    region->flush(4097, 10, [&](FileResult<void> result) { flushed += result.has_value(); });
    host_->sync_file("log", [&](FileResult<void> result) { flushed += result.has_value(); });
    EXPECT_EQ(flushed, 0);
    loop_.run_until_idle();
    EXPECT_EQ(flushed, 2);
}

INSTANTIATE_TEST_SUITE_P(Arms, FilesOfHost, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Kept" : "Discarded"; });

TEST(OverlayFiles, LeaveTheDirectoryAsItIsAndTellWhatWouldChange) {
    TestDirectory directory;
    directory.write("same", std::string(5000, 's'));
    directory.write("changed", std::string(5000, 'c'));
    directory.write("gone", "gone");
    const auto before = directory.files();
    TaskLoop loop;
    OverlayFiles files(loop, directory.root());
    std::memcpy(files.map("same").value()->write(10, 1).data(), "s", 1);
    std::memcpy(files.map("changed").value()->write(4000, 100).data() + 50, "xyz", 3);
    ASSERT_TRUE(files.remove("gone").has_value());
    ASSERT_TRUE(files.create("new", 100).has_value());
    ASSERT_TRUE(files.write_file("passing", "x").has_value());
    ASSERT_TRUE(files.remove("passing").has_value());
    using Kind = OverlayFiles::Kind;
    EXPECT_THAT(files.changes().value(), ElementsAre(OverlayFiles::Change{"changed", Kind::rewritten, 5000, 4050, 4053},
                                                     OverlayFiles::Change{"gone", Kind::removed, 4},
                                                     OverlayFiles::Change{"new", Kind::created, 100}));
    EXPECT_EQ(directory.files(), before);
}

TEST(TaskLoop, RunsTasksWhenTheyFallDueInTheOrderInWhichTheyWereAskedFor) {
    TaskLoop loop;
    std::string order;
    bool done = false;
    loop.after(std::chrono::milliseconds(3), [&] {
        order += 'd';
        done = true;
    });
    const TimerId cancelled = loop.after(std::chrono::milliseconds(1), [&] { order += 'x'; });
    loop.soon([&] {
        order += 'a';
        const MonoTime now = loop.mono();
        loop.soon([&] { order += 'c'; });
        EXPECT_EQ(loop.mono(), now) << "the clock stands still in a handler";
    });
    loop.soon([&] { order += 'b'; });
    loop.cancel(cancelled);
    loop.run_until_idle();
    EXPECT_EQ(order, "abc");
    EXPECT_TRUE(loop.run_until(done));
    EXPECT_EQ(order, "abcd");
    const bool never = false;
    EXPECT_FALSE(loop.run_until(never)) << "nothing is left to run";
}

TEST(FileHost, GrantsAsManyServersOfALaneAsItHas) {
    TestDirectory directory;
    TaskLoop loop;
    DirectoryFiles files(loop, directory.root());
    FileHost host(loop, files, "broker/0");
    host.open_lane(Lane::reput, 1);
    std::vector<LaneServer> held;
    int granted = 0;
    for (int i = 0; i < 2; ++i)
        host.start(Lane::reput, [&](LaneServer server) {
            ++granted;
            held.push_back(std::move(server));
        });
    loop.run_until_idle();
    EXPECT_EQ(granted, 1);
    held.clear();
    loop.run_until_idle();
    EXPECT_EQ(granted, 2);
    held.clear();
}

TEST(FileHost, RefusesConnections) {
    struct Events final : ConnectionEvents {
        void on_opened(ConnectionId) override {}
        void on_accepted(ConnectionId, Address) override {}
        void on_frame(ConnectionId, protocol::Frame&&) override {}
        void on_closed(ConnectionId id, NetError why) override { closed.emplace_back(id, why); }
        std::vector<std::pair<ConnectionId, NetError>> closed;
    } events;
    TestDirectory directory;
    TaskLoop loop;
    DirectoryFiles files(loop, directory.root());
    FileHost host(loop, files, "broker/0");
    const ConnectionId id = host.connect({0x7F000001, 10911}, std::chrono::seconds(1), events);
    EXPECT_THAT(events.closed, IsEmpty());
    loop.run_until_idle();
    EXPECT_THAT(events.closed, ElementsAre(std::pair(id, NetError::refused)));
}

}  // namespace
}  // namespace brokersim::live::testing
