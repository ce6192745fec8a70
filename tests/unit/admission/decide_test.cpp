#include <gtest/gtest.h>

#include <functional>

#include "admission/admission.hpp"

namespace chapar::admission {
namespace {

const Timestamp now = from_ms(1'800'000'000'000);

/// A submission and facts that are accepted; each case changes one thing.
struct Case {
    Submission submission;
    config::ApplicationSettings application;
    config::ClassSettings class_settings;
    std::vector<StepFacts> steps{{"email", true, true, {}}};
    bool class_known = true, template_known = true;
    std::string_view class_name = "transactional";
    std::int64_t waiting = 0;
    std::optional<Milliseconds> next_token;

    Case() {
        submission.has_to = true;
        submission.email = "sara@example.com";
        submission.template_name = "welcome";
        application.name = "shop";
        application.classes = application.channels = application.templates = {"*"};
        application.from = {"*@shop.example"};
        application.headers = {"X-Order"};
        application.attachment_limit = 100;
        class_settings.requires_ = config::Requires::none;
    }
    std::expected<Accept, net::Problem> decide() const {
        const Facts facts{
            application, class_known ? &class_settings : nullptr, class_name, now, "IR", template_known, steps, waiting,
            next_token};
        return admission::decide(submission, facts);
    }
};

TEST(Decide, what_is_in_order_is_accepted) {
    const auto accepted = Case().decide();
    ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
    ASSERT_EQ(accepted->plan.size(), 1u);
    EXPECT_EQ(accepted->plan[0].address, "sara@example.com");
    EXPECT_EQ(accepted->send_at, now);
    EXPECT_EQ(accepted->expires_at, now + std::chrono::hours(72));
}

TEST(Decide, who_gets_a_mail_gets_it_once_and_to_wins_over_cc_over_bcc) {
    Case c;
    c.submission.cc = {"b@example.com", "Sara@EXAMPLE.com", "B@Example.com"};
    c.submission.bcc = {"sara@example.com", "c@example.com", "b@example.com"};
    const auto accepted = c.decide();
    ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
    const std::vector<model::Copy> expected{{"b@example.com", false, 0}, {"c@example.com", true, 1}};
    EXPECT_EQ(accepted->copies, expected);
}

TEST(Decide, fifty_copies_are_taken) {
    Case c;
    std::vector<std::string> many;
    for (std::size_t i = 0; i < max_copies; ++i)
        many.push_back("b" + std::to_string(i) + "@example.com");
    c.submission.bcc.assign(many.begin(), many.end());
    const auto accepted = c.decide();
    ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
    EXPECT_EQ(accepted->copies.size(), max_copies);
}

TEST(Decide, a_template_may_be_named_by_its_beginning) {
    Case c;
    c.application.templates = {"order-*", "welc*"};
    EXPECT_TRUE(c.decide().has_value());
    c.submission.template_name = "order-shipped";
    EXPECT_TRUE(c.decide().has_value());
    c.application.templates = {"order"};
    EXPECT_FALSE(c.decide().has_value());
}

TEST(Decide, a_From_of_the_request_serves_where_no_route_has_one) {
    Case c;
    c.steps[0].from_missing_at = "relay";
    const auto refused = c.decide();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().detail, "no From: set `from` in the request, the template or [route.settings] of relay");
    c.submission.from = "shop@shop.example";
    EXPECT_TRUE(c.decide().has_value());
}

TEST(Decide, an_administrators_application_is_told_to_send_as_another) {
    Case c;
    c.application.name = "operators";
    c.application.operator_role = true;
    c.application.classes = {};
    const auto refused = c.decide();
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().errors.front().detail.find("chapar --application NAME"), std::string::npos)
        << refused.error().errors.front().detail;
}

struct Refused {
    std::string_view name;
    std::function<void(Case&)> change;
    int status;
    std::string_view type, pointer;
};

