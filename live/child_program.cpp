#include "live/child_program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>

namespace brokersim::live {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_line = 64 << 20;
constexpr std::size_t most_shown = 200;
constexpr std::chrono::milliseconds time_to_end{1000};

std::string reason(int error) { return std::generic_category().message(error); }

/// A descriptor that is closed at the end.
struct Descriptor {
    ~Descriptor() {
        if (number >= 0) close(number);
    }
    int release() { return std::exchange(number, -1); }
    int number = -1;
};

int milliseconds_until(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

/// The process id, or why it could not be started.
std::expected<pid_t, std::string> spawn(const std::vector<std::string>& words, int input, int output) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t pid = 0;
    posix_spawnattr_t attributes;  // a process group of its own, so that what it starts ends with it
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int error = posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return std::unexpected(fmt::format("{} cannot be started: {}", words[0], reason(error)));
    return pid;
}

}  // namespace

std::expected<std::unique_ptr<ChildProgram>, std::string> ChildProgram::start(const std::vector<std::string>& words,
                                                                              std::chrono::milliseconds patience) {
    // Its input is a socket, as only writes to sockets can do without SIGPIPE.
    std::array<int, 2> to{}, from{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to.data()) != 0)
        return std::unexpected(fmt::format("no socket: {}", reason(errno)));
    Descriptor to_here{to[0]}, to_there{to[1]};
    if (pipe2(from.data(), O_CLOEXEC) != 0) return std::unexpected(fmt::format("no pipe: {}", reason(errno)));
    Descriptor from_here{from[0]}, from_there{from[1]};
    const auto pid = spawn(words, to_there.number, from_there.number);
    if (!pid) return std::unexpected(pid.error());
    return std::unique_ptr<ChildProgram>(new ChildProgram(*pid, to_here.release(), from_here.release(), patience));
}

ChildProgram::~ChildProgram() {
    close(to_);
    close(from_);
    if (pid_ == 0) return;
    const auto deadline = Clock::now() + time_to_end;
    while (waitpid(pid_, nullptr, WNOHANG) == 0) {
        if (Clock::now() >= deadline) {
            kill(-pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
            return;
        }
        const timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
        nanosleep(&pause, nullptr);
    }
}

/// Called when it has closed its output.
std::string ChildProgram::how_it_ended() {
    const auto deadline = Clock::now() + time_to_end;
    int status = 0;
    pid_t found = 0;
    while ((found = waitpid(pid_, &status, WNOHANG)) == 0 && Clock::now() < deadline) {
        const timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
        nanosleep(&pause, nullptr);
    }
    if (found == 0) return "it closed its output";
    pid_ = 0;
    if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
    return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
}

std::expected<std::string, std::string> ChildProgram::ask(const std::string& line) {
    if (pid_ == 0) return std::unexpected("it has ended");
    const std::string sent = line + '\n';
    std::string_view rest = sent;
    const auto deadline = Clock::now() + patience_;
    while (true) {
        const std::size_t end = heard_.find('\n');
        if (end != std::string::npos) {
            if (!rest.empty())
                return std::unexpected(
                    fmt::format("it wrote without being asked: {}", heard_.substr(0, std::min(end, most_shown))));
            if (heard_.ends_with('\n')) heard_.pop_back();
            if (heard_.ends_with('\r')) heard_.pop_back();
            return std::exchange(heard_, {});
        }
        if (heard_.size() > longest_line)
            return std::unexpected(fmt::format("it wrote more than {} MiB without an end of line", longest_line >> 20));
        std::array<pollfd, 2> events{{{from_, POLLIN, 0}, {to_, POLLOUT, 0}}};
        const int ready = poll(events.data(), rest.empty() ? 1 : 2, milliseconds_until(deadline));
        if (ready == 0) return std::unexpected(fmt::format("it did not answer within {} ms", patience_.count()));
        if (ready < 0 && errno != EINTR) return std::unexpected(reason(errno));
        if (ready < 0) continue;
        if (events[0].revents != 0) {
            std::array<char, 65536> buffer;
            const ssize_t size = read(from_, buffer.data(), buffer.size());
            if (size == 0) return std::unexpected(how_it_ended());
            if (size < 0 && errno != EINTR) return std::unexpected(reason(errno));
            if (size > 0) heard_.append(buffer.data(), static_cast<std::size_t>(size));
        } else if (events[1].revents != 0) {
            const ssize_t size = send(to_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (size >= 0) rest.remove_prefix(static_cast<std::size_t>(size));
            // It takes no more: what it says at its end is read next.
            if (size < 0 && errno == EPIPE) rest = {};
            if (size < 0 && errno != EPIPE && errno != EAGAIN && errno != EINTR) return std::unexpected(reason(errno));
        }
    }
}

}  // namespace brokersim::live
