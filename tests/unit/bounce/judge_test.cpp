// What rules make of a mail: files of rules and their mistakes, evidence, seals. The corpus of whole mails is in
// tests/integration/bounces.
#include "bounce/judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "bounce/effect.hpp"
#include "bounce/reply_text.hpp"
#include "bounce/rules.hpp"
#include "chapar/config.hpp"
#include "email/mime/verdict.hpp"

namespace chapar::bounce {
namespace {

const std::string attempt = "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.1";

seal::ReturnPaths seals(char letter = 'k') {
    const std::vector<std::string> keys{std::string(64, letter)};
    return seal::ReturnPaths::make(keys).value();
}
std::string sealed(char letter = 'k') { return seals(letter).sender("bounces@x.ir", attempt).value(); }

Finding read(std::string_view mail, std::string_view rules = {}) {
    Judgement by{shipped_rules(), {}};
    if (!rules.empty()) {
        const auto own = parse_rules(rules, "own.toml");
        by.bounces.rules.insert(by.bounces.rules.begin(), own.rules.begin(), own.rules.end());
    }
    return judge(mail, by);
}

std::string failure(std::string_view text) {
    return "From: MAILER-DAEMON@x.example\nTo: bounces@x.ir\nSubject: failure notice\n\nSorry.\n\n" +
           std::string(text) + "\n";
}

std::string mistake(std::string_view text) {
    try {
        parse_rules(text, "own.toml");
    } catch (const BadConfig& error) {
        return error.what();
    }
    return {};
}

TEST(BounceRules, mistakes_are_named_by_file_line_and_column) {
    EXPECT_EQ(mistake("[[rule]]\nname = \"x\"\ntext = \"a\"\nverdict = \"harf\"\n").substr(0, 15), "own.toml:4:11: ");
    EXPECT_TRUE(
        mistake("[[rule]]\nname = \"x\"\ntext = \"a\"\nverdict = \"harf\"\n").contains("did you mean \"hard\"?"));
    EXPECT_TRUE(mistake("[[rule]]\nname = \"x\"\nverdict = \"soft/recipient\"\n").contains("needs a condition"));
    EXPECT_TRUE(mistake("[[rule]]\nname = \"x\"\ntext = \"a\"\nverdict = \"soft\"\n").contains("whose fault"));
    EXPECT_TRUE(
        mistake("[[rule]]\nname = \"x\"\ntext = \"a\"\nverdict = \"delayed/recipient\"\n").contains("only \"soft\""));
    EXPECT_TRUE(mistake("[[rule]]\nname = \"x\"\nsubject = \"a\"\nverdict = \"hard\"\n").contains("suppressed"));
    EXPECT_TRUE(mistake("[[rule]]\nname = \"x\"\ntext = \"A, b\"\nverdict = \"hard\"\n").contains("own.toml:3:8: "));
    EXPECT_TRUE(
        mistake("[[rule]]\nname = \"x\"\nheader = \"a b: c\"\nverdict = \"auto_reply\"\n").contains("field of a head"));
    EXPECT_TRUE(mistake("[[rule]]\nname = \"x\"\ntext = \"a\"\n").contains("\"verdict\" is missing"));
    EXPECT_TRUE(mistake("[[rule]]\ntext = \"a\"\nverdict = \"hard\"\n").contains("\"name\" is missing"));
    EXPECT_TRUE(mistake("[[rule]]\nname = \"x\"\ntxt = \"a\"\n").contains("did you mean \"text\"?"));
    EXPECT_TRUE(mistake("rules = 1\n").contains("unknown key"));
    EXPECT_TRUE(mistake("rule = 1\n").contains("[[rule]]"));
    EXPECT_TRUE(mistake("[[rule\n").starts_with("own.toml:1:"));
    EXPECT_EQ(mistake("copies = [\"my copy\"]\n[[rule]]\nname = \"x\"\nreport = true\nverdict = \"reply\"\n"), "");
}

TEST(BounceRules, the_operators_own_are_asked_before_the_shipped_ones) {
    const auto mail = failure("<a@b.example>: the shop is closed for ever");
    EXPECT_EQ(read(mail).kind, Kind::unknown);
    const auto own = read(mail, "[[rule]]\nname = \"closed shops\"\ntext = \"shop is closed\"\nverdict = \"hard\"\n");
    EXPECT_EQ(own.kind, Kind::hard);
    EXPECT_EQ(own.evidence.rule, "closed shops");
    EXPECT_EQ(own.evidence.place, "own.toml:1");
    EXPECT_EQ(own.evidence.line, 7U);
    ASSERT_EQ(own.recipients.size(), 1U);
    EXPECT_EQ(own.recipients[0].address, "a@b.example");
}

TEST(BounceRules, every_shipped_rule_has_a_verdict_and_a_place_of_its_own) {
    const auto& rules = shipped_rules().rules;
    ASSERT_GT(rules.size(), 15U);
    for (std::size_t i = 1; i < rules.size(); ++i)
        EXPECT_NE(rules[i].place, rules[i - 1].place);
}

TEST(ReplyText, a_bounce_means_what_the_same_reply_means_at_send_time) {
    for (const char* reply :
         {"550 5.1.1 user unknown", "552 5.2.2 mailbox full", "550 5.7.1 rejected as spam", "452 4.2.2 over quota",
          "554 5.7.1 blocked using zen.spamhaus.org", "550 5.2.1 account disabled", "550 no such user"}) {
        const auto found = find_reply("host said: " + std::string(reply));
        ASSERT_TRUE(found) << reply;
        const auto later = rule_on(*found, "", {});
        const std::string text = std::string(reply).substr(4);
        const auto phase = text.starts_with("5.7") || text.starts_with("4.7") ? Phase::answered : Phase::recipient;
        const auto& now = email::rule_of({phase, found->code, text, false, {}});
        EXPECT_EQ(later.place, now.place) << reply;
        EXPECT_EQ(later.kind == Kind::hard, now.blame == Blame::gone) << reply;
    }
}

/// As mail servers really say it, at RCPT.
constexpr std::array replies_at_rcpt{
    "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox table",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the address\n"
    "550 5.1.1 https://support.google.com/mail/?p=NoSuchUser x1-20020a05600c si1 - gsmtp",
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
    "554 delivery error: dd This user doesn't have a yahoo.com account (a@b.example) [0] - mta1.mail.bf1.yahoo.com",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5.eop-EUR05.prod.protection.outlook.com]",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a@b.example not found by SMTP address lookup",
    "550 No such user here",
    "550 user unknown",
    "553 5.3.0 <a@b.example>... No such user here",
    "511 sorry, no mailbox here by that name",
    "550 Unrouteable address",
    "550 5.2.1 The email account that you tried to reach is inactive.",
    "552 5.2.2 The email account that you tried to reach is over quota.",
    "452 4.2.2 The email account that you tried to reach is over quota",
    "550 Mailbox quota exceeded",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider "
    "since part of their network is on our block list (S3150).",
    "554 5.7.1 <a@b.example>: Relay access denied",
    "550 5.7.1 Relaying denied",
    "450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted, see http://postgrey.example/",
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    "450 4.1.1 <a@b.example>: Recipient address rejected: unverified address: connection timed out",
    "550 5.1.8 <shop@x.ir>: Sender address rejected: Domain not found",
    "550 Administrative prohibition",
    "550 5.1.2 Host unknown (Name server: b.example: host not found)",
    "551 User not local; please try <forward-path>",
    "550 sorry, user unknown, but we cannot verify your sender address",
    "550 relay not permitted, no such user",
};

TEST(ReplyText, what_a_server_says_at_rcpt_is_judged_alike_at_send_time_and_in_every_form_of_report) {
    for (const std::string reply : replies_at_rcpt) {
        const int code = std::stoi(reply.substr(0, 3));
        const auto& now = email::rule_of({Phase::recipient, code, reply, false, {}});
        const std::string status(email::enhanced_status(reply));
        std::string one = reply;
        std::ranges::replace(one, '\n', ' ');
        const auto dsn = [&](const std::string& given) {
            return "Content-Type: multipart/report; report-type=delivery-status; boundary=b\nFrom: "
                   "MAILER-DAEMON@x.example\n\n--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: "
                   "message/delivery-status\n\nReporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; "
                   "a@b.example\nAction: failed\nStatus: " +
                   given + "\nRemote-MTA: dns; mx.b.example\nDiagnostic-Code: smtp; " + one + "\n\n--b--\n";
        };
        std::vector<std::string> reports{
            dsn(status.empty() ? std::string(1, reply[0]) + ".0.0" : status),
            failure("<a@b.example>: host mx.b.example said: " + one + " (in reply to RCPT TO command)"),
            failure("<a@b.example>:\nRemote host said: " + one)};
        if (!status.empty()) reports.push_back(dsn(std::string(1, reply[0]) + ".0.0"));
        for (const auto& report : reports) {
            const auto found = read(report);
            ASSERT_FALSE(found.recipients.empty()) << report;
            EXPECT_EQ(found.recipients[0].kind == Kind::hard, now.blame == Blame::gone)
                << now.place << " against " << found.recipients[0].evidence.place << '\n'
                << report;
            EXPECT_EQ(found.recipients[0].blame, now.blame)
                << now.place << " against " << found.recipients[0].evidence.place << '\n'
                << report;
        }
    }
}

TEST(ReplyText, numbers_that_are_no_codes_are_passed_over) {
    for (const char* text : {"larger than 500 KB", "in 450 seconds", "port 5432", "room 5501", "192.168.5.1",
                             "version 5.1", "a550b", "550 messages"})
        EXPECT_FALSE(find_reply(text)) << text;
    EXPECT_EQ(find_reply("(#5.1.1)")->status, "5.1.1");
    EXPECT_EQ(find_reply("[SMTP Error Code 550]")->code, 550);
    EXPECT_EQ(find_reply("550-5.1.1 two\n550 5.1.1 lines")->status, "5.1.1");
}

TEST(Evidence, names_the_line_where_it_stands) {
    const auto found = read(failure("a\nb\n<a@b.example>: 550 5.2.2 over quota"));
    EXPECT_EQ(found.kind, Kind::soft);
    EXPECT_EQ(found.recipients.at(0).evidence.line, 9U);
    EXPECT_FALSE(found.evidence.place.empty());
}

TEST(Seals, of_the_envelope_come_first_then_those_that_the_mail_names) {
    const auto plain = read(failure("<a@b.example>: 550 5.1.1 unknown user"));
    const std::vector<std::string> envelope{sealed()}, foreign{sealed('x')}, none;
    EXPECT_EQ(attempt_of(plain, envelope, seals()), attempt);
    EXPECT_EQ(attempt_of(plain, foreign, seals()), std::nullopt);
    EXPECT_EQ(attempt_of(plain, none, seals()), std::nullopt);
    for (const std::string& mail : {
             "Delivered-To: " + sealed() + "\n" + failure("<a@b.example>: 550 5.1.1 unknown user"),
             failure("<a@b.example>: 550 5.1.1 unknown user\n\n--- Below this line is a copy of the "
                     "message.\n\nReturn-Path: <" +
                     sealed() + ">\n"),
             "Content-Type: multipart/report; report-type=feedback-report; boundary=b\nTo: "
             "fbl@x.ir\n\n--b\nContent-Type: message/feedback-report\n\n"
             "Feedback-Type: abuse\nOriginal-Mail-From: <" +
                 sealed() + ">\n\n--b--\n",
             "Content-Type: multipart/report; boundary=b\nFrom: postmaster@x\n\n--b\nContent-Type: "
             "message/delivery-status\n\nReporting-MTA: dns; x\n\n"
             "Final-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: "
             "message/rfc822\n\nReturn-Path: <" +
                 sealed() + ">\nTo: a@b\n\nx\n--b--\n",
         }) {
        const auto found = read(mail);
        EXPECT_EQ(attempt_of(found, none, seals()), attempt) << mail;
        EXPECT_EQ(attempt_of(found, none, seals('x')), std::nullopt);
    }
}

TEST(Effect, nothing_happens_without_a_good_seal) {
    for (const auto& mail :
         {failure("<a@b.example>: 550 5.1.1 unknown user"), failure("<a@b.example>: 552 5.2.2 over quota")}) {
        const auto found = read(mail);
        EXPECT_EQ(verdict_words(found, false), "unsealed");
        EXPECT_NE(verdict_words(found, true), "unsealed");
        EXPECT_EQ(verdict_words(found, std::nullopt), name(found.kind));
        EXPECT_TRUE(effect_words(found, false).starts_with("nothing"));
        EXPECT_FALSE(effect_words(found, true).starts_with("nothing"));
    }
    const auto reply = read("From: a@b.example\nSubject: Out of office\n\nAway.\n");
    EXPECT_EQ(verdict_words(reply, false), "auto_reply");
}

TEST(Effect, each_recipient_is_told_with_its_own_blame) {
    const auto events =
        events_of(read(failure("<a@b.example>: 550 5.1.1 unknown user\n\n<c@d.example>: 552 5.2.2 over quota")));
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].kind, "bounced");
    EXPECT_EQ(events[0].blame, Blame::gone);
    EXPECT_EQ(events[0].address, "a@b.example");
    EXPECT_EQ(events[1].blame, Blame::recipient);
    EXPECT_EQ(events[1].code, "5.2.2");
    EXPECT_TRUE(events_of(read("From: a@b.example\nSubject: Hello\n\nHow are you?\n")).empty());
    const auto told = events_of(read("From: a@b.example\nSubject: Out of office\n\nAway.\n"));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].kind, "auto_reply");
}