TEST(Decide, each_reason_to_refuse_has_its_status_and_place) {
    const std::vector<Refused> table = {
        {"no class",
         [](Case& c) {
             c.class_name = {};
             c.class_known = false;
         },
         422, "invalid-message", "/class"},
        {"unknown class", [](Case& c) { c.class_known = false; }, 422, "invalid-message", "/class"},
        {"class not allowed", [](Case& c) { c.application.classes = {"otp"}; }, 403, "not-allowed", "/class"},
        {"unknown template", [](Case& c) { c.template_known = false; }, 422, "invalid-message", "/template"},
        {"template not allowed", [](Case& c) { c.application.templates = {}; }, 403, "not-allowed", "/template"},
        {"template beside the wildcard", [](Case& c) { c.application.templates = {"welcom-*", "elcome*", "w"}; }, 403,
         "not-allowed", "/template"},
        {"no From anywhere", [](Case& c) { c.steps[0].from_missing_at = "relay"; }, 422, "invalid-message", "/from"},
        {"channel not allowed", [](Case& c) { c.application.channels = {"sms"}; }, 403, "not-allowed", "/channels"},
        {"no route", [](Case& c) { c.steps[0].has_route = false; }, 422, "invalid-message", "/channels"},
        {"template lacks the channel", [](Case& c) { c.steps[0].has_template = false; }, 422, "invalid-message",
         "/template"},
        {"missing variable", [](Case& c) { c.steps[0].missing_variables = {"name"}; }, 422, "invalid-message",
         "/data/name"},
        {"nobody", [](Case& c) { c.submission.email = {}; }, 422, "invalid-message", "/to"},
        {"no address for the plan",
         [](Case& c) {
             c.submission.email = {};
             c.submission.recipient = "u";
         },
         422, "invalid-message", "/to"},
        {"malformed address", [](Case& c) { c.submission.email = "a@b@c"; }, 422, "invalid-message", "/to/email"},
        {"no plan", [](Case& c) { c.steps.clear(); }, 422, "invalid-message", "/channels"},
        {"bad locale", [](Case& c) { c.submission.locale = "fa_IR!"; }, 422, "invalid-message", "/to/locale"},
        {"bad timezone", [](Case& c) { c.submission.timezone = "../etc/passwd"; }, 422, "invalid-message",
         "/to/timezone"},
        {"neither template nor content", [](Case& c) { c.submission.template_name = {}; }, 422, "invalid-message", ""},
        {"both",
         [](Case& c) { c.submission.content.push_back({"email", true, true, true, false, false, false, {}, {}}); }, 422,
         "invalid-message", ""},
        {"past", [](Case& c) { c.submission.expires_at = now; }, 422, "invalid-message", "/expires_at"},
        {"expires before it is sent",
         [](Case& c) {
             c.submission.send_at = now + std::chrono::hours(2);
             c.submission.expires_at = now + std::chrono::hours(1);
         },
         422, "invalid-message", "/expires_at"},
        {"too far ahead", [](Case& c) { c.submission.send_at = now + std::chrono::hours(24 * 400); }, 422,
         "invalid-message", "/send_at"},
        {"of last year", [](Case& c) { c.submission.send_at = now - std::chrono::hours(24 * 365); }, 422,
         "invalid-message", "/send_at"},
        {"of the year 1970: seconds taken for milliseconds", [](Case& c) { c.submission.send_at = from_ms(1'800'000); },
         422, "invalid-message", "/send_at"},
        {"an SMS sender as the mail's", [](Case& c) { c.submission.from = "30001234"; }, 422, "invalid-message",
         "/from"},
        {"an SMS name as the mail's", [](Case& c) { c.submission.from = "Shop"; }, 422, "invalid-message", "/from"},
        {"metadata of 5 KB",
         [](Case& c) {
             static const std::string large(5000, 'm');
             c.submission.metadata = large;
         },
         422, "invalid-message", "/metadata"},
        {"attachments without a mail",
         [](Case& c) {
             c.submission.phone = "+989121234567";
             c.steps = {{"sms", true, true, {}}};
             c.submission.attachments = {{"a", "image/png", "", 1, true}};
         },
         422, "invalid-message", "/attachments"},
        {"copies without a mail",
         [](Case& c) {
             c.submission.phone = "+989121234567";
             c.steps = {{"sms", true, true, {}}};
             c.submission.cc = {"b@example.com"};
         },
         422, "invalid-message", "/cc"},
        {"copies of a mail that nobody gets",
         [](Case& c) {
             c.submission.email = {};
             c.submission.phone = "+989121234567";
             c.steps = {{"email", true, true, {}}, {"sms", true, true, {}}};
             c.submission.bcc = {"b@example.com"};
         },
         422, "invalid-message", "/bcc"},
        {"copies of what asks for consent",
         [](Case& c) {
             c.class_settings.requires_ = config::Requires::consent;
             c.submission.bcc = {"b@example.com"};
         },
         422, "invalid-message", "/bcc"},
        {"copies of what people may end",
         [](Case& c) {
             c.class_settings.requires_ = config::Requires::no_opt_out;
             c.submission.cc = {"b@example.com"};
         },
         422, "invalid-message", "/cc"},
        {"a malformed cc", [](Case& c) { c.submission.cc = {"b@example.com", "b@c@d"}; }, 422, "invalid-message",
         "/cc/1"},
        {"a cc with a name", [](Case& c) { c.submission.cc = {"B <b@example.com>"}; }, 422, "invalid-message", "/cc/0"},
        {"an empty bcc", [](Case& c) { c.submission.bcc = {""}; }, 422, "invalid-message", "/bcc/0"},
        {"a bcc with a line break", [](Case& c) { c.submission.bcc = {"b@example.com\r\nRCPT TO:<c@d.example>"}; }, 422,
         "invalid-message", "/bcc/0"},
        {"two addresses in one", [](Case& c) { c.submission.cc = {"b@example.com, c@example.com"}; }, 422,
         "invalid-message", "/cc/0"},
        {"too many copies",
         [](Case& c) {
             c.submission.cc.assign(25, "b@example.com");
             c.submission.bcc.assign(26, "c@example.com");
         },
         422, "invalid-message", "/bcc"},
        {"ready-made advertising without a way out",
         [](Case& c) {
             c.class_settings.requires_ = config::Requires::consent;
             c.submission.template_name = {};
             c.submission.content.push_back({.channel = "email",
                                             .has_subject = true,
                                             .has_text = true,
                                             .empty = false,
                                             .from = {},
                                             .reply_to = {}});
         },
         422, "invalid-message", "/content/email/list_unsubscribe"},
        {"tag with a newline", [](Case& c) { c.submission.tags = {"a\nb"}; }, 422, "invalid-message", "/tags/0"},
        {"long key",
         [](Case& c) {
             static const std::string key(300, 'k');
             c.submission.idempotency_key = key;
         },
         422, "invalid-message", "/idempotency_key"},
        {"campaign with a control", [](Case& c) { c.submission.campaign = "a\tb"; }, 422, "invalid-message",
         "/campaign"},
        {"foreign sender", [](Case& c) { c.submission.from = "Boss <ceo@bank.example>"; }, 422, "invalid-message",
         "/from"},
        {"sender with a line break", [](Case& c) { c.submission.from = "a@shop.example\r\nBcc: b@c.example"; }, 422,
         "invalid-message", "/from"},
        {"bad reply-to", [](Case& c) { c.submission.reply_to = "nobody"; }, 422, "invalid-message", "/reply_to"},
        {"header that is not listed", [](Case& c) { c.submission.headers = {{"Bcc", "a@b.example"}}; }, 422,
         "invalid-message", "/headers/Bcc"},
        {"header value with a line break", [](Case& c) { c.submission.headers = {{"x-order", "1\r\nBcc: x"}}; }, 422,
         "invalid-message", "/headers/x-order"},
        {"attachments too large", [](Case& c) { c.submission.attachments = {{"a.png", "image/png", "", 101, true}}; },
         422, "invalid-message", "/attachments"},
        {"attachment with a path",
         [](Case& c) { c.submission.attachments = {{"../../etc/passwd", "image/png", "", 1, true}}; }, 422,
         "invalid-message", "/attachments/0/name"},
        {"attachment that is no base64", [](Case& c) { c.submission.attachments = {{"a", "image/png", "", 1, false}}; },
         422, "invalid-message", "/attachments/0/content"},
        {"content type with a line break",
         [](Case& c) { c.submission.attachments = {{"a", "image/png\r\nX: y", "", 1, true}}; }, 422, "invalid-message",
         "/attachments/0/content_type"},
        {"content id with brackets", [](Case& c) { c.submission.attachments = {{"a", "image/png", "a>b", 1, true}}; },
         422, "invalid-message", "/attachments/0/content_id"},
        {"attachments not allowed",
         [](Case& c) {
             c.application.attachment_limit = 0;
             c.submission.attachments = {{"a", "image/png", "", 1, true}};
         },
         422, "invalid-message", "/attachments"},
    };
    for (const auto& row : table) {
        Case changed;
        row.change(changed);
        const auto decision = changed.decide();
        ASSERT_FALSE(decision.has_value()) << row.name;
        EXPECT_EQ(decision.error().status, row.status) << row.name << decision.error().detail;
        EXPECT_EQ(decision.error().type, row.type) << row.name;
        ASSERT_FALSE(decision.error().errors.empty()) << row.name;
        EXPECT_EQ(decision.error().errors.front().pointer, row.pointer) << row.name;
        EXPECT_FALSE(net::problem_title(decision.error().type) == "Problem") << row.name;
    }
}

