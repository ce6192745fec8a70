// What the server says at each verb, and how far the mail then certainly came.
#include <gmock/gmock.h>

#include <set>

#include "mail_case.hpp"
#include "net/transfer_smtp_session.hpp"

namespace chapar::net {
namespace {

using test::SmtpServer;
using ::testing::HasSubstr;
using ::testing::Not;

class SmtpAnswers : public SmtpCase {};

TEST_F(SmtpAnswers, a_mail_arrives_and_the_connection_is_used_again) {
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

struct Refusal {
    std::string verb, reply;
    Phase phase;
    int code;
    std::string text;
    int connections;  // after a second mail: a refusal alone does not cost the connection
};

class SmtpRefusal : public SmtpCase, public ::testing::WithParamInterface<Refusal> {};

TEST_P(SmtpRefusal, is_reported_with_its_phase_and_the_next_mail_goes) {
    const Refusal& expected = GetParam();
    SmtpServer::Script script{{expected.verb, {.reply = expected.reply, .to = 1}}};
    SmtpServer server(script);
    TransferResult r = send(mail(server));
    EXPECT_EQ(r.phase, expected.phase) << r.error;
    EXPECT_EQ(r.code, expected.code);
    EXPECT_EQ(r.reply, expected.text);
    EXPECT_EQ(r.error, "");
    r = send(mail(server));
    EXPECT_EQ(r.code, 250) << r.error;
    EXPECT_EQ(server.connections(), expected.connections);
    EXPECT_EQ(server.messages().back(), "Subject: hi\r\n\r\nhello\r\n");
}

INSTANTIATE_TEST_SUITE_P(
    AtEachVerb, SmtpRefusal,
    ::testing::Values(Refusal{"CONNECT", "554 5.7.1 go away", Phase::connect, 554, "5.7.1 go away", 2},
                      Refusal{"EHLO", "450 4.3.2 not now", Phase::connect, 450, "4.3.2 not now", 2},
                      Refusal{"MAIL", "452 4.3.1 disk full", Phase::sender, 452, "4.3.1 disk full", 1},
                      Refusal{"MAIL", "550-5.7.1 first\r\n550 5.7.1 second", Phase::sender, 550,
                              "5.7.1 first\n5.7.1 second", 1},
                      Refusal{"RCPT", "450 4.2.0 greylisted", Phase::recipient, 450, "4.2.0 greylisted", 1},
                      Refusal{"RCPT", "550 5.1.1 no such user", Phase::recipient, 550, "5.1.1 no such user", 1},
                      Refusal{"DATA", "451 4.3.0 try later", Phase::data, 451, "4.3.0 try later", 1},
                      Refusal{"DOT", "451 4.7.1 slow down", Phase::answered, 451, "4.7.1 slow down", 1},
                      Refusal{"DOT", "550 5.7.1 spam", Phase::answered, 550, "5.7.1 spam", 1}));

TEST_F(SmtpAnswers, a_server_that_wants_the_message_without_a_recipient_is_left) {
    SmtpServer server({{"RCPT", {.reply = "550 5.1.1 no such user", .to = 1}}, {"DATA", {.reply = "354 go on"}}});
    EXPECT_EQ(send(mail(server)).phase, Phase::recipient);
    EXPECT_EQ(send(mail(server)).code, 250);
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(SmtpAnswers, one_refused_recipient_keeps_the_mail_from_all) {
    SmtpServer server({{"RCPT", {.reply = "550 5.1.1 no such user", .from = 2, .to = 2}}});
    Transfer t = mail(server);
    t.rcpt_to = {"a@example.org", "b@example.org", "c@example.org"};
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::recipient);
    EXPECT_EQ(r.code, 550);
    EXPECT_THAT(server.commands(), Not(::testing::Contains("DATA")));
    r = send(t);
    EXPECT_EQ(r.code, 250) << r.error;
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(server.messages().size(), 1u);
}

struct CopyRefusal {
    std::string ehlo;  // of the server; empty: it pipelines
    std::string reply;
    int which;  // RCPT
};

class SmtpCopies : public SmtpCase, public ::testing::WithParamInterface<CopyRefusal> {
  protected:
    static Transfer with_copies(const SmtpServer& server) {
        Transfer t = mail(server);
        t.rcpt_to = {"a@example.org", "b@example.org", "c@example.org"};
        t.first_decides = true;
        return t;
    }
    static SmtpServer::Script script_of(const CopyRefusal& one) {
        SmtpServer::Script script{{"RCPT", {.reply = one.reply, .from = one.which, .to = one.which}}};
        if (!one.ehlo.empty()) script["EHLO"] = {.reply = one.ehlo};
        return script;
    }
};

TEST_P(SmtpCopies, a_refused_copy_is_told_and_the_mail_goes_to_the_others) {
    const auto& expected = GetParam();
    SmtpServer server(script_of(expected));
    const TransferResult r = send(with_copies(server));
    EXPECT_EQ(r.phase, Phase::answered) << r.error;
    EXPECT_EQ(r.code, 250);
    const auto address = expected.which == 2 ? "b@example.org" : "c@example.org";
    EXPECT_EQ(r.refused, (Pairs{{address, expected.reply}}));
    EXPECT_EQ(server.messages().size(), 1u);
    EXPECT_EQ(send(with_copies(server)).code, 250);
    EXPECT_EQ(server.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(PipelinedAndNot, SmtpCopies,
                         ::testing::Values(CopyRefusal{"", "550 5.1.1 no such user", 2},
                                           CopyRefusal{"", "452 4.5.3 too many recipients", 3},
                                           CopyRefusal{"250 test", "550 5.1.1 no such user", 2},
                                           CopyRefusal{"250 test", "452 4.2.2 mailbox full", 3}));

class SmtpFirst : public SmtpCopies {};

TEST_P(SmtpFirst, a_refused_first_recipient_keeps_the_mail_from_the_copies) {
    const auto& expected = GetParam();
    SmtpServer server(script_of(expected));
    const TransferResult r = send(with_copies(server));
    EXPECT_EQ(r.phase, Phase::recipient);
    EXPECT_EQ(std::to_string(r.code), expected.reply.substr(0, 3));
    EXPECT_THAT(server.commands(), Not(::testing::Contains("DATA")));
    EXPECT_TRUE(server.messages().empty());
    EXPECT_EQ(send(with_copies(server)).code, 250) << "the session was left clean";
    EXPECT_EQ(server.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(PipelinedAndNot, SmtpFirst,
                         ::testing::Values(CopyRefusal{"", "550 5.1.1 no such user", 1},
                                           CopyRefusal{"", "450 4.2.0 greylisted", 1},
                                           CopyRefusal{"250 test", "550 5.1.1 no such user", 1}));

TEST_F(SmtpAnswers, a_server_that_hangs_up_at_a_copy_has_taken_nothing) {
    SmtpServer server({{"RCPT", {.reply = "421 4.3.2 closing", .drop = true, .from = 2, .to = 2}}});
    Transfer t = mail(server);
    t.rcpt_to = {"a@example.org", "b@example.org"};
    t.first_decides = true;
    const TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::recipient);
    EXPECT_EQ(r.code, 421);
    EXPECT_TRUE(server.messages().empty());
}

TEST_F(SmtpAnswers, a_hidden_copy_that_needs_smtputf8_is_left_out_where_there_is_none) {
    SmtpServer old({{"EHLO", {.reply = "250 test"}}});
    Transfer t = mail(old);
    t.rcpt_to = {"a@example.org", "کاربر@example.org"};
    t.first_decides = true;
    const TransferResult r = send(t);
    EXPECT_EQ(r.code, 250) << r.reply;
    ASSERT_EQ(r.refused.size(), 1u);
    EXPECT_EQ(r.refused[0].second, "553 5.6.7 the server does not offer SMTPUTF8");
    EXPECT_THAT(old.commands(), Not(::testing::Contains(HasSubstr("SMTPUTF8"))));
    SmtpServer able;
    t.url = able.url();
    EXPECT_TRUE(send(t).refused.empty());
    EXPECT_THAT(able.commands(), ::testing::Contains(HasSubstr(" SMTPUTF8")));
}

TEST_F(SmtpAnswers, a_server_without_extensions_is_talked_to_one_command_at_a_time) {
    SmtpServer server({{"EHLO", {.reply = "502 what?"}}, {"MAIL", {.reply = "451 no", .to = 1}}});
    EXPECT_EQ(send(mail(server)).phase, Phase::sender);
    TransferResult r = send(mail(server));
    EXPECT_EQ(r.code, 250) << r.error;
    EXPECT_THAT(server.commands(), ::testing::Contains("HELO localhost"));
    EXPECT_THAT(server.commands(), ::testing::Contains("MAIL FROM:<from@example.org>"));
}

TEST_F(SmtpAnswers, smtputf8_is_asked_for_or_refused_here) {
    SmtpServer server;
    Transfer t = mail(server);
    t.rcpt_to = {"کاربر@example.org"};
    EXPECT_EQ(send(t).code, 250);
    EXPECT_THAT(server.commands(), ::testing::Contains(HasSubstr(" SMTPUTF8")));
    SmtpServer old({{"EHLO", {.reply = "250 test"}}});
    t.url = old.url();
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::sender);
    EXPECT_EQ(r.code, 553);
    EXPECT_THAT(r.reply, HasSubstr("5.6.7"));
    EXPECT_EQ(old.messages().size(), 0u);
}

TEST_F(SmtpAnswers, a_message_above_the_servers_size_is_not_tried) {
    SmtpServer server({{"EHLO", {.reply = "250-test\r\n250 SIZE 70000"}}});
    Transfer t = mail(server);
    t.body = std::string(80'000, 'x');
    TransferResult r = send(t);
    EXPECT_EQ(r.code, 552);
    EXPECT_EQ(r.phase, Phase::sender);
    EXPECT_EQ(server.messages().size(), 0u);
}

TEST_F(SmtpAnswers, a_size_that_no_server_may_have_is_not_believed) {
    SmtpServer server({{"EHLO", {.reply = "250-test\r\n250 SIZE 10"}}});
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(send(mail(server)).code, 250);
    EXPECT_EQ(server.messages().size(), 3u);
}

TEST(SmtpSizes, are_believed_down_to_what_was_taken_before) {
    SmtpSizes sizes;
    EXPECT_EQ(sizes.believed(0), 0u) << "no limit was named";
    EXPECT_EQ(sizes.believed(1), SmtpSizes::everybody_takes);
    EXPECT_EQ(sizes.believed(100'000), 100'000u);
    sizes.largest_accepted = 300'000;
    EXPECT_EQ(sizes.believed(100'000), 300'000u);
    EXPECT_EQ(sizes.believed(1'000'000), 1'000'000u);
}

TEST_F(SmtpAnswers, the_envelopes_id_is_told_to_a_server_that_reports_it) {
    SmtpServer server({{"EHLO", {.reply = "250-test\r\n250 DSN"}}});
    Transfer t = mail(server);
    t.envelope_id = "bounces+abc=@news.example";
    EXPECT_EQ(send(t).code, 250);
    EXPECT_THAT(server.commands(), ::testing::Contains(HasSubstr(" ENVID=bounces+2Babc+3D@news.example")));
    SmtpServer other;
    t.url = other.url();
    EXPECT_EQ(send(t).code, 250);
    EXPECT_THAT(other.commands(), Not(::testing::Contains(HasSubstr("ENVID"))));
    for (const auto& bad : std::vector<std::string>{"with blank", "line\r\nRSET", std::string(101, 'x'), "\xD8\xB3"}) {
        t.envelope_id = bad;
        EXPECT_EQ(send(t).phase, Phase::refused) << bad;
    }
}

TEST_F(SmtpAnswers, eight_bit_bodies_are_declared) {
    SmtpServer server;
    Transfer t = mail(server);
    t.body = "\r\nسلام\r\n";
    EXPECT_EQ(send(t).code, 250);
    EXPECT_THAT(server.commands(), ::testing::Contains(HasSubstr("BODY=8BITMIME")));
}

TEST_F(SmtpAnswers, a_server_that_lets_one_connection_in_gets_all_over_that_one) {
    SmtpServer server({{"CONNECT", {.reply = "421 4.7.0 too many connections", .drop = true, .from = 2}}});
    EXPECT_EQ(send(mail(server)).code, 250);
    std::vector<std::future<TransferResult>> waiting;
    for (int i = 0; i < 50; ++i)
        waiting.push_back(start(mail(server)));
    for (auto& one : waiting)
        EXPECT_EQ(one.get().code, 250);
    EXPECT_EQ(server.messages().size(), 51u);
}

TEST_F(SmtpAnswers, many_mails_at_once_all_arrive_once) {
    SmtpServer server;
    std::vector<std::future<TransferResult>> waiting;
    for (int i = 0; i < 300; ++i) {
        Transfer t = mail(server);
        t.body = "number " + std::to_string(i);
        waiting.push_back(start(t));
    }
    for (auto& one : waiting)
        EXPECT_EQ(one.get().phase, Phase::answered);
    std::vector<std::string> all = server.messages();
    std::set<std::string> different(all.begin(), all.end());
    EXPECT_EQ(all.size(), 300u);
    EXPECT_EQ(different.size(), 300u);
    EXPECT_LE(server.connections(), 64);
}

}  // namespace
}  // namespace chapar::net
