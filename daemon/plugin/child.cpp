#include "plugin/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "plugin/library.hpp"

namespace chapar::plugin {
namespace {

using Clock = std::chrono::steady_clock;

void be_a_child(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_DUMPABLE, 0);
    if (::getppid() != parent) ::_exit(1);
    // A handler of the daemon's would tell the daemon of a signal that was meant for this process.
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void work_and_leave(const std::function<std::string()>& work, int answer) {
    std::string said = "+" + work();
    std::fflush(stdout);
    for (std::size_t done = 0; done < said.size();) {
        const auto wrote = ::write(answer, said.data() + done, said.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) break;
        done += static_cast<std::size_t>(wrote);
    }
    ::_exit(0);  // no destructor and no exit handler: they belong to the parent
}

/// All that comes until the end or the deadline. False: the deadline came.
bool read_answer(int from, Clock::time_point deadline, std::string& into) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        pollfd ready{from, POLLIN, 0};
        const int count = ::poll(&ready, 1, static_cast<int>(left) + 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) continue;
        std::array<char, 4096> buffer{};
        const auto got = ::read(from, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        into.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

std::string ending(int status) {
    if (!WIFSIGNALED(status)) return "ended by itself (exit code " + std::to_string(WEXITSTATUS(status)) + ")";
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    return "crashed (SIG" + std::string(name == nullptr ? std::to_string(WTERMSIG(status)) : name) + ")";
}

pid_t fork_quietly(const std::function<std::string()>& work, int answer) {
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) {
        be_a_child(parent);
        work_and_leave(work, answer);
    }
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return child;
}

}  // namespace

ChildEnd run_in_child(const std::function<std::string()>& work, std::chrono::seconds limit) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {"", std::string("can't be tried: ") + std::strerror(errno)};
    const File from(ends[0]);
    File to(ends[1]);
    std::fflush(stdout);
    const pid_t child = fork_quietly(work, to.get());
    if (child < 0) return {"", std::string("can't be tried: ") + std::strerror(errno)};
    to = File();
    std::string said;
    const bool in_time = read_answer(from.get(), Clock::now() + limit, said);
    if (!in_time) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!in_time) return {"", "did not end within " + std::to_string(limit.count()) + " s", true};
    if (!said.starts_with('+') || WIFSIGNALED(status)) return {"", ending(status)};
    return {said.substr(1), ""};
}

}  // namespace chapar::plugin