TEST(Decide, capacity_is_asked_last_and_names_a_time) {
    Case full;
    full.application.queue_depth = 5;
    full.waiting = 5;
    EXPECT_EQ(full.decide().error().type, "queue-full");
    EXPECT_TRUE(full.decide().error().retry_after.has_value());
    full.waiting = 4;
    EXPECT_TRUE(full.decide().has_value());
    Case fast;
    fast.next_token = Milliseconds{1500};
    EXPECT_EQ(fast.decide().error().type, "rate-limited");
    EXPECT_EQ(fast.decide().error().retry_after, 2);
    fast.submission.email = "broken";
    EXPECT_EQ(fast.decide().error().status, 422);  // waiting would not help
}

TEST(Decide, all_that_is_wrong_is_said_at_once) {
    Case wrong;
    wrong.submission.email = "broken";
    wrong.submission.campaign = "a\nb";
    wrong.submission.expires_at = now;
    EXPECT_EQ(wrong.decide().error().errors.size(), 3u);
}

TEST(Decide, a_step_without_an_address_stays_in_the_plan_when_another_has_one) {
    Case two;
    two.submission.channels = {"sms", "email"};
    two.steps = {{"sms", true, true, {}}, {"email", true, true, {}}};
    const auto accepted = two.decide();
    ASSERT_TRUE(accepted.has_value());
    EXPECT_TRUE(accepted->plan[0].address.empty());
    EXPECT_EQ(accepted->plan[1].address, "sara@example.com");
}

