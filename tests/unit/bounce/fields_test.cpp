// The fields of DSN and ARF parts, as standards and mail systems write them.
#include "bounce/fields.hpp"

#include <gtest/gtest.h>

#include "bounce/addresses.hpp"
#include "bounce/delivery_status.hpp"
#include "bounce/feedback.hpp"
#include "bounce/fold.hpp"
#include "bounce/html.hpp"

namespace chapar::bounce {
namespace {

using Names = std::vector<std::string>;

TEST(Fields, groups_are_parted_by_empty_lines_and_values_unfolded) {
    const auto groups =
        field_groups("A: 1\r\nB: two\r\n\tlines\r\n\r\n\r\n \r\nc:3\nno field\n more of it\nA: 4\nA: 5\n", 9);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0]["b"], "two lines");
    EXPECT_EQ(groups[1]["c"], "3");
    EXPECT_EQ(groups[1].all("a").size(), 2U);
    EXPECT_EQ(groups[1]["absent"], "");
    EXPECT_EQ(field_groups("a: 1\n\nb: 2\n\nc: 3\n", 2).size(), 2U);
}

TEST(Fields, comments_nest_and_quotes_keep_theirs) {
    EXPECT_EQ(without_comments("failed (a (b) c) now"), "failed  now");
    EXPECT_EQ(without_comments("\"a(b)\"@c"), "\"a(b)\"@c");
    EXPECT_EQ(without_comments("open ( never closed"), "open ( never closed");
}

TEST(Fields, typed_addresses_are_read_in_every_spelling) {
    for (const char* text : {"rfc822; a@b.example", "RFC822;<a@b.example>", "a@b.example", "rfc822;a@b.example (Ali)",
                             "rfc822; \"Ali\" <a@b.example>", "utf-8; a@b.example", "X-LOCAL; a@b.example"})
        EXPECT_EQ(typed_address(text), "a@b.example") << text;
    EXPECT_EQ(typed_address("utf-8; s\\x{E1}ra@b.example"), "sára@b.example");
    EXPECT_EQ(typed_address("utf-8; \\x{633}@b.example"), "س@b.example");
    for (const char* text : {"", ";", "rfc822;", "rfc822; nobody", "utf-8; \\x{D800}@b.example",
                             "utf-8; \\x{110000}@b.example", "utf-8; \\x{41"})
        EXPECT_EQ(typed_address(text), "") << text;
}

TEST(Addresses, are_found_where_they_stand) {
    EXPECT_EQ(addresses_in("<a@b.example>: and c@d.example, 'e@f.example'. (g@h.example)", 9),
              (Names{"a@b.example", "c@d.example", "e@f.example", "g@h.example"}));
    EXPECT_EQ(addresses_in("dda:SMTP=a@b.example;", 9), Names{"a@b.example"});
    EXPECT_EQ(addresses_in("a+tag=x@b.example... Deferred", 9), Names{"a+tag=x@b.example"});
    EXPECT_EQ(addresses_in("\"a b\"@c.example", 9), Names{"\"a b\"@c.example"});
    EXPECT_EQ(addresses_in("@ a@ @b a@.b a@-", 9), Names{});
    EXPECT_EQ(addresses_in("a@b c@d e@f", 2).size(), 2U);
    EXPECT_TRUE(is_of_a_system("MAILER-DAEMON@x") && is_of_a_system("postmaster@x") && !is_of_a_system("ali@x"));
}

TEST(DeliveryStatus, both_recipients_are_read_and_the_original_is_whom_we_wrote_to) {
    const auto read = read_delivery_status(
        "Original-Envelope-Id: QQ+2B314159\nReporting-MTA: dns; mx.example\n\nOriginal-Recipient: rfc822;a@b.example\n"
        "Final-Recipient: rfc822;c@d.example\nAction: failed\nStatus: 5.1.1 (gone)\nRemote-MTA: dns; e.example\n"
        "Diagnostic-Code: smtp; 550 5.1.1\n unknown; really\n");
    EXPECT_EQ(read.envelope_id, "QQ+314159");
    EXPECT_EQ(read.reporting_mta, "mx.example");
    ASSERT_EQ(read.recipients.size(), 1U);
    EXPECT_EQ(read.recipients[0].address(), "a@b.example");
    EXPECT_EQ(read.recipients[0].final, "c@d.example");
    EXPECT_EQ(read.recipients[0].status, "5.1.1");
    EXPECT_EQ(read.recipients[0].diagnostic, "550 5.1.1 unknown; really");
    EXPECT_EQ(read.recipients[0].remote_mta, "e.example");
}

