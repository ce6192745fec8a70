// An urgent mail does not wait for those that came before it.
#include <thread>

#include "mail_case.hpp"

namespace chapar::net {
namespace {

using test::SmtpServer;

class SmtpUrgent : public SmtpCase {
  protected:
    void limit_to(std::uint32_t connections) {
        Transfers::Options options;
        options.max_host_connections = connections;
        transfers_ = std::make_unique<Transfers>(options);
    }
    static Transfer named(const SmtpServer& server, const std::string& name, bool urgent) {
        Transfer t = mail(server);
        t.body = "Subject: " + name + "\r\n\r\nhello\r\n";
        t.urgent = urgent;
        return t;
    }
    /// The subjects, in the order of their arrival.
    static std::string subjects(const SmtpServer& server) {
        std::string all;
        for (const std::string& message : server.messages())
            all += message.at(message.find("Subject: ") + 9);
        return all;
    }
};

TEST_F(SmtpUrgent, one_connection_is_kept_for_it) {
    SmtpServer server({{"DOT", {.hang = true, .to = 3}}});
    limit_to(4);
    std::vector<std::future<TransferResult>> bulk;
    for (int i = 0; i < 4; ++i)
        bulk.push_back(start(named(server, "bulk", false)));
    while (subjects(server).size() < 3)
        std::this_thread::yield();
    EXPECT_EQ(send(named(server, "otp", true)).code, 250);
    // The fourth had its turn neither before nor after: that connection is not for it.
    EXPECT_EQ(bulk[3].wait_for(Milliseconds(100)), std::future_status::timeout);
    EXPECT_EQ(subjects(server), "bbbo");
}

TEST_F(SmtpUrgent, it_goes_first_and_every_fourth_turn_is_anothers) {
    SmtpServer server({{"DOT", {.hang = true, .to = 1}}});
    limit_to(1);
    TransferId first = 0;
    auto hanging = start(named(server, "first", false), &first);
    while (subjects(server).empty())
        std::this_thread::yield();
    std::vector<std::future<TransferResult>> all;
    all.push_back(start(named(server, "news", false)));
    for (int i = 0; i < 4; ++i)
        all.push_back(start(named(server, "otp", true)));
    transfers_->cancel(first);
    for (auto& one : all)
        EXPECT_EQ(one.get().code, 250);
    EXPECT_EQ(subjects(server), "fooono");
}

}  // namespace
}  // namespace chapar::net
