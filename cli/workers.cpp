#include "cli/workers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/commands.h"

namespace brokersim::cli {
namespace {

constexpr int look_again_ms = 200;
constexpr int stopped_code = 130;
constexpr int failed_code = 3;

struct Child {
    pid_t pid;
    int from;
    std::size_t piece;
    std::string heard;
};

void write_all(int to, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t size = write(to, text.data() + at, text.size() - at);
        if (size < 0 && errno != EINTR) _exit(failed_code);
        if (size > 0) at += static_cast<std::size_t>(size);
    }
}

[[noreturn]] void be_child(int to, std::size_t piece, const std::function<std::string(std::size_t)>& work) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing is left over if the parent is killed
    try {
        write_all(to, work(piece));
    } catch (const Interrupted&) {
        _exit(stopped_code);
    } catch (const std::exception& error) {
        write_all(to, error.what());
        _exit(failed_code);
    }
    _exit(0);
}

Child start(std::size_t piece, const std::function<std::string(std::size_t)>& work) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    std::fflush(stdout);
    std::fflush(stderr);
    const pid_t pid = fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
        close(ends[0]);
        be_child(ends[1], piece, work);
    }
    close(ends[1]);
    return {pid, ends[0], piece, {}};
}

/// The children that run; none is left when it is gone.
class Children {
public:
    Children() = default;
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    ~Children() {
        for (const Child& child : running) kill(child.pid, SIGKILL);
        for (const Child& child : running) {
            waitpid(child.pid, nullptr, 0);
            close(child.from);
        }
    }
    std::vector<Child> running;
};

/// Takes what the child has to say; true when that was all.
bool listen(Child& child) {
    std::array<char, 65536> buffer;
    const ssize_t size = read(child.from, buffer.data(), buffer.size());
    if (size > 0) child.heard.append(buffer.data(), static_cast<std::size_t>(size));
    return size == 0 || (size < 0 && errno != EINTR);
}

WorkResult result_of(Child& child) {
    close(child.from);
    int status = 0;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {true, std::move(child.heard)};
    if (WIFSIGNALED(status)) return {false, fmt::format("its process was ended by signal {}", WTERMSIG(status))};
    if (WEXITSTATUS(status) == stopped_code) return {false, "it was interrupted"};
    return {false, fmt::format("its process failed: {}", child.heard)};
}

}  // namespace

std::vector<WorkResult> in_processes(std::size_t count, std::size_t jobs,
                                     const std::function<std::string(std::size_t)>& work,
                                     const std::function<void(std::size_t done)>& progress) {
    std::vector<WorkResult> results(count);
    Children children;
    std::size_t next = 0;
    for (std::size_t done = 0; done < count;) {
        if (interrupted()) throw Interrupted{};
        while (next < count && children.running.size() < std::max<std::size_t>(jobs, 1))
            children.running.push_back(start(next++, work));
        std::vector<pollfd> events;
        for (const Child& child : children.running) events.push_back({child.from, POLLIN, 0});
        poll(events.data(), events.size(), look_again_ms);
        for (std::size_t i = events.size(); i-- > 0;) {
            if (events[i].revents == 0 || !listen(children.running[i])) continue;
            Child child = std::move(children.running[i]);
            children.running.erase(children.running.begin() + static_cast<std::ptrdiff_t>(i));
            const std::size_t piece = child.piece;
            results[piece] = result_of(child);
            ++done;
        }
        progress(done);
    }
    return results;
}

std::size_t processors() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace brokersim::cli
