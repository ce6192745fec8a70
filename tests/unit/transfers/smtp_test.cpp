#include "net/transfers.hpp"

#include <gtest/gtest.h>

#include <future>

#include "smtp_server.hpp"

namespace chapar::net {
namespace {

using test::SmtpServer;

class SmtpTransfer : public ::testing::Test {
  protected:
    Transfer mail(const SmtpServer& server) {
        Transfer t;
        t.url = server.url();
        t.mail_from = "from@example.org";
        t.rcpt_to = {"to@example.org"};
        t.body = "Subject: hi\r\n\r\nhello\r\n";
        t.tls = TlsMode::none;
        t.timeout = Milliseconds(5000);
        return t;
    }
    std::future<TransferResult> start(Transfer t) {
        auto promise = std::make_shared<std::promise<TransferResult>>();
        transfers_.start(std::move(t), [promise](TransferResult r) { promise->set_value(std::move(r)); });
        return promise->get_future();
    }
    TransferResult send(Transfer t) { return start(std::move(t)).get(); }

    Transfers transfers_{{}};
};

TEST_F(SmtpTransfer, a_mail_arrives_and_the_connection_is_used_again) {
    SmtpServer server;
    for (int i = 0; i < 3; ++i) {
        TransferResult r = send(mail(server));
        EXPECT_EQ(r.phase, Phase::answered) << r.error;
        EXPECT_EQ(r.code, 250);
        EXPECT_EQ(r.reply, "2.0.0 queued as 42");
        EXPECT_EQ(r.error, "");
    }
    EXPECT_EQ(server.connections(), 1);
    ASSERT_EQ(server.messages().size(), 3u);
    EXPECT_EQ(server.messages()[0], "Subject: hi\r\n\r\nhello\r\n");
}

}  // namespace
}  // namespace chapar::net
