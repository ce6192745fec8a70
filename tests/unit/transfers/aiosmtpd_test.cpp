// Mails to a real SMTP server of Debian (python3-aiosmtpd).
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mail_case.hpp"

namespace chapar::net {
namespace {

/// Prints its port, then one line per mail; ends when its standard input does.
constexpr const char* program = R"py(
import asyncio, os, sys
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"): return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"
    async def handle_DATA(self, server, session, envelope):
        print(envelope.mail_from, ",".join(envelope.rcpt_tos), len(envelope.original_content), flush=True)
        return "250 2.0.0 kept"
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), enable_SMTPUTF8=True, hostname="sink"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = loop.create_future()
    loop.add_reader(0, lambda: os.read(0, 1) or ended.done() or ended.set_result(None))
    await ended
asyncio.run(main())
)py";

class Python {
  public:
    Python() {
        int in[2], out[2];
        if (::pipe(in) != 0 || ::pipe(out) != 0) throw std::runtime_error("no pipes");
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            for (int fd : {in[0], in[1], out[0], out[1]})
                ::close(fd);
            ::execl("/usr/bin/python3", "python3", "-c", program, nullptr);
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        output_ = ::fdopen(out[0], "r");
    }
    ~Python() {
        ::close(input_);
        std::fclose(output_);
        ::waitpid(pid_, nullptr, 0);
    }
    std::string line() {
        char text[512] = "";
        return std::fgets(text, sizeof text, output_) == nullptr ? "" : text;
    }

  private:
    pid_t pid_;
    int input_;
    FILE* output_;
};

TEST_F(SmtpCase, a_real_server_takes_what_it_should_and_refuses_what_it_should) {
    Python server;
    std::string port = server.line();
    ASSERT_GT(std::atoi(port.c_str()), 0) << "aiosmtpd did not start";
    Transfer t;
    t.url = "smtp://127.0.0.1:" + std::to_string(std::atoi(port.c_str()));
    t.tls = TlsMode::none;
    t.mail_from = "from@example.org";
    t.body = "Subject: hi\n\n.dot\nسلام\n";
    for (int i = 0; i < 3; ++i) {
        t.rcpt_to = {"a@example.org", "کاربر@example.org"};
        TransferResult r = send(t);
        EXPECT_EQ(r.code, 250) << r.reply << r.error;
        EXPECT_EQ(r.phase, Phase::answered);
        EXPECT_EQ(server.line(), "from@example.org a@example.org,کاربر@example.org 31\n");
        t.rcpt_to = {"nobody@example.org"};
        r = send(t);
        EXPECT_EQ(r.code, 550);
        EXPECT_EQ(r.phase, Phase::recipient);
        EXPECT_EQ(r.reply, "5.1.1 no such user");
    }
}

}  // namespace
}  // namespace chapar::net
