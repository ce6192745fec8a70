// LMTP as bytes: what is answered, which mails come out, and what two readers could see differently is refused.
#include "bounce/receiver/lmtp.hpp"

#include <gtest/gtest.h>

#include <random>

namespace chapar::bounce {
namespace {

const std::vector<std::string> everywhere;
const std::string hello = "LHLO client.example\r\n";
const std::string one = "MAIL FROM:<>\r\nRCPT TO:<a@x.ir>\r\nDATA\r\n";

/// A session and all that it said.
struct Talk {
    explicit Talk(LmtpLimits limits = {}, const std::vector<std::string>& domains = everywhere)
        : session("mx.example", domains, limits) {}

    /// Feeds in steps of `step` bytes; every mail is answered with `taken`.
    std::string say(std::string_view bytes, std::size_t step = 1'000'000, bool taken = true) {
        std::string out;
        while (!bytes.empty() && !session.is_over()) {
            const auto part = bytes.substr(0, step);
            std::size_t used = 0;
            while (used < part.size() && !session.is_over()) {
                used += session.take(part.substr(used), out);
                if (!session.mail()) continue;
                mails.push_back(*session.mail());
                session.answer(std::vector<bool>(session.mail()->recipients.size(), taken), out);
            }
            bytes.remove_prefix(part.size());
        }
        return out;
    }
    std::string codes(std::string_view bytes, std::size_t step = 1'000'000) {
        std::string out;
        const auto said = say(bytes, step);
        for (std::size_t at = 0; at < said.size(); at = said.find('\n', at) + 1)
            if (said[at + 3] == ' ') (out += said.substr(at, 3)) += ' ';
        return out;
    }

    LmtpSession session;
    std::vector<ReceivedMail> mails;
};

TEST(Lmtp, takes_a_mail_and_answers_for_each_recipient) {
    Talk talk;
    EXPECT_TRUE(talk.session.greeting().starts_with("220 mx.example"));
    const auto said = talk.say(hello);
    for (const char* word : {"250-PIPELINING", "250-8BITMIME", "250-SMTPUTF8", "250-ENHANCEDSTATUSCODES", "250 SIZE "})
        EXPECT_TRUE(said.contains(word)) << word;
    EXPECT_EQ(
        talk.codes("MAIL FROM:<>\r\nRCPT TO:<a@x.ir>\r\nRCPT TO:<b@x.ir>\r\nDATA\r\nSubject: x\r\n\r\ny\r\n.\r\n"),
        "250 250 250 354 250 250 ");
    ASSERT_EQ(talk.mails.size(), 1U);
    EXPECT_EQ(talk.mails[0].text, "Subject: x\r\n\r\ny\r\n");
    EXPECT_EQ(talk.mails[0].sender, "");
    EXPECT_EQ(talk.mails[0].recipients, (std::vector<std::string>{"a@x.ir", "b@x.ir"}));
    EXPECT_EQ(talk.codes("QUIT\r\n"), "221 ");
    EXPECT_TRUE(talk.session.is_over());
}

TEST(Lmtp, what_was_not_stored_is_asked_for_again) {
    Talk talk;
    EXPECT_TRUE(
        talk.say(hello + one + "x\r\n.\r\n", 1'000'000, false).ends_with("451 4.3.0 not stored now, try again\r\n"));
}

TEST(Lmtp, says_the_same_however_the_bytes_are_cut) {
    const std::string all =
        hello + one + "..a\r\n.b\r\n\r\n.\r\n" + "NOOP\r\nRSET\r\nVRFY x\r\n" + one + "z\r\n.\r\nQUIT\r\n";
    const auto whole = Talk().say(all);
    for (std::size_t step = 1; step < 40; ++step) {
        Talk talk;
        EXPECT_EQ(talk.say(all, step), whole) << step;
        ASSERT_EQ(talk.mails.size(), 2U);
        EXPECT_EQ(talk.mails[0].text, ".a\r\nb\r\n\r\n");
        EXPECT_EQ(talk.mails[1].text, "z\r\n");
    }
}

TEST(Lmtp, a_bare_end_of_line_never_ends_a_mail_and_refuses_it) {
    for (const std::string smuggled :
         {"a\n.\nMAIL FROM:<evil@x>\r\n", "a\n.\r\nMAIL\r\n", "a\r\n.\nMAIL\r\n", "a\r\n.\rMAIL\r\n", "a\r.\r\n\r\n",
          "a\rb\r\n", "a\nb\r\n", "a\r\r\n", "\r\n.\r\r\n", "\n", "a\r\n.\r.\r\n"}) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{1000}}) {
            Talk talk;
            const auto said = talk.say(hello + one + smuggled + "\r\n.\r\n", step);
            EXPECT_TRUE(said.ends_with("554 5.6.0 a line of the mail ends without CR and LF\r\n"))
                << testing::PrintToString(smuggled) << said;
            EXPECT_TRUE(talk.mails.empty());
        }
    }
    EXPECT_EQ(Talk().codes("LHLO x\n"), "500 ");
    Talk over;
    over.say("LHLO x\nMAIL FROM:<>\r\n");
    EXPECT_TRUE(over.session.is_over());
    EXPECT_EQ(Talk().codes("LHLO a\rb\r\n"), "500 ");
}

