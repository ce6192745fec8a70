// RestrictAddressFamilies= without AF_NETLINK, as a seccomp filter in a child: names must still resolve.

#include <gtest/gtest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace {

/// socket(family, ...) fails with EAFNOSUPPORT unless the family is unix, inet or inet6 (what systemd installs).
bool forbid_other_families() {
    const auto data = [](std::size_t offset) { return static_cast<std::uint32_t>(offset); };
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, data(offsetof(seccomp_data, nr))),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, data(offsetof(seccomp_data, args[0]))),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = sizeof code / sizeof code[0], .filter = code};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int resolve_in_sandbox() {
    if (!forbid_other_families()) return 2;
    if (::socket(AF_NETLINK, SOCK_RAW, 0) >= 0 || errno != EAFNOSUPPORT) return 3;
    for (const int flags : {0, AI_ADDRCONFIG}) {
        addrinfo hints{};
        hints.ai_flags = flags;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (::getaddrinfo("localhost", "25", &hints, &found) != 0) return 4;
        ::freeaddrinfo(found);
    }
    return 0;
}

TEST(Sandbox, names_resolve_without_netlink) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(resolve_in_sandbox());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << "2: no filter, 3: the filter lets netlink through, 4: a name did not resolve";
}

}  // namespace