seal::ReturnPaths mailboxes(char key = 'k') {
    const std::vector<std::string> keys{std::string(32, key)};
    return seal::ReturnPaths::make(keys, seal::Kind::unsubscribe_mail).value();
}
std::string shouted(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}
std::string mailbox(char key = 'k') { return mailboxes(key).sender("u@news.example.com", attempt).value(); }

TEST(UnsubscribeMail, whatever_a_person_s_program_writes_there_says_no) {
    const std::vector<std::string> envelope{mailbox()};
    for (const auto* mail :
         {"From: a@b.example\nSubject: unsubscribe\n\nunsubscribe\n", "\n",
          "From: a@b.example\nSubject: unsubscribe\n\n",
          "From: a@b.example\nAuto-Submitted: auto-generated\nSubject: Unsubscribe\n\nThis message was "
          "automatically generated by Gmail.\n",
          "From: a@b.example\nSubject: لغو اشتراک\n\nدیگر نفرستید\n"}) {
        EXPECT_EQ(unsubscribes(read(mail), envelope, mailboxes()), std::vector{attempt}) << mail;
        EXPECT_EQ(unsubscribes(read(mail), std::vector{shouted(mailbox())}, mailboxes()), std::vector{attempt});
    }
    const auto from_maildir = read("Delivered-To: " + mailbox() + "\nFrom: a@b.example\nSubject: unsubscribe\n\n");
    EXPECT_EQ(unsubscribes(from_maildir, {}, mailboxes()), std::vector{attempt});
}

