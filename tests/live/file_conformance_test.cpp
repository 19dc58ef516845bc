#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <optional>

#include "core/check.h"
#include "core/draw.h"
#include "live/directory_files.h"
#include "live/file_host.h"
#include "sim/files.h"
#include "tests/sim/script_node.h"

/// What files do when a process is killed, asked of both worlds with one body and the same expectations: the simulated
/// one, and the live one on this computer's kernel, with a real child process and a real SIGKILL.
namespace brokersim::sim {
namespace {

using namespace testing;

/// One thing that a program does to a file.
struct Operation {
    enum class Kind : std::uint8_t { create, write, flush, rename, save, remove, set_length, sync, sync_directory };
    Kind kind;
    std::string path;
    std::string to;  // rename
    std::uint64_t offset = 0;
    std::string text;        // write, save
    std::uint64_t size = 0;  // create, set_length
};

/// What the files are: their contents by path.
using Contents = std::map<std::string, std::string>;

void apply(const Operation& operation, Contents& files) {
    switch (operation.kind) {
        case Operation::Kind::create:
            files[operation.path] = std::string(operation.size, '\0');
            break;
        case Operation::Kind::write:
            files[operation.path].replace(operation.offset, operation.text.size(), operation.text);
            break;
        case Operation::Kind::rename:
            files[operation.to] = files.extract(operation.path).mapped();
            break;
        case Operation::Kind::save:
            files[operation.path] = operation.text;
            break;
        case Operation::Kind::remove:
            files.erase(operation.path);
            break;
        case Operation::Kind::set_length:
            files[operation.path].resize(operation.size);
            break;
        case Operation::Kind::flush:
        case Operation::Kind::sync:
        case Operation::Kind::sync_directory:
            break;
    }
}

/// A program: a log that is appended to, flushed and rolled, a file that is saved with its .bak, files that come and
/// go.
std::vector<Operation> program(std::uint64_t seed) {
    using Kind = Operation::Kind;
    std::vector<Operation> operations;
    int log = 0;
    std::uint64_t end = 0;
    const auto log_path = [&] { return "store/commitlog/" + std::to_string(log); };
    constexpr std::uint64_t log_size = 10'000;
    operations.push_back({.kind = Kind::create, .path = log_path(), .size = log_size});
    bool saved = false;
    for (int i = 0; i < 60; ++i) {
        const std::uint64_t draw = draw_key(seed, Purpose::test, 1, static_cast<std::uint64_t>(i));
        const std::uint64_t length = 1 + below(mix64(draw), 2500);
        switch (draw % 6) {
            case 0:
                if (end > 0) operations.push_back({.kind = Kind::flush, .path = log_path(), .size = end});
                break;
            case 1:
                if (saved)
                    operations.push_back(
                        {.kind = Kind::rename, .path = "config/offsets.json", .to = "config/offsets.json.bak"});
                if (saved) operations.push_back({.kind = Kind::sync_directory, .path = "config"});
                operations.push_back({.kind = Kind::save,
                                      .path = "config/offsets.json",
                                      .text = std::string(length, static_cast<char>('a' + i % 26))});
                operations.push_back({.kind = Kind::sync, .path = "config/offsets.json"});
                saved = true;
                break;
            case 2:
                if (log > 0) {
                    operations.push_back({.kind = Kind::set_length, .path = "store/commitlog/0", .size = length});
                    operations.push_back({.kind = Kind::remove, .path = "store/commitlog/0"});
                    operations.push_back({.kind = Kind::create, .path = "store/commitlog/0", .size = log_size});
                }
                break;
            default:
                if (end + length > log_size) {
                    ++log;
                    end = 0;
                    operations.push_back({.kind = Kind::create, .path = log_path(), .size = log_size});
                }
                operations.push_back({.kind = Kind::write,
                                      .path = log_path(),
                                      .offset = end,
                                      .text = std::string(length, static_cast<char>('A' + i % 26))});
                end += length;
        }
    }
    return operations;
}

/// Does it to a host; `done` runs when the host says so.
void carry_out(Host& host, const Operation& operation, Task done) {
    const auto good = [](bool ok) { BROKERSIM_CHECK(ok, "an operation failed"); };
    const auto when_done = [done = std::make_shared<Task>(std::move(done))](FileResult<void> result) {
        BROKERSIM_CHECK(result.has_value(), "{}", result.error().what);
        (*done)();
    };
    switch (operation.kind) {
        case Operation::Kind::create:
            good(host.create(operation.path, operation.size).has_value());
            break;
        case Operation::Kind::write: {
            auto region = host.map(operation.path);
            good(region.has_value());
            std::memcpy((*region)->write(operation.offset, operation.text.size()).data(), operation.text.data(),
                        operation.text.size());
            host.owe(std::chrono::microseconds(10));
            break;
        }
        case Operation::Kind::flush: {
            auto region = host.map(operation.path);
            good(region.has_value());
            return (*region)->flush(0, operation.size, when_done);
        }
        case Operation::Kind::rename:
            good(host.rename(operation.path, operation.to).has_value());
            break;
        case Operation::Kind::save:
            good(host.write_file(operation.path, operation.text).has_value());
            break;
        case Operation::Kind::remove:
            good(host.remove(operation.path).has_value());
            break;
        case Operation::Kind::set_length:
            good(host.set_length(operation.path, operation.size).has_value());
            break;
        case Operation::Kind::sync:
            return host.sync_file(operation.path, when_done);
        case Operation::Kind::sync_directory:
            return host.sync_directory(operation.path, when_done);
    }
    host.paid([when_done] { when_done({}); });
}

/// Does one after the other; `announce(n)` after the n-th.
void carry_out_all(Host& host, std::shared_ptr<std::vector<Operation>> operations, std::size_t next,
                   std::function<void(std::size_t)> announce) {
    if (next == operations->size()) return;
    carry_out(host, (*operations)[next], [&host, operations, next, announce] {
        announce(next + 1);
        carry_out_all(host, operations, next + 1, announce);
    });
}

void read_all(Host& host, const std::string& directory, Contents& found) {
    const auto entries = host.list(directory);
    if (!entries) return;
    for (const FileInfo& entry : *entries) {
        const std::string path = directory.empty() ? entry.name : directory + "/" + entry.name;
        if (entry.directory)
            read_all(host, path, found);
        else
            found[path] = host.read_file(path).value();
    }
}

/// How `path` may stand after `announced` operations, when the next one may have begun: a whole content, or none.
void expect_possible(const std::vector<Operation>& operations, std::size_t announced, const Contents& found) {
    Contents before;
    for (std::size_t i = 0; i < announced; ++i) apply(operations[i], before);
    if (found == before) return;
    ASSERT_LT(announced, operations.size()) << "the last operation is missing";
    const Operation& next = operations[announced];
    Contents after = before;
    apply(next, after);
    if (found == after) return;
    // Neither before nor after: only of what is not one step may there be a part.
    Contents others = found;
    others.erase(next.path);
    Contents expected = before;
    expected.erase(next.path);
    EXPECT_EQ(others, expected);
    const auto content = found.find(next.path);
    ASSERT_NE(content, found.end()) << next.path;
    switch (next.kind) {
        case Operation::Kind::create:
            EXPECT_EQ(content->second, "");
            break;
        case Operation::Kind::save:
            EXPECT_TRUE(next.text.starts_with(content->second));
            break;
        case Operation::Kind::write: {
            const std::string& was = before.at(next.path);
            const std::string& is = after.at(next.path);
            ASSERT_EQ(content->second.size(), was.size());
            for (std::size_t i = 0; i < was.size(); ++i)
                EXPECT_TRUE(content->second[i] == was[i] || content->second[i] == is[i]) << i;
            break;
        }
        default:
            ADD_FAILURE() << "an operation on " << next.path << " was done in part";
    }
}

// --- the two arms ----------------------------------------------------------------------------------------------------

/// Runs the program in a simulated machine and kills it after `kill_after` operations, somewhere in the next one.
void simulated_arm(std::uint64_t seed, std::size_t kill_after) {
    TestWorld test({}, seed);
    auto operations = std::make_shared<std::vector<Operation>>(program(seed));
    std::size_t announced = 0;
    bool killed = false;
    const NodeId node = test.add("a");
    test.in(node, [&](ScriptNode& self) {
        carry_out_all(self.host, operations, 0, [&](std::size_t done) {
            announced = done;
            if (done != kill_after) return;
            const std::uint64_t delay = below(draw_key(seed, Purpose::test, 2, 0), 15'000);
            test.world.schedule(test.world.now() + Duration(static_cast<std::int64_t>(delay)), [&] {
                test.world.kill(node);
                killed = true;
            });
        });
    });
    test.run(1s);
    ASSERT_FALSE(test.world.crash()) << test.world.crash()->what;
    ASSERT_TRUE(killed);
    test.world.start(node);
    test.in(node, [&](ScriptNode& self) {
        Contents found;
        read_all(self.host, "", found);
        expect_possible(*operations, announced, found);
    });
}

/// The same in a real child process: it announces through a pipe, and is killed when `kill_after` bytes have come.
void real_arm(std::uint64_t seed, std::size_t kill_after) {
    std::string pattern = (std::filesystem::temp_directory_path() / "brokersim-XXXXXX").string();
    const std::string root = ::mkdtemp(pattern.data());
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    auto operations = std::make_shared<std::vector<Operation>>(program(seed));
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        live::TaskLoop loop;
        live::DirectoryFiles files(loop, root);
        live::FileHost host(loop, files, "a");
        bool finished = false;
        carry_out_all(host, operations, 0, [&](std::size_t done) {
            const char one = 1;
            if (::write(pipe_ends[1], &one, 1) != 1) ::_exit(1);
            finished = done == operations->size();
        });
        loop.run_until(finished);
        ::pause();  // until it is killed
        ::_exit(0);
    }
    ::close(pipe_ends[1]);
    std::size_t announced = 0;
    char one = 0;
    while (announced < kill_after && ::read(pipe_ends[0], &one, 1) == 1) ++announced;
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &one, 1) == 1) ++announced;  // what it did meanwhile
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    live::TaskLoop loop;
    live::DirectoryFiles files(loop, root);
    live::FileHost host(loop, files, "a");
    Contents found;
    read_all(host, "", found);
    expect_possible(*operations, announced, found);
    std::filesystem::remove_all(root);
}

struct Arm {
    const char* name;
    void (*run)(std::uint64_t seed, std::size_t kill_after);
};

class KilledProcess : public ::testing::TestWithParam<Arm> {};
INSTANTIATE_TEST_SUITE_P(Arms, KilledProcess, ::testing::Values(Arm{"simulated", simulated_arm}, Arm{"real", real_arm}),
                         [](const auto& arm) { return std::string(arm.param.name); });

TEST_P(KilledProcess, LeavesEveryFinishedOperationAndAtMostAPartOfTheNext) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        const std::size_t length = program(seed).size();
        GetParam().run(seed, 1 + below(draw_key(seed, Purpose::test, 3, 0), length - 1));
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace brokersim::sim
