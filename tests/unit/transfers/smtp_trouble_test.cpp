// Servers that drop, hang, babble or attack (faults F18 to F21, F26 to F29; attacks S1 to S3).
#include <gmock/gmock.h>

#include "mail_case.hpp"

namespace chapar::net {
namespace {

using test::Action;
using test::SmtpServer;
using ::testing::HasSubstr;

class SmtpTrouble : public SmtpCase {};

TEST_F(SmtpTrouble, a_drop_after_the_dot_is_sent_without_an_answer) {
    SmtpServer server({{"DOT", {.drop = true}}});
    TransferResult r = send(mail(server));
    EXPECT_EQ(r.phase, Phase::sent);
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.error, HasSubstr("closed the connection"));
    EXPECT_EQ(server.messages().size(), 1u);  // and it did arrive: UNKNOWN is right
}

TEST_F(SmtpTrouble, a_drop_in_the_middle_of_the_message_is_certainly_not_accepted) {
    SmtpServer server({{"BODY", {.drop = true}}, {"EHLO", {.reply = "250 test"}}});
    Transfer t = mail(server);
    t.body.assign(32 << 20, 'x');  // more than the kernel's buffers take
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::data) << r.error;
    EXPECT_NE(r.error, "");
}

TEST_F(SmtpTrouble, a_refusal_in_the_middle_of_the_message_is_heard) {
    SmtpServer server({{"BODY", {.reply = "552 5.3.4 too big", .drop = true}}, {"EHLO", {.reply = "250 test"}}});
    Transfer t = mail(server);
    t.body.assign(32 << 20, 'x');
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::data);
    // A reset may overtake the words; then the drop is all there is.
    EXPECT_TRUE(r.code == 552 || !r.error.empty());
}

TEST_F(SmtpTrouble, a_drop_at_each_verb_says_how_far_it_came) {
    const std::pair<std::string, Phase> verbs[] = {{"CONNECT", Phase::connect}, {"EHLO", Phase::connect},
                                                   {"MAIL", Phase::sender},     {"RCPT", Phase::recipient},
                                                   {"DATA", Phase::data},       {"DOT", Phase::sent}};
    for (const auto& [verb, phase] : verbs) {
        SmtpServer::Script script{{verb, {.drop = true}}};
        SmtpServer server(script);
        TransferResult r = send(mail(server));
        EXPECT_EQ(r.phase, phase) << verb;
        EXPECT_NE(r.error, "") << verb;
    }
}

TEST_F(SmtpTrouble, a_server_that_hangs_is_given_up_in_time) {
    const std::pair<std::string, Phase> verbs[] = {
        {"MAIL", Phase::sender}, {"DATA", Phase::data}, {"DOT", Phase::sent}};
    for (const auto& [verb, phase] : verbs) {
        SmtpServer::Script script{{verb, {.hang = true}}};
        SmtpServer server(script);
        Transfer t = mail(server);
        t.timeout = Milliseconds(300);
        TransferResult r = send(t);
        EXPECT_EQ(r.phase, phase) << verb;
        EXPECT_TRUE(r.timed_out) << verb;
    }
}

TEST_F(SmtpTrouble, a_server_that_never_greets_is_given_up_in_time) {
    SmtpServer server({{"CONNECT", {.hang = true}}});
    Transfer t = mail(server);
    t.connect_timeout = Milliseconds(300);
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::connect);
    EXPECT_TRUE(r.timed_out);
}

TEST_F(SmtpTrouble, a_hanging_server_does_not_hold_up_another) {
    SmtpServer hanging({{"DOT", {.hang = true}}});
    SmtpServer quick;
    Transfer slow = mail(hanging);
    slow.timeout = Milliseconds(2000);
    std::vector<std::future<TransferResult>> stuck;
    for (int i = 0; i < 10; ++i)
        stuck.push_back(start(slow));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(send(mail(quick)).code, 250);
    EXPECT_EQ(stuck[0].wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    for (auto& one : stuck)
        EXPECT_EQ(one.get().phase, Phase::sent);
}

TEST_F(SmtpTrouble, nobody_listens) {
    int port = 0;
    {
        SmtpServer gone;
        port = gone.port();
    }
    SmtpServer any;
    Transfer t = mail(any);
    t.url = "smtp://127.0.0.1:" + std::to_string(port);
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::connect);
    EXPECT_THAT(r.error, HasSubstr("refused"));
    t.url = "smtp://no-such-host.invalid";
    r = send(t);
    EXPECT_EQ(r.phase, Phase::resolve);
    EXPECT_THAT(r.error, HasSubstr("no-such-host.invalid"));
}

