// What a receiver reports becomes a word of the message's own route, about the address that we wrote to.

#include "track/received.hpp"

#include <gtest/gtest.h>

#include "model/policy_fields.hpp"
#include "track/receipt.hpp"

namespace chapar::track {
namespace {

const Timestamp now = from_ms(5'000);

store::Record sent() {
    store::Record out;
    out.message.id = MessageId(MessageKey{7}, 9);
    model::PlanStep sms, mail;
    sms.channel = "sms";
    sms.address = "+989121234567";
    mail.channel = "email";
    mail.address = "Sara@customer.example";
    mail.copies = {{"ali@copy.example", true, 0}};
    out.message.plan = {sms, mail};
    model::Attempt by_sms, by_mail;
    by_sms.number = 1;
    by_sms.channel = "sms";
    by_sms.route = "op";
    by_mail.number = 2;
    by_mail.channel = "email";
    by_mail.route = "smtp";
    out.attempts = {by_sms, by_mail};
    return out;
}

model::Report told(std::string kind, std::string address, int attempt = 2, bool is_gone = false) {
    model::Report out;
    out.attempt = AttemptId{MessageId(MessageKey{7}, 9), attempt};
    out.kind = std::move(kind);
    out.address = std::move(address);
    out.code = "5.1.1";
    out.detail = "unknown";
    if (is_gone) out.suppress.emplace();
    return out;
}

model::Report completed(model::Report report) {
    return complete(std::move(report), {"smtp", "email", "IR", now, false});
}

TEST(Received, a_mail_to_the_mailbox_of_unsubscribing_says_no_to_what_the_message_was_about) {
    auto record = sent();
    record.message.application = "shop";
    record.message.class_name = "marketing";
    model::PolicyFields fields;
    fields.category = "offers";
    record.message.fields = model::encode(fields, record.message.plan);
    auto report = told("unsubscribed", "");
    report.code = "mailto";
    const auto no = mailed_no(report, record, now);
    ASSERT_TRUE(no);
    EXPECT_EQ(no->application, "shop");
    EXPECT_EQ(no->recipient, "sara@customer.example");
    EXPECT_EQ(no->channel, "email");
    EXPECT_EQ(no->topic, "offers");
    EXPECT_EQ(no->state, model::ConsentState::unsubscribed);
    EXPECT_EQ(no->at, now);
    record.message.recipient = "customer-1";
    record.message.fields.clear();
    const auto of_class = mailed_no(report, record, now);
    ASSERT_TRUE(of_class);
    EXPECT_EQ(of_class->recipient, "customer-1");
    EXPECT_EQ(of_class->topic, "marketing");
}

TEST(Received, only_the_mailbox_of_unsubscribing_and_an_attempt_that_was_say_so) {
    auto report = told("unsubscribed", "");
    EXPECT_FALSE(mailed_no(report, sent(), now)) << "by feedback loop: the address, as before";
    report.code = "mailto";
    EXPECT_FALSE(mailed_no(told("bounced", ""), sent(), now));
    report.attempt->number = 9;
    EXPECT_FALSE(mailed_no(report, sent(), now));
    report.attempt->number = 2;
    auto erased = sent();
    for (auto& step : erased.message.plan)
        step.address.clear();
    EXPECT_FALSE(mailed_no(report, erased, now)) << "nobody is left to say it";
}

TEST(Received, a_hard_bounce_suppresses_the_address_that_we_wrote_to_and_no_other) {
    for (const char* named :
         {"Sara@customer.example", "sara@CUSTOMER.example", "victim@elsewhere.example", "moved@new.example", ""}) {
        const auto report = as_of_route(told("bounced", named, 2, true), sent(), true, now);
        ASSERT_TRUE(report) << named;
        EXPECT_EQ(report->route, "smtp");
        EXPECT_EQ(report->channel, "email");
        const auto whole = completed(*report);
        EXPECT_EQ(whole.word, model::Word::failed);
        ASSERT_TRUE(whole.suppress) << named;
        EXPECT_EQ(whole.suppress->address, "Sara@customer.example");
        EXPECT_EQ(whole.suppress->channel, "email");
        EXPECT_EQ(whole.suppress->reach, model::SuppressionReach::all);
        EXPECT_EQ(whole.suppress->reason, "hard_bounce");
    }
}

TEST(Received, a_soft_bounce_fails_the_message_and_suppresses_nobody) {
    const auto whole = completed(as_of_route(told("bounced", "sara@customer.example"), sent(), true, now).value());
    EXPECT_EQ(whole.word, model::Word::failed);
    EXPECT_FALSE(whole.suppress);
}

TEST(Received, hard_bounces_suppress_nobody_where_the_policy_says_so) {
    EXPECT_FALSE(completed(as_of_route(told("bounced", "", 2, true), sent(), false, now).value()).suppress);
}

TEST(Received, a_bounce_of_a_copy_is_noted_and_harms_nobody) {
    const auto report = as_of_route(told("bounced", "ALI@copy.example", 2, true), sent(), true, now).value();
    EXPECT_EQ(report.kind, "copy_bounced");
    const auto whole = completed(report);
    EXPECT_EQ(whole.word, model::Word::note);
    EXPECT_FALSE(whole.suppress);
}

TEST(Received, a_complaint_without_an_address_is_of_whom_the_mail_was_to) {
    const auto whole = completed(as_of_route(told("complained", ""), sent(), true, now).value());
    EXPECT_EQ(whole.word, model::Word::person);
    ASSERT_TRUE(whole.suppress);
    EXPECT_EQ(whole.suppress->address, "Sara@customer.example");
    EXPECT_EQ(whole.suppress->reach, model::SuppressionReach::marketing);
    EXPECT_EQ(whole.suppress->reason, "complaint");
}

TEST(Received, delays_and_automatic_replies_are_notes) {
    for (const char* kind : {"delayed", "relayed", "auto_reply", "not_spam"}) {
        const auto whole = completed(as_of_route(told(kind, ""), sent(), true, now).value());
        EXPECT_EQ(whole.word, model::Word::note) << kind;
        EXPECT_FALSE(whole.suppress) << kind;
    }
}

TEST(Received, an_attempt_that_never_was_is_nothing) {
    EXPECT_FALSE(as_of_route(told("bounced", "", 3), sent(), true, now));
    EXPECT_EQ(as_of_route(told("bounced", "", 1), sent(), true, now)->route, "op");
}

TEST(Receipt, a_route_can_not_suppress_by_itself) {
    model::Report gone = told("bounced", "+989121234567", 2, true);
    EXPECT_FALSE(complete(gone, {"op", "sms", "IR", now, false}).suppress);
}

}  // namespace
}  // namespace chapar::track
