#include "render/child_process.hpp"

#include "basic/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace chapar::render {

namespace {

using Clock = std::chrono::steady_clock;
const std::string cancelled = "was ended with the daemon";

using basic::Descriptor;

struct Pipe {
    Descriptor read, write;
    bool open() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
        read = Descriptor(ends[0]);
        write = Descriptor(ends[1]);
        return true;
    }
};

void set_nonblocking(const Descriptor& descriptor) {
    fcntl(descriptor.get(), F_SETFL, fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

/// The child, ended and collected at the latest here.
class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ <= 0) return;
        kill(-pid_, SIGKILL);
        collect();
    }
    /// nullopt: it closed its outputs and lives on beyond the deadline.
    std::optional<int> wait_until(Clock::time_point deadline, const std::atomic<bool>* is_cancelled) {
        constexpr auto nap = std::chrono::milliseconds(2);
        siginfo_t info{};
        while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == 0) {
            if (Clock::now() >= deadline || (is_cancelled != nullptr && *is_cancelled)) return std::nullopt;
            std::this_thread::sleep_for(nap);
        }
        return collect();
    }

  private:
    int collect() {
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = 0;
        constexpr int signalled = 128;
        return WIFEXITED(status) ? WEXITSTATUS(status) : signalled + WTERMSIG(status);
    }
    pid_t pid_;
};

class Conversation {
  public:
    Conversation(std::string_view input, const ChildLimits& limits)
        : input_(input), limits_(limits), deadline_(Clock::now() + limits.time) {}
    std::expected<ChildResult, std::string> run(const std::string& program, std::vector<std::string> arguments,
                                                std::vector<std::string> environment);

  private:
    std::optional<std::string> start(const std::string& program, std::vector<std::string> arguments,
                                     std::vector<std::string> environment, pid_t& pid);
    std::optional<std::string> talk();
    void feed();
    bool drink(Descriptor& from, std::string& to) const;
    bool is_cancelled() const { return limits_.is_cancelled != nullptr && limits_.is_cancelled->load(); }
    std::string late() const {
        return fmt::format("took longer than {:g} s", std::chrono::duration<double>(limits_.time).count());
    }
    std::string_view input_;
    const ChildLimits& limits_;
    Clock::time_point deadline_;
    Pipe in_, out_, err_;
    ChildResult result_;
};

std::optional<std::string> Conversation::start(const std::string& program, std::vector<std::string> arguments,
                                               std::vector<std::string> environment, pid_t& pid) {
    if (!in_.open() || !out_.open() || !err_.open()) return fmt::format("can't be started: {}", std::strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in_.read.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out_.write.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err_.write.get(), STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    arguments.insert(arguments.begin(), program);
    const int problem = posix_spawn(&pid, program.c_str(), &actions, &attributes, pointers(arguments).data(),
                                    pointers(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    in_.read.reset();
    out_.write.reset();
    err_.write.reset();
    if (problem != 0) return fmt::format("can't be started: {}", std::strerror(problem));
    return std::nullopt;
}

/// Writing to a child that left is its business: what it said decides.
void Conversation::feed() {
    const ssize_t n = write(in_.write.get(), input_.data(), input_.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    input_.remove_prefix(n < 0 ? input_.size() : static_cast<std::size_t>(n));
    if (input_.empty()) in_.write.reset();
}

/// False: there is more than may be.
bool Conversation::drink(Descriptor& from, std::string& to) const {
    std::array<char, 65536> buffer{};
    const ssize_t n = read(from.get(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (n <= 0) {
        from.reset();
        return true;
    }
    to.append(buffer.data(), static_cast<std::size_t>(n));
    return to.size() <= limits_.output_bytes;
}

std::optional<std::string> Conversation::talk() {
    for (const Descriptor* end : {&in_.write, &out_.read, &err_.read})
        set_nonblocking(*end);
    constexpr std::chrono::milliseconds look_every{100};
    while (out_.read.get() >= 0 || err_.read.get() >= 0) {
        if (is_cancelled()) return cancelled;
        const auto until_late = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
        const auto left = std::min(until_late, look_every).count();
        if (left <= 0) return late();
        std::array<pollfd, 3> ends = {pollfd{in_.write.get(), POLLOUT, 0}, pollfd{out_.read.get(), POLLIN, 0},
                                      pollfd{err_.read.get(), POLLIN, 0}};
        if (poll(ends.data(), ends.size(), static_cast<int>(left)) < 0 && errno != EINTR)
            return fmt::format("can't be listened to: {}", std::strerror(errno));
        if (ends[0].revents != 0) feed();
        if (ends[1].revents != 0 && !drink(out_.read, result_.out)) return "writes without end";
        if (ends[2].revents != 0 && !drink(err_.read, result_.err)) return "writes without end";
    }
    return std::nullopt;
}

/// A pipe whose reader left answers with an error here, not with a signal to the whole process.
class WithoutPipeSignal {
  public:
    WithoutPipeSignal() {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    WithoutPipeSignal(const WithoutPipeSignal&) = delete;
    WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;
    ~WithoutPipeSignal() {
        const timespec now{};
        while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

  private:
    sigset_t pipe_{}, before_{};
};

std::expected<ChildResult, std::string> Conversation::run(const std::string& program,
                                                          std::vector<std::string> arguments,
                                                          std::vector<std::string> environment) {
    const WithoutPipeSignal guard;
    if (is_cancelled()) return std::unexpected(cancelled);
    pid_t pid = 0;
    if (auto problem = start(program, std::move(arguments), std::move(environment), pid))
        return std::unexpected(std::move(*problem));
    Child child(pid);
    if (auto problem = talk()) return std::unexpected(std::move(*problem));
    const auto status = child.wait_until(deadline_, limits_.is_cancelled);
    if (is_cancelled()) return std::unexpected(cancelled);
    if (!status) return std::unexpected(late());
    result_.status = *status;
    return std::move(result_);
}

}  // namespace

std::expected<ChildResult, std::string> run_child(const std::string& program, const std::vector<std::string>& arguments,
                                                  const std::vector<std::string>& environment, std::string_view input,
                                                  const ChildLimits& limits) {
    return Conversation(input, limits).run(program, arguments, environment);
}

std::string find_program(std::string_view name, std::string_view path) {
    while (!path.empty()) {
        const std::size_t end = std::min(path.find(':'), path.size());
        std::string candidate = fmt::format("{}/{}", path.substr(0, end), name);
        if (candidate.front() == '/' && access(candidate.c_str(), X_OK) == 0) return candidate;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return {};
}

}  // namespace chapar::render