TEST_F(SmtpTrouble, a_connection_that_died_unnoticed_costs_nothing) {
    SmtpServer server({{"MAIL", {.drop = true, .from = 2, .to = 2}}});
    EXPECT_EQ(send(mail(server)).code, 250);
    EXPECT_EQ(send(mail(server)).code, 250);  // on a second connection
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(server.messages().size(), 2u);
}

TEST_F(SmtpTrouble, a_connection_that_was_closed_with_421_costs_nothing) {
    SmtpServer server({{"MAIL", {.reply = "421 4.4.2 idle too long", .drop = true, .from = 2, .to = 2}}});
    EXPECT_EQ(send(mail(server)).code, 250);
    EXPECT_EQ(send(mail(server)).code, 250);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(SmtpTrouble, an_endless_answer_is_cut_off) {
    SmtpServer server({{"MAIL", {.reply = "250-" + std::string(2 << 20, 'a')}}});
    TransferResult r = send(mail(server));
    EXPECT_EQ(r.phase, Phase::sender);
    EXPECT_THAT(r.error, HasSubstr("longer than the limit"));
}

TEST_F(SmtpTrouble, an_answer_that_is_no_smtp_is_an_error) {
    SmtpServer server({{"CONNECT", {.reply = "HTTP/1.1 200 OK"}}});
    EXPECT_THAT(send(mail(server)).error, HasSubstr("not SMTP"));
}

TEST_F(SmtpTrouble, control_characters_in_the_envelope_never_leave) {
    SmtpServer server;
    const std::string bad[] = {"a@example.org\r\nRCPT TO:<b@example.org>",
                               "a\n@example.org",
                               std::string("a\0b@example.org", 15),
                               "a@example.org> SIZE=1",
                               "a b@example.org",
                               "\"a\rb\"@example.org"};
    for (const std::string& address : bad) {
        Transfer t = mail(server);
        t.rcpt_to = {address};
        EXPECT_EQ(send(t).phase, Phase::refused) << address;
        t = mail(server);
        t.mail_from = address;
        EXPECT_EQ(send(t).phase, Phase::refused) << address;
        t = mail(server);
        t.helo = address;
        EXPECT_EQ(send(t).phase, Phase::refused) << address;
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(SmtpTrouble, a_message_can_not_smuggle_another) {
    SmtpServer server;
    const std::string attacks[] = {"one\n.\nMAIL FROM:<evil@example.org>\n",
                                   "one\r\n.\r\nMAIL FROM:<evil@example.org>\r\n",
                                   "one\r.\rMAIL FROM:<evil@example.org>\r",
                                   "one\n.\r\nMAIL FROM:<evil@example.org>\r\n",
                                   "one\r\n.\nMAIL FROM:<evil@example.org>",
                                   "one\r\r\n.\r\r\nMAIL FROM:<evil@example.org>",
                                   "."};
    for (const std::string& body : attacks) {
        Transfer t = mail(server);
        t.body = body;
        EXPECT_EQ(send(t).code, 250);
    }
    EXPECT_EQ(server.messages().size(), std::size(attacks));
    for (const std::string& wire : server.messages()) {
        for (std::size_t i = 0; i < wire.size(); ++i) {
            bool is_bare_lf = wire[i] == '\n' && (i == 0 || wire[i - 1] != '\r');
            bool is_bare_cr = wire[i] == '\r' && (i + 1 == wire.size() || wire[i + 1] != '\n');
            EXPECT_FALSE(is_bare_lf || is_bare_cr) << wire;
        }
    }
    for (const std::string& command : server.commands())
        EXPECT_THAT(command, ::testing::Not(HasSubstr("evil")));
}

TEST_F(SmtpTrouble, a_cancelled_transfer_ends_with_what_is_certain) {
    SmtpServer server({{"DOT", {.hang = true}}});
    TransferId id = 0;
    auto result = start(mail(server), &id);
    while (server.messages().empty())
        std::this_thread::yield();
    transfers_->cancel(id);
    TransferResult r = result.get();
    EXPECT_EQ(r.phase, Phase::sent);
    EXPECT_EQ(r.error, "cancelled");
    EXPECT_FALSE(r.timed_out);
}

TEST_F(SmtpTrouble, stopping_ends_every_transfer) {
    SmtpServer hanging({{"MAIL", {.hang = true}}});
    std::vector<std::future<TransferResult>> waiting;
    for (int i = 0; i < 100; ++i)
        waiting.push_back(start(mail(hanging)));
    transfers_.reset();
    for (auto& one : waiting)
        EXPECT_LE(one.get().phase, Phase::sender);
}

}  // namespace
}  // namespace chapar::net