TEST(Decide, an_sms_comes_from_a_number_a_short_code_or_a_name) {
    const auto refusal = [](std::string_view from) -> std::string {
        Case each;
        each.application.from = {"3000", "+983000", "Shop", "*@shop.example"};
        each.submission.template_name = {};
        each.submission.content.push_back({});
        each.submission.content.back().channel = "sms";
        each.submission.content.back().has_text = true;
        each.submission.content.back().from = from;
        const auto decided = each.decide();
        if (decided) return "";
        for (const auto& error : decided.error().errors)
            if (error.pointer == "/content/sms/from") return error.detail;
        return "";
    };
    for (const auto* from : {"3000", "+983000", "Shop"})
        EXPECT_EQ(refusal(from), "");
    EXPECT_TRUE(refusal("4000").starts_with("shop may not send as 4000"));
    for (const auto* from : {"a@shop.example", "Much too long", "30", "+", "12 34", "\xD8\xB3\xD9\x84"})
        EXPECT_TRUE(refusal(from).starts_with("expected a telephone number")) << from;
}

TEST(Decide, a_scheduled_message_lives_from_its_time_on) {
    Case later;
    later.class_settings.max_age = std::chrono::hours(1);
    later.submission.send_at = now + std::chrono::hours(24);
    const auto accepted = later.decide();
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->expires_at, now + std::chrono::hours(25));
}