TEST(Lmtp, commands_out_of_order_are_refused) {
    EXPECT_EQ(Talk().codes("MAIL FROM:<>\r\n"), "503 ");
    EXPECT_EQ(Talk().codes("EHLO x\r\nHELO x\r\n"), "500 500 ");
    EXPECT_EQ(Talk().codes(hello + "RCPT TO:<a@x>\r\nDATA\r\n"), "250 503 503 ");
    EXPECT_EQ(Talk().codes(hello + "MAIL FROM:<>\r\nMAIL FROM:<>\r\nDATA\r\n"), "250 250 503 503 ");
    EXPECT_EQ(Talk().codes("LHLO\r\nBDAT 3\r\nSTARTTLS\r\n\r\n"), "501 500 500 500 ");
    EXPECT_EQ(Talk().codes(hello + "MAIL FROM:<>\r\nRCPT TO:<a@x>\r\nLHLO y\r\nDATA\r\n"), "250 250 250 250 503 ");
}

TEST(Lmtp, addresses_and_parameters_are_checked) {
    const auto answer = [](const std::string& command) { return Talk().codes(hello + command).substr(4); };
    EXPECT_EQ(answer("MAIL FROM:<a@b> SIZE=1000 BODY=8BITMIME\r\n"), "250 ");
    EXPECT_EQ(answer("mail from: <> body=7bit smtputf8\r\n"), "250 ");
    EXPECT_EQ(answer("MAIL FROM:<> SIZE=99999999999\r\n"), "552 ");
    EXPECT_EQ(answer("MAIL FROM:<> SIZE=x\r\n"), "501 ");
    EXPECT_EQ(answer("MAIL FROM:<> RET=FULL\r\n"), "555 ");
    EXPECT_EQ(answer("MAIL FROM:<> BODY=BINARYMIME\r\n"), "555 ");
    EXPECT_EQ(answer("MAIL FROM:a@b\r\n"), "501 ");
    EXPECT_EQ(answer("MAIL FROM:<a@b\r\n"), "501 ");
    EXPECT_EQ(answer("MAIL FROM:<\xD8\xB3@b>\r\n"), "553 ");
    EXPECT_EQ(answer("MAIL FROM:<\xD8\xB3@b> SMTPUTF8\r\nRCPT TO:<\xD8\xB3@b>\r\n"), "250 250 ");
    EXPECT_EQ(answer("MAIL FROM:<>\r\nRCPT TO:<\xD8\xB3@b>\r\n"), "250 553 ");
    EXPECT_EQ(answer("MAIL FROM:<>\r\nRCPT TO:<>\r\nRCPT TO:<a>\r\nRCPT TO:a@b\r\nRCPT TO:<a@b> NOTIFY=NEVER\r\n"),
              "250 501 501 501 555 ");
    EXPECT_EQ(answer("MAIL FROM:<>\r\nRCPT TO:<\"a>b\"@c>\r\n"), "250 250 ");
}

TEST(Lmtp, only_mail_for_our_domains_is_taken) {
    const std::vector<std::string> ours{"news.example.ir"};
    Talk talk({}, ours);
    EXPECT_EQ(
        talk.codes(
            hello +
            "MAIL FROM:<>\r\nRCPT TO:<b@News.Example.IR>\r\nRCPT TO:<b@other.ir>\r\nRCPT TO:<b@x.news.example.ir>\r\n"),
        "250 250 250 550 550 ");
}

TEST(Lmtp, everything_has_a_bound) {
    LmtpLimits limits;
    limits.message = 5000;
    limits.kept = 1000;
    limits.recipients = 2;
    limits.mistakes = 3;
    Talk large(limits);
    EXPECT_EQ(large.codes(hello + one + std::string(6000, 'x') + "\r\n.\r\nNOOP\r\n"), "250 250 250 354 552 250 ");
    Talk kept(limits);
    kept.say(hello + one + std::string(3000, 'x') + "\r\n.\r\n");
    ASSERT_EQ(kept.mails.size(), 1U);
    EXPECT_EQ(kept.mails[0].text.size(), 1000U);
    EXPECT_EQ(Talk(limits).codes(hello + "MAIL FROM:<>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\n"),
              "250 250 250 250 452 ");
    EXPECT_EQ(Talk(limits).codes("A\r\nB\r\nC\r\nD\r\n"), "500 500 500 421 ");
    EXPECT_EQ(Talk(limits).codes("LHLO " + std::string(5000, 'x')), "500 ");
}

TEST(Lmtp, any_bytes_leave_it_in_order) {
    std::mt19937 random(11);
    const std::string words[] = {
        "LHLO x\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<a@x>\r\n", "DATA\r\n", ".\r\n", "\r\n", ".", "\r", "\n",
        "x",          "QUIT\r\n",         "RSET\r\n",          "\0"};
    for (int round = 0; round < 3000; ++round) {
        Talk talk;
        std::string all;
        for (int i = 0; i < 40; ++i)
            all += words[random() % std::size(words)];
        talk.say(all, 1 + random() % 9);
        for (const auto& mail : talk.mails) {
            EXPECT_FALSE(mail.recipients.empty());
            for (std::size_t at = 0; at < mail.text.size(); ++at) {
                EXPECT_FALSE(mail.text[at] == '\n' && (at == 0 || mail.text[at - 1] != '\r'));
                EXPECT_FALSE(mail.text[at] == '\r' && (at + 1 == mail.text.size() || mail.text[at + 1] != '\n'));
            }
        }
    }
}

}  // namespace
}  // namespace chapar::bounce
