#pragma once
// A Transfers and a mail to try it with. For the SMTP tests.

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "net/transfers.hpp"
#include "smtp_server.hpp"

namespace chapar::net {

class SmtpCase : public ::testing::Test {
  protected:
    static Transfer mail(const test::SmtpServer& server) {
        Transfer t;
        t.url = server.url();
        t.mail_from = "from@example.org";
        t.rcpt_to = {"to@example.org"};
        t.body = "Subject: hi\r\n\r\nhello\r\n";
        t.tls = TlsMode::none;
        t.timeout = Milliseconds(5000);
        t.connect_timeout = Milliseconds(5000);
        return t;
    }
    std::future<TransferResult> start(Transfer t, TransferId* id = nullptr) {
        auto promise = std::make_shared<std::promise<TransferResult>>();
        TransferId given =
            transfers_->start(std::move(t), [promise](TransferResult r) { promise->set_value(std::move(r)); });
        if (id != nullptr) *id = given;
        return promise->get_future();
    }
    TransferResult send(Transfer t) { return start(std::move(t)).get(); }

    std::unique_ptr<Transfers> transfers_ = std::make_unique<Transfers>(Transfers::Options{});
};

}  // namespace chapar::net
