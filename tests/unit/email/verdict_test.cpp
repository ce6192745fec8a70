#include "verdict.hpp"

#include <gtest/gtest.h>

#include <string>

namespace chapar::email {
namespace {

using namespace std::chrono_literals;

struct Case {
    Phase phase;
    int code;
    std::string_view reply;
    Verdict verdict;
    Blame blame;
};

Outcome of(const Case& c) { return classify({c.phase, c.code, c.reply, false, ""}); }

void expect_each(std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
        const Outcome outcome = of(c);
        EXPECT_EQ(outcome.verdict, c.verdict) << c.code << ' ' << c.reply;
        EXPECT_EQ(outcome.blame, c.blame) << c.code << ' ' << c.reply;
    }
}

TEST(Verdict, an_accepted_mail_brings_its_queue_id) {
    const auto outcome = of({Phase::answered, 250, "2.0.0 Ok: queued as 4YzT1x2Lq9z", {}, {}});
    EXPECT_EQ(outcome.verdict, Verdict::accepted);
    EXPECT_EQ(outcome.code, "250 2.0.0");
    EXPECT_EQ(outcome.provider_id, "4YzT1x2Lq9z");
    EXPECT_EQ(of({Phase::answered, 250, "OK id=1sX2y3-0001Ab-2C", {}, {}}).provider_id, "1sX2y3-0001Ab-2C");
    EXPECT_EQ(of({Phase::answered, 250, "Ok", {}, {}}).provider_id, "");
}

TEST(Verdict, greylisting_waits_and_punishes_nobody_else) {
    expect_each({
        {Phase::recipient, 450, "4.7.1 <a@b.c>: Recipient address rejected: Greylisted, see http://postgrey.example/",
         Verdict::retry, Blame::recipient},
        {Phase::recipient, 451, "4.7.1 Please try again later", Verdict::retry, Blame::recipient},
        {Phase::answered, 451, "Greylisted, please come back", Verdict::retry, Blame::recipient},
    });
    EXPECT_EQ(of({Phase::recipient, 450, "4.7.1 Greylisted, try again in 5 minutes", {}, {}}).retry_after, 5min);
    EXPECT_EQ(
        of({Phase::recipient, 451, "4.7.1 Greylisting in action, please retry in 290 seconds", {}, {}}).retry_after,
        290s);
}

TEST(Verdict, throttling_slows_the_lane) {
    expect_each({
        {Phase::sender, 421, "4.7.0 Try again later, closing connection", Verdict::retry, Blame::lane},
        {Phase::answered, 421, "Service shutting down", Verdict::retry, Blame::lane},
        {Phase::connect, 421, "Too busy", Verdict::retry, Blame::lane},
        {Phase::sender, 454, "Throttling failure: Maximum sending rate exceeded.", Verdict::retry, Blame::lane},
        {Phase::sender, 450, "4.7.1 Error: too much mail from 1.2.3.4: too many messages", Verdict::retry, Blame::lane},
        {Phase::recipient, 451, "4.7.0 policy, later please", Verdict::retry, Blame::lane},
        {Phase::recipient, 452, "4.7.28 unusual rate", Verdict::retry, Blame::lane},
    });
}

TEST(Verdict, the_recipient_is_to_blame_for_the_recipients_mailbox) {
    expect_each({
        {Phase::recipient, 550, "5.1.1 <x@y.z>: user unknown", Verdict::rejected, Blame::gone},
        {Phase::recipient, 550, "no enhanced status here", Verdict::rejected, Blame::recipient},
        {Phase::answered, 550, "No such user", Verdict::rejected, Blame::recipient},
        {Phase::recipient, 550, "5.4.1 no answer from host", Verdict::rejected, Blame::recipient},
        {Phase::recipient, 551, "5.1.6 User has moved", Verdict::rejected, Blame::gone},
        {Phase::recipient, 553, "5.1.3 bad syntax", Verdict::rejected, Blame::recipient},
        {Phase::recipient, 552, "5.2.2 mailbox full", Verdict::rejected, Blame::recipient},
        {Phase::recipient, 452, "4.2.2 The recipient's inbox is out of storage space", Verdict::retry,
         Blame::recipient},
        {Phase::recipient, 450, "4.2.1 receiving mail too quickly", Verdict::retry, Blame::recipient},
        {Phase::recipient, 450, "mailbox busy", Verdict::retry, Blame::recipient},
        {Phase::recipient, 451, "4.4.3 no MX host answers", Verdict::retry, Blame::recipient},
    });
}

TEST(Verdict, only_who_names_the_mailbox_says_that_it_is_gone) {
    expect_each({
        {Phase::recipient, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound", Verdict::rejected, Blame::gone},
        {Phase::answered, 550, "5.1.1 no mailbox here by that name", Verdict::rejected, Blame::gone},
        {Phase::recipient, 550, "5.2.1 The email account that you tried to reach is disabled: account is disabled",
         Verdict::rejected, Blame::gone},
        {Phase::recipient, 550, "5.2.1 The user is receiving mail at a rate that prevents it", Verdict::rejected,
         Blame::recipient},
        {Phase::recipient, 550, "5.2.1 something else", Verdict::rejected, Blame::recipient},
        {Phase::recipient, 550, "5.1.1 access denied by policy", Verdict::rejected, Blame::recipient},
        {Phase::answered, 554, "5.1.1 looks like spam", Verdict::rejected, Blame::message},
        {Phase::recipient, 550, "5.1.2 no such domain", Verdict::rejected, Blame::recipient},
        {Phase::recipient, 550, "user unknown", Verdict::rejected, Blame::recipient},
        {Phase::recipient, 450, "4.1.1 unknown just now", Verdict::retry, Blame::recipient},
    });
}

TEST(Verdict, the_message_is_to_blame_for_what_it_says_and_weighs) {
    expect_each({
        {Phase::sender, 552, "5.3.4 Message size exceeds fixed limit", Verdict::rejected, Blame::message},
        {Phase::answered, 552, "too big", Verdict::rejected, Blame::message},
        {Phase::answered, 554, "5.7.1 Spam message rejected", Verdict::rejected, Blame::message},
        {Phase::answered, 550, "5.7.1 Message contains a URL listed in a blacklist", Verdict::rejected, Blame::message},
        {Phase::answered, 554, "Transaction failed", Verdict::rejected, Blame::message},
        {Phase::sender, 553, "5.1.8 Sender address rejected: Domain not found", Verdict::rejected, Blame::message},
        {Phase::answered, 550, "5.6.7 SMTPUTF8 is not supported", Verdict::rejected, Blame::message},
        {Phase::recipient, 550, "5.7.1 policy", Verdict::rejected, Blame::message},
    });
}

TEST(Verdict, credentials_pause_the_route_and_lose_no_message) {
    expect_each({
        {Phase::auth, 535, "5.7.8 Authentication credentials invalid", Verdict::retry, Blame::credentials},
        {Phase::auth, 534, "5.7.9 mechanism too weak", Verdict::retry, Blame::credentials},
        {Phase::sender, 530, "5.7.0 Authentication required", Verdict::retry, Blame::credentials},
        {Phase::sender, 550, "5.7.1 Client was not authenticated", Verdict::retry, Blame::provider},
        {Phase::auth, 454, "4.7.0 Temporary authentication failure", Verdict::retry, Blame::provider},
    });
    EXPECT_EQ(classify({Phase::auth, 0, "", false, "Login denied"}).blame, Blame::credentials);
    EXPECT_EQ(classify({Phase::auth, 0, "", true, "Login timed out"}).blame, Blame::provider);
}

TEST(Verdict, trouble_of_the_provider_moves_on_to_the_next_route) {
    expect_each({
        {Phase::connect, 554, "5.7.1 No SMTP service here", Verdict::retry, Blame::provider},
        {Phase::tls, 454, "TLS not available", Verdict::retry, Blame::provider},
        {Phase::sender, 530, "5.7.0 Must issue a STARTTLS command first", Verdict::retry, Blame::provider},
        {Phase::answered, 451, "4.3.0 queue file write error", Verdict::retry, Blame::provider},
        {Phase::sender, 452, "4.3.1 Insufficient system storage", Verdict::retry, Blame::provider},
        {Phase::recipient, 554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
         Verdict::retry, Blame::provider},
        {Phase::answered, 500, "5.5.2 syntax error", Verdict::retry, Blame::provider},
    });
    for (const auto phase :
         {Phase::resolve, Phase::connect, Phase::tls, Phase::sender, Phase::recipient, Phase::data}) {
        const auto outcome = classify({phase, 0, "", true, "timed out"});
        EXPECT_EQ(outcome.verdict, Verdict::retry);
        EXPECT_EQ(outcome.blame, Blame::provider);
    }
}

TEST(Verdict, relaying_denied_to_one_recipient_neither_loses_the_message_nor_pauses_the_route) {
    expect_each({{Phase::recipient, 554, "5.7.1 <x@y.z>: Relay access denied", Verdict::retry, Blame::recipient}});
}

TEST(Verdict, silence_after_the_dot_is_unknown_and_silence_before_it_is_not) {
    for (const int code : {0, 354, 250, 421}) {
        EXPECT_EQ(classify({Phase::sent, code, "", true, "timed out"}).verdict, Verdict::unknown);
        EXPECT_EQ(classify({Phase::sent, code, "", false, "connection reset"}).blame, Blame::provider);
    }
    EXPECT_EQ(classify({Phase::data, 354, "", false, "connection reset"}).verdict, Verdict::retry);
}

TEST(Verdict, a_request_that_the_host_refuses_is_the_messages_fault) {
    const auto outcome = classify({Phase::refused, 0, "", false, "an address holds a control character"});
    EXPECT_EQ(outcome.verdict, Verdict::rejected);
    EXPECT_EQ(outcome.blame, Blame::message);
}

TEST(Verdict, no_refusal_is_ever_taken_for_sent) {
    for (int phase = 0; phase <= 8; ++phase) {
        if (static_cast<Phase>(phase) == Phase::sent) continue;
        for (int code = 400; code < 600; ++code) {
            const auto outcome = classify({static_cast<Phase>(phase), code, "", false, ""});
            EXPECT_TRUE(outcome.verdict == Verdict::retry || outcome.verdict == Verdict::rejected)
                << phase << ' ' << code;
            EXPECT_TRUE(code >= 500 || outcome.verdict == Verdict::retry) << phase << ' ' << code;
        }
    }
}

TEST(Verdict, the_code_and_a_bounded_readable_text_are_kept) {
    const std::string noise = "550-5.1.1 first line\r\n550 5.1.1 second\x1b[31m \xff line " + std::string(500, 'x');
    const auto outcome = of({Phase::recipient, 550, noise, {}, {}});
    EXPECT_EQ(outcome.code, "550 5.1.1");
    EXPECT_LE(outcome.detail.size(), 300U);
    EXPECT_TRUE(outcome.detail.starts_with("5.1.1 first line 5.1.1 second [31m   line xxx")) << outcome.detail;
}

TEST(Verdict, an_enhanced_status_is_only_what_looks_like_one) {
    EXPECT_EQ(enhanced_status("550 5.1.1 x"), "5.1.1");
    EXPECT_EQ(enhanced_status("5.7.28"), "5.7.28");
    for (const char* text : {"", "5", "5.1", "192.0.2.1 is listed", "5.1.1.1x", "6.1.1 x", "5.1.1a", "5..1", "x 5.1.1"})
        EXPECT_TRUE(enhanced_status(text).empty() || std::string_view(text) == "5.1.1.1x") << text;
}

TEST(Verdict, a_wait_is_only_read_where_one_is_asked_for) {
    EXPECT_EQ(named_wait("try again in 1 hour"), 1h);
    EXPECT_EQ(named_wait("retry after 30s"), 30s);
    EXPECT_EQ(named_wait("limit of 100 seconds exceeded"), 0s);
    EXPECT_EQ(named_wait("try again later, 12 messages"), 0s);
    EXPECT_EQ(named_wait("try again in 99999999999999999999 seconds"), 0s);
}

}  // namespace
}  // namespace chapar::email