TEST(UnsubscribeMail, what_is_none_says_nothing) {
    const std::vector<std::string> envelope{mailbox()}, elsewhere{"bounces@news.example.com"}, forged{mailbox('x')},
        bounces{sealed()};
    const auto plain = read("From: a@b.example\nSubject: unsubscribe\n\nunsubscribe\n");
    EXPECT_TRUE(unsubscribes(plain, elsewhere, mailboxes()).empty());
    EXPECT_TRUE(unsubscribes(plain, forged, mailboxes()).empty());
    EXPECT_TRUE(unsubscribes(plain, bounces, mailboxes()).empty()) << "a return path is no mailbox to unsubscribe at";
    EXPECT_TRUE(unsubscribes(plain, {}, mailboxes()).empty());
    // A report that came there is a report.
    EXPECT_TRUE(unsubscribes(read(failure("<a@b.example>: 550 5.1.1 unknown user")), envelope, mailboxes()).empty());
    // Our own mail, returned or forwarded: what it quotes is nobody's wish.
    const auto returned = read(
        "Content-Type: multipart/mixed; boundary=b\nFrom: a@b.example\nTo: friend@c.example\n\n"
        "--b\nContent-Type: text/plain\n\nlook\n--b\nContent-Type: message/rfc822\n\n"
        "List-Unsubscribe: <mailto:" +
        mailbox() + ">\nTo: " + mailbox() + "\n\nx\n--b--\n");
    EXPECT_TRUE(unsubscribes(returned, {}, mailboxes()).empty());
    EXPECT_TRUE(unsubscribes(returned, elsewhere, mailboxes()).empty());
}

TEST(Shown, what_is_said_is_one_line_without_controls_or_marks_that_reorder) {
    const auto found = read(failure("<a@b.example>: 550 5.1.1 unknown \x1b[31m\xe2\x80\xae user\x07"));
    EXPECT_EQ(found.said.find_first_of("\x1b\x07\n"), std::string::npos);
    EXPECT_FALSE(found.said.contains("\xe2\x80\xae"));
}

}  // namespace
}  // namespace chapar::bounce