TEST(DeliveryStatus, actions_are_words_and_statuses_speak_where_they_are_missing) {
    const auto action = [](std::string_view fields) {
        const auto read = read_delivery_status("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a@b.example\n" +
                                               std::string(fields));
        return read.recipients.at(0).action;
    };
    EXPECT_EQ(action("Action: Failed\n"), Action::failed);
    EXPECT_EQ(action("Action: delayed (will retry)\n"), Action::delayed);
    EXPECT_EQ(action("Action: delivered\n"), Action::delivered);
    EXPECT_EQ(action("Action: relayed\n"), Action::relayed);
    EXPECT_EQ(action("Action: expanded\n"), Action::expanded);
    EXPECT_EQ(action("Status: 4.4.1\n"), Action::delayed);
    EXPECT_EQ(action("Status: 2.0.0\n"), Action::delivered);
    EXPECT_EQ(action("Status: 5.0.0\n"), Action::failed);
    EXPECT_EQ(action("Action: nonsense\n"), Action::unknown);
}

TEST(DeliveryStatus, a_status_is_three_numbers_and_nothing_else) {
    EXPECT_EQ(status_in("5.1.1"), "5.1.1");
    EXPECT_EQ(status_in("(#4.4.1)"), "4.4.1");
    EXPECT_EQ(status_in("5.7.511 Access"), "5.7.511");
    EXPECT_EQ(status_in("5.1.1."), "5.1.1");
    for (const char* bad : {"", "5", "5.1", "5.1.", "5.1.1.1", "5.1.1x", "3.1.1", "55.1.1", "5..1", "5.1.1000"})
        EXPECT_EQ(status_in(bad), "") << bad;
}

TEST(Feedback, types_are_words_of_the_registry) {
    const auto type = [](std::string_view word) {
        return read_feedback("Feedback-Type: " + std::string(word) + "\n").type;
    };
    EXPECT_EQ(type("abuse"), FeedbackType::abuse);
    EXPECT_EQ(type("ABUSE (user)"), FeedbackType::abuse);
    EXPECT_EQ(type("fraud"), FeedbackType::fraud);
    EXPECT_EQ(type("opt-out"), FeedbackType::opt_out);
    EXPECT_EQ(type("not-spam"), FeedbackType::not_spam);
    EXPECT_EQ(type("virus"), FeedbackType::virus);
    EXPECT_EQ(type("abusive"), FeedbackType::other);
    const auto read = read_feedback(
        "Feedback-Type: abuse\nOriginal-Mail-From: <b+x@c.example>\nOriginal-Rcpt-To: <a@b.example>\nOriginal-Rcpt-To: "
        "d@e.example\n");
    EXPECT_EQ(read.mail_from, "b+x@c.example");
    EXPECT_EQ(read.recipients, (Names{"a@b.example", "d@e.example"}));
}

TEST(Html, becomes_the_words_between_its_tags) {
    EXPECT_EQ(text_of_html("<style>p{}</style><b>a</b>&lt;x@y.z&gt;&amp;&nbsp;b<script>1<2</script>c"), "a<x@y.z>& bc");
    EXPECT_EQ(text_of_html("to <x@y.z> now"), "to <x@y.z> now");
    EXPECT_EQ(text_of_html("a<br>b"), "a\nb");
    EXPECT_EQ(text_of_html("1 < 2"), "1 < 2");
}

TEST(Fold, capitals_of_every_script_that_rules_are_written_in_become_small) {
    EXPECT_EQ(folded("ÄÖÜ ÉÀÇ ПОЧТОВЫЙ Ящик Ё ΑΩ 用户 پیام ABC"), "äöü éàç почтовый ящик ё αω 用户 پیام abc");
    EXPECT_EQ(folded("×\xC3"), "×\xC3");
}

}  // namespace
}  // namespace chapar::bounce
