#include "app/systemd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace {

namespace systemd = chapar::app::systemd;
using testing::MatchesRegex;

/// What systemd would be: a datagram socket at `name` ("@" in front: abstract).
class Manager {
  public:
    explicit Manager(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name[0] == '@') address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        bound = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0;
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    ~Manager() {
        ::unsetenv("NOTIFY_SOCKET");
        ::close(fd_);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    std::string heard() const {
        char buffer[512];
        const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
        return got < 0 ? "" : std::string(buffer, static_cast<std::size_t>(got));
    }
    bool bound = false;

  private:
    int fd_;
};

TEST(Notify, reaches_a_socket_in_the_file_system) {
    std::string folder = testing::TempDir() + "chapar-notify-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    {
        const Manager manager(folder + "/notify");
        ASSERT_TRUE(manager.bound);
        EXPECT_TRUE(systemd::notify("READY=1\nSTATUS=3 waiting"));
        EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=3 waiting");
    }
    std::filesystem::remove_all(folder);
}

TEST(Notify, reaches_an_abstract_socket) {
    const Manager manager("@chapar-test-" + std::to_string(::getpid()));
    ASSERT_TRUE(manager.bound);
    EXPECT_TRUE(systemd::notify("STOPPING=1"));
    EXPECT_EQ(manager.heard(), "STOPPING=1");
}

TEST(Notify, reloading_carries_the_monotonic_time) {
    const Manager manager("@chapar-test-" + std::to_string(::getpid()));
    EXPECT_TRUE(systemd::notify_reloading());
    EXPECT_THAT(manager.heard(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
}

TEST(Notify, without_systemd_nothing_happens) {
    ::unsetenv("NOTIFY_SOCKET");
    EXPECT_FALSE(systemd::notify("READY=1"));
    for (const char* path : {"relative", "/nobody/listens/here", ""}) {
        ::setenv("NOTIFY_SOCKET", path, 1);
        EXPECT_FALSE(systemd::notify("READY=1")) << path;
    }
    ::setenv("NOTIFY_SOCKET", std::string(300, '/').c_str(), 1);
    EXPECT_FALSE(systemd::notify("READY=1"));
    ::unsetenv("NOTIFY_SOCKET");
}

TEST(Watchdog, is_told_at_least_twice_in_each_of_its_periods) {
    using std::chrono::microseconds, std::chrono::milliseconds, std::chrono::seconds;
    const milliseconds usual = seconds(5);
    EXPECT_EQ(systemd::ping_interval(std::nullopt, usual), usual);
    EXPECT_EQ(systemd::ping_interval(seconds(30), usual), usual);
    for (const auto period :
         {microseconds(3), microseconds(500'000), microseconds(4'000'000), microseconds(9'999'999)}) {
        EXPECT_LE(systemd::ping_interval(period, usual), std::max(microseconds(1'000), period / 2)) << period.count();
        EXPECT_GT(systemd::ping_interval(period, usual), milliseconds(0));
    }
}

TEST(Watchdog, is_read_from_the_environment_where_it_is_meant_for_us) {
    const auto read = [](const char* period, const std::string& pid) {
        ::setenv("WATCHDOG_USEC", period, 1);
        pid.empty() ? ::unsetenv("WATCHDOG_PID") : ::setenv("WATCHDOG_PID", pid.c_str(), 1);
        const auto got = systemd::watchdog();
        ::unsetenv("WATCHDOG_USEC");
        ::unsetenv("WATCHDOG_PID");
        return got;
    };
    EXPECT_EQ(read("4000000", ""), std::chrono::seconds(4));
    EXPECT_EQ(read("4000000", std::to_string(::getpid())), std::chrono::seconds(4));
    EXPECT_EQ(read("6000000000", ""), std::chrono::seconds(6000)) << "more than an int holds";
    EXPECT_FALSE(read("4000000", std::to_string(::getppid())).has_value());
    for (const char* bad : {"", "0", "-5", "4s"})
        EXPECT_FALSE(read(bad, "").has_value()) << bad;
    EXPECT_FALSE(systemd::watchdog().has_value());
}

/// Runs `body` in a child whose descriptor 3 is a socket; answers its exit status.
template <class Body>
int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd != 3) ::dup2(fd, 3);
        ::close(4);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

TEST(ListenFds, are_taken_once_and_closed_on_exec) {
    EXPECT_EQ(in_child([] {
                  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
                  ::setenv("LISTEN_FDS", "1", 1);
                  const auto fds = systemd::listen_fds();
                  const bool taken = fds.size() == 1 && fds[0] == 3 && (::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0;
                  const bool gone = ::getenv("LISTEN_FDS") == nullptr && systemd::listen_fds().empty();
                  return taken && gone ? 7 : 1;
              }),
              7);
}

TEST(ListenFds, meant_for_another_process_are_left_alone) {
    EXPECT_EQ(in_child([] {
                  ::setenv("LISTEN_PID", std::to_string(::getppid()).c_str(), 1);
                  ::setenv("LISTEN_FDS", "1", 1);
                  return systemd::listen_fds().empty() ? 7 : 1;
              }),
              7);
}

TEST(ListenFds, a_number_that_is_none_or_too_high_opens_nothing) {
    EXPECT_EQ(in_child([] {
                  int wrong = 0;
                  for (const char* count : {"", "x", "-1", "1x", "99999999999", "1000"}) {
                      ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
                      ::setenv("LISTEN_FDS", count, 1);
                      if (!systemd::listen_fds().empty()) ++wrong;
                  }
                  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
                  ::setenv("LISTEN_FDS", "2", 1);  // but only descriptor 3 is open
                  return wrong == 0 && systemd::listen_fds().size() == 1 ? 7 : 1;
              }),
              7);
}

}  // namespace