TEST(Decide, a_time_that_is_just_past_is_now) {
    for (const auto late : {std::chrono::minutes(1), std::chrono::minutes(60 * 23)}) {
        Case clock_is_late;
        clock_is_late.submission.send_at = now - late;
        const auto accepted = clock_is_late.decide();
        ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
        EXPECT_EQ(accepted->send_at, now);
    }
}

TEST(Decide, advertising_with_a_way_out_or_by_another_channel_is_accepted) {
    Case mail;
    mail.class_settings.requires_ = config::Requires::consent;
    mail.submission.template_name = {};
    mail.submission.content.push_back({.channel = "email",
                                       .has_subject = true,
                                       .has_text = true,
                                       .empty = false,
                                       .has_unsubscribe = true,
                                       .from = {},
                                       .reply_to = {}});
    EXPECT_TRUE(mail.decide().has_value());
    mail.submission.content[0].has_unsubscribe = false;
    EXPECT_FALSE(mail.decide().has_value());
    for (const auto other : {config::Requires::none, config::Requires::no_opt_out}) {
        mail.class_settings.requires_ = other;
        EXPECT_TRUE(mail.decide().has_value());
    }
}

TEST(Decide, attachments_go_where_a_mail_is_among_the_steps) {
    Case both;
    both.steps = {{"sms", true, true, {}}, {"email", true, true, {}}};
    both.submission.attachments = {{"a", "image/png", "", 1, true}};
    EXPECT_TRUE(both.decide().has_value());
}

TEST(Decide, an_sms_sender_is_a_line_that_carries_the_class) {
    config::RouteSettings sms, email;
    sms.channel = "sms";
    sms.lines = {"+983000=marketing", "Shop=otp,transactional"};
    email.channel = "email";
    config::RouteSettings other = sms;
    other.lines = {"2000=transactional"};
    other.prefixes = {"+49"};
    config::Settings site;
    site.routes = {email, sms, other};
    const auto refusal = [&](std::string_view from, std::string_view class_name) -> std::string {
        Case each;
        each.steps = {{"sms", true, true, {}}};
        each.submission.phone = "+989121234567";
        each.application.from = {"2000", "3000", "983000", "+983000", "Shop", "*@shop.example"};
        each.submission.template_name = {};
        each.submission.content.push_back({});
        each.submission.content.back().channel = "sms";
        each.submission.content.back().has_text = true;
        each.submission.content.back().from = from;
        const Facts facts{
            each.application, &each.class_settings, class_name, now, "IR", true, each.steps, 0, {}, true, &site};
        const auto decided = admission::decide(each.submission, facts);
        if (decided) return "";
        for (const auto& error : decided.error().errors)
            if (error.pointer == "/content/sms/from") return error.detail;
        return "";
    };
    EXPECT_EQ(refusal("+983000", "marketing"), "");
    EXPECT_EQ(refusal("983000", "marketing"), "");
    EXPECT_EQ(refusal("Shop", "otp"), "");
    EXPECT_TRUE(refusal("Shop", "marketing").starts_with("no route may send class marketing as Shop"));
    EXPECT_TRUE(refusal("3000", "marketing").starts_with("no route may send class marketing as 3000"));
    EXPECT_EQ(refusal("2000", "transactional"),
              "no route that takes +989121234567 may send class transactional as 2000: see `lines` of [[route]]");
    EXPECT_TRUE(refusal("4000", "marketing").starts_with("shop may not send as 4000"));
    EXPECT_TRUE(refusal("a@shop.example", "marketing").starts_with("expected a telephone number"));
    EXPECT_TRUE(refusal("Much too long", "marketing").starts_with("expected a telephone number"));
}

}  // namespace
}  // namespace chapar::admission
