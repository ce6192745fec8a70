// /s/FORM: who subscribes confirms it, and nobody learns from the answers who is known.
#include "web/pages/subscribe.hpp"

#include <fmt/format.h>

#include "room.hpp"
#include "shelf.hpp"

namespace chapar::web::test {
namespace {

using net::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view form_file = R"(
application = "shop"
channels = ["email", "sms"]
topics = ["offers", "news"]
title = { fa = "خبرنامه", en = "Newsletter" }
wording = { fa = "هفته‌ای یک نامه", en = "One mail a week" }
welcome = "subscribed"
gift = "https://shop.ir/guide.pdf"
origins = ["https://shop.ir"]
)";

class Subscribe : public Room {
  protected:
    Subscribe() {
        config::ApplicationSettings shop;
        shop.name = "shop";
        settings_->applications.push_back(std::move(shop));
        EXPECT_EQ(forms.use({{"_forms/news.toml", std::string(form_file)}}, *settings_, shelf), "");
        handler = std::make_unique<SubscribeHandler>(SubscribeDeps{
            deps, forms, seals_, "https://m.shop.ir", [this](PageMessage message, std::function<void(Handed)> done) {
                sent.push_back(std::move(message.body));
                done(outcome);
            }});
    }
    WebAnswer ask_for(const std::string& body, std::string origin = "", std::uint64_t network = 1) {
        auto asked = request(Method::post, "/s/news", body);
        asked.origin = std::move(origin);
        asked.network = network;
        return ask(*handler, std::move(asked)).get();
    }
    /// What stands behind `name` in the newest message.
    std::string in_message(const std::string& name) {
        const auto& text = sent.back();
        const auto at = text.find("\"" + name + "\":\"");
        EXPECT_NE(at, std::string::npos) << text;
        const auto from = at + name.size() + 4;
        return text.substr(from, text.find('"', from) - from);
    }
    std::string link_path() {
        const auto url = in_message("confirm_url");
        EXPECT_THAT(url, testing::StartsWith("https://m.shop.ir/s/news/"));
        return url.substr(std::string_view("https://m.shop.ir").size());
    }
    std::string token_in(const std::string& page) {
        const std::string mark = "name=\"token\" value=\"";
        const auto at = page.find(mark) + mark.size();
        return page.substr(at, page.find('"', at) - at);
    }

    Shelf shelf;
    FormBook forms;
    engage::SubscriptionSeals seals_ =
        engage::SubscriptionSeals::make(std::vector<std::string>{std::string(32, 'k')}).value();
    std::vector<std::string> sent;
    Handed outcome = Handed::taken;
    std::unique_ptr<SubscribeHandler> handler;
};

TEST_F(Subscribe, the_page_shows_what_is_agreed_to) {
    const auto page = get(*handler, "/s/news", "lang=en");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("Newsletter"));
    EXPECT_THAT(page.body, HasSubstr("One mail a week"));
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_THAT(get(*handler, "/s/news").body, HasSubstr("هفته‌ای یک نامه"));
    for (const auto* other : {"/s/", "/s/other", "/s/news/x", "/s/../news", "/s/news/"})
        EXPECT_TRUE(get(*handler, other).is_not_found) << other;
    EXPECT_THAT(sent, IsEmpty());
}

TEST_F(Subscribe, a_mail_s_link_confirms_by_post_and_never_by_get) {
    const auto answer = ask_for("email=Sara%40Example.COM&lang=en");
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("Check your mail"));
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_THAT(sent[0], HasSubstr(R"("email":"Sara@example.com")"));
    EXPECT_THAT(sent[0], HasSubstr(R"("template":"confirm-subscription")"));
    EXPECT_THAT(in_force("sara@example.com"), IsEmpty()) << "nothing is stored of who has not confirmed";
    const auto path = link_path();
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(get(*handler, path, i % 2 == 0 ? "" : "confirm=1").status, 200);
    EXPECT_THAT(in_force("sara@example.com"), IsEmpty());
    EXPECT_THAT(get(*handler, path).body, HasSubstr("One mail a week"));
    EXPECT_EQ(post(*handler, path, "lang=en").status, 400);
    EXPECT_THAT(in_force("sara@example.com"), IsEmpty());
    clock.advance(std::chrono::hours(1));
    const auto done = post(*handler, path, "confirm=1");
    EXPECT_EQ(done.status, 200);
    EXPECT_THAT(done.body, HasSubstr("You are subscribed"));
    const auto words = in_force("sara@example.com");
    ASSERT_THAT(words, SizeIs(2));
    for (const auto& word : words) {
        EXPECT_EQ(word.state, model::ConsentState::subscribed);
        EXPECT_EQ(word.channel, "email");
        EXPECT_EQ(word.source, "form news");
        EXPECT_EQ(word.at, clock.now());
        EXPECT_THAT(word.proof, HasSubstr("One mail a week"));
        EXPECT_THAT(word.proof, HasSubstr("the link of a mail"));
        EXPECT_THAT(word.proof, HasSubstr(forms.find("news")->revision));
        EXPECT_LE(word.proof.size(), 1024U);
    }
    ASSERT_THAT(sent, SizeIs(2));
    EXPECT_THAT(sent[1], HasSubstr(R"("template":"subscribed")"));
    EXPECT_THAT(sent[1], HasSubstr(R"("gift_url":"https://shop.ir/guide.pdf")"));
    const auto key = in_message("idempotency_key");
    EXPECT_EQ(post(*handler, path, "confirm=1").status, 200);
    EXPECT_EQ(in_message("idempotency_key"), key) << "the welcome is one message, however often the button is pressed";
}

TEST_F(Subscribe, an_sms_code_confirms_in_any_digits) {
    const auto answer = ask_for("phone=0912+345+6789");
    EXPECT_EQ(answer.status, 200);
    const auto token = token_in(answer.body), code = in_message("code");
    EXPECT_THAT(sent[0], HasSubstr(R"("phone":"+989123456789")"));
    EXPECT_EQ(code.size(), 6U);
    EXPECT_THAT(answer.body, Not(HasSubstr(code)));
    std::string persian;
    for (const char c : code)
        persian += std::string("\xDB") + static_cast<char>(0xB0 + (c - '0'));
    std::string encoded;
    for (const char c : persian)
        encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    const auto done = ask_for("token=" + token + "&code=" + encoded);
    EXPECT_EQ(done.status, 200);
    const auto words = in_force("+989123456789");
    ASSERT_THAT(words, SizeIs(2));
    EXPECT_EQ(words[0].channel, "sms");
    EXPECT_THAT(words[0].proof, HasSubstr("the code of an SMS"));
}

TEST_F(Subscribe, a_code_is_good_for_five_tries_and_ten_minutes) {
    auto token = token_in(ask_for("phone=09123456789").body);
    const auto code = in_message("code");
    const std::string wrong = code == "000000" ? "000001" : "000000";
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(ask_for("token=" + token + "&code=" + wrong).status, 422);
    EXPECT_EQ(ask_for("token=" + token + "&code=" + code).status, 410) << "the right one comes too late";
    clock.advance(std::chrono::hours(1));
    token = token_in(ask_for("phone=09123456789").body);
    clock.advance(code_is_good + Milliseconds(1));
    EXPECT_EQ(ask_for("token=" + token + "&code=" + in_message("code")).status, 410);
    EXPECT_EQ(ask_for("token=x&code=" + code).status, 410);
    EXPECT_THAT(in_force("+989123456789"), IsEmpty());
}

TEST_F(Subscribe, a_link_is_good_for_a_week_and_for_what_it_said) {
    ask_for("email=a@b.ir");
    const auto path = link_path();
    EXPECT_EQ(forms.use({{"_forms/news.toml", std::string(form_file) + "about = { en = \"new\" }"}}, *settings_, shelf),
              "");
    EXPECT_EQ(get(*handler, path).status, 200) << "what is agreed to is the same";
    auto other = std::string(form_file);
    other.replace(other.find("One mail a week"), std::string_view("One mail a week").size(), "Two mails a day");
    EXPECT_EQ(forms.use({{"_forms/news.toml", other}}, *settings_, shelf), "");
    EXPECT_EQ(post(*handler, path, "confirm=1").status, 410) << "nobody agrees to what they have not read";
    EXPECT_EQ(forms.use({{"_forms/news.toml", std::string(form_file)}}, *settings_, shelf), "");
    clock.advance(link_is_good + Milliseconds(1));
    EXPECT_EQ(post(*handler, path, "confirm=1").status, 410);
    EXPECT_THAT(in_force("a@b.ir"), IsEmpty());
}

TEST_F(Subscribe, the_answer_is_the_same_whoever_is_known) {
    const auto fresh = ask_for("email=new@b.ir&lang=en");
    ask_for("email=old@b.ir&lang=en");
    post(*handler, link_path(), "confirm=1");
    std::vector<WebAnswer> answers{ask_for("email=old@b.ir&lang=en")};
    whom.person = "no@b.ir";
    UnsubscribeHandler unsubscribe{deps};
    post(unsubscribe, unsubscribe_path(), "List-Unsubscribe=One-Click");
    answers.push_back(ask_for("email=no@b.ir&lang=en"));
    answers.push_back(ask_for("email=bot@b.ir&lang=en&website=x"));
    for (int i = 0; i < 6; ++i)
        answers.push_back(ask_for("email=much@b.ir&lang=en"));
    const auto plain = [](std::string body, const std::string& address) {
        for (const auto& cut : {address, std::string("nonce=\"")}) {
            for (auto at = body.find(cut); at != std::string::npos; at = body.find(cut, at))
                body.erase(at, cut == address ? cut.size() : body.find('"', at + cut.size()) - at);
        }
        return body;
    };
    const std::vector<std::string> addresses{"old@b.ir", "no@b.ir", "bot@b.ir", "much@b.ir"};
    for (std::size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i].status, fresh.status);
        EXPECT_EQ(plain(answers[i].body, addresses[std::min<std::size_t>(i, 3)]), plain(fresh.body, "new@b.ir")) << i;
    }
}

TEST_F(Subscribe, who_fills_in_what_nobody_sees_and_who_is_written_to_often_gets_no_mail) {
    ask_for("email=bot@b.ir&website=http://spam");
    EXPECT_THAT(sent, IsEmpty());
    for (int i = 0; i < 10; ++i)
        ask_for("email=much@b.ir", "", static_cast<std::uint64_t>(i));
    EXPECT_THAT(sent, SizeIs(3));
    ask_for("email=MUCH@b.ir");
    EXPECT_THAT(sent, SizeIs(3)) << "another spelling is the same person";
    clock.advance(std::chrono::hours(1));
    ask_for("email=much@b.ir");
    EXPECT_THAT(sent, SizeIs(4));
}

TEST_F(Subscribe, a_code_that_was_sent_to_nobody_confirms_nothing) {
    std::vector<std::string> tokens{token_in(ask_for("phone=09120000001&website=x").body)};
    for (std::uint32_t i = 0; i < asks_of_an_address; ++i)
        ask_for("phone=09123456789");
    tokens.push_back(token_in(ask_for("phone=09123456789").body));
    EXPECT_THAT(sent, SizeIs(asks_of_an_address));
    for (const auto& token : tokens) {
        const auto asked = seals_.open(token);
        ASSERT_TRUE(asked);
        EXPECT_EQ(ask_for("token=" + token + "&code=" + asked->code).status, 422) << "not even the one in the seal";
        EXPECT_THAT(in_force(asked->address), IsEmpty());
        EXPECT_EQ(token.size(), tokens.front().size()) << "the token does not tell it from one that was sent";
    }
}

TEST_F(Subscribe, a_network_that_asks_too_often_is_told_so) {
    int refused = 0;
    for (std::uint32_t i = 0; i < asks_of_a_network + 10; ++i)
        refused += ask_for("email=p" + std::to_string(i) + "@b.ir", "", 7).status == 429 ? 1 : 0;
    EXPECT_EQ(refused, 10);
    EXPECT_THAT(sent, SizeIs(asks_of_a_network));
    EXPECT_EQ(ask_for("email=else@b.ir", "", 8).status, 200);
}

TEST_F(Subscribe, what_is_no_address_is_told_on_the_form) {
    for (const auto& [body, mark] : {std::pair("email=nobody", "aria-invalid"),
                                     {"email=", "aria-invalid"},
                                     {"", "aria-invalid"},
                                     {"address=123", "aria-invalid"},
                                     {"email=a%0Ab@c.ir", "aria-invalid"}}) {
        const auto answer = ask_for(body);
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_THAT(answer.body, HasSubstr(mark)) << body;
    }
    const auto hostile = ask_for("email=%22%3E%3Cscript%3E");
    EXPECT_THAT(hostile.body, Not(HasSubstr("<script")));
    EXPECT_THAT(sent, IsEmpty());
}

TEST_F(Subscribe, a_site_s_own_form_is_taken_from_its_own_site_alone) {
    const auto own = ask_for("email=a@b.ir&answer=json", "https://shop.ir");
    EXPECT_EQ(own.status, 200);
    EXPECT_EQ(own.content_type, "application/json");
    EXPECT_EQ(own.body, R"({"status":"confirm-by-mail"})");
    EXPECT_THAT(own.headers, testing::Contains(testing::Pair("Access-Control-Allow-Origin", "https://shop.ir")));
    EXPECT_THAT(own.headers, testing::Contains(testing::Pair("Vary", "Origin")));
    EXPECT_EQ(ask_for("email=a@b.ir", "https://evil.example").status, 403);
    EXPECT_EQ(ask_for("email=a@b.ir", "https://shop.ir.evil.example").status, 403);
    EXPECT_EQ(ask_for("email=c@b.ir", "https://m.shop.ir").status, 200) << "the hosted page itself";
    EXPECT_EQ(ask_for("email=d@b.ir", "null").status, 200);
    const auto by_sms = ask_for("phone=09123456789&answer=json", "https://shop.ir");
    EXPECT_THAT(by_sms.body, HasSubstr("confirm-by-code"));
    EXPECT_THAT(by_sms.body, HasSubstr("token"));
    EXPECT_THAT(by_sms.body, Not(HasSubstr(in_message("code"))));
}

TEST_F(Subscribe, what_can_not_be_kept_or_sent_is_not_answered_as_done) {
    outcome = Handed::failed;
    EXPECT_EQ(ask_for("email=a@b.ir").status, 503);
    outcome = Handed::refused;
    EXPECT_EQ(ask_for("phone=09123456789").status, 422);
    outcome = Handed::taken;
    ask_for("email=c@b.ir");
    const auto path = link_path();
    refuses = true;
    EXPECT_EQ(post(*handler, path, "confirm=1").status, 503);
    refuses = false;
    EXPECT_THAT(in_force("c@b.ir"), IsEmpty());
    EXPECT_EQ(post(*handler, path, "confirm=1").status, 200);
}

class Forms : public Subscribe {};

TEST_F(Forms, are_replaced_whole_or_not_at_all) {
    const auto wrong = [&](const std::string& text) {
        return forms.use({{"_forms/news.toml", std::string(form_file)}, {"_forms/other.toml", text}}, *settings_,
                         shelf);
    };
    EXPECT_THAT(wrong("x = "), HasSubstr("_forms/other.toml:1"));
    EXPECT_THAT(wrong("titel = 1"), HasSubstr("did you mean"));
    auto unknown = std::string(form_file);
    unknown.replace(unknown.find("offers"), 6, "nobody");
    EXPECT_THAT(wrong(unknown), HasSubstr("\"nobody\""));
    auto lost = std::string(form_file);
    lost.replace(lost.find("\"subscribed\""), 12, "\"gone\"");
    EXPECT_THAT(wrong(lost), HasSubstr("no such template"));
    EXPECT_THAT(wrong(std::string(form_file) + "confirm = \"Bad Name\""), HasSubstr("confirm"));
    auto stranger = std::string(form_file);
    stranger.replace(stranger.find("\"shop\""), 6, "\"else\"");
    EXPECT_THAT(wrong(stranger), HasSubstr("no application \"else\""));
    EXPECT_THAT(forms.use({{"_forms/Bad name.toml", std::string(form_file)}}, *settings_, shelf),
                HasSubstr("Bad name"));
    EXPECT_TRUE(forms.find("news"));
    EXPECT_FALSE(forms.find("other"));
    EXPECT_EQ(wrong(std::string(form_file)), "");
    EXPECT_TRUE(forms.find("other"));
    EXPECT_EQ(forms.use({}, *settings_, shelf), "");
    EXPECT_FALSE(forms.find("news"));
}

TEST(Attempts, are_counted_within_their_span_and_bounded) {
    ManualClock clock{from_ms(0)};
    Attempts attempts{2, std::chrono::minutes(1), 3};
    const auto take = [&](std::uint64_t key) { return attempts.take(key, clock.monotonic()); };
    EXPECT_TRUE(take(1));
    EXPECT_TRUE(take(1));
    EXPECT_FALSE(take(1));
    EXPECT_TRUE(take(2));
    EXPECT_TRUE(take(3));
    EXPECT_FALSE(take(4)) << "no room: who fills the table gains nothing";
    EXPECT_TRUE(take(2)) << "who was there already goes on";
    EXPECT_EQ(attempts.keys(), 3U);
    clock.advance(std::chrono::minutes(1));
    EXPECT_TRUE(take(4));
    EXPECT_TRUE(take(1));
}

TEST(SubscriptionSeal, opens_to_what_was_asked_and_shows_nothing) {
    const std::vector<std::string> keys{std::string(32, 'k')}, others{std::string(32, 'o')};
    const auto seals = engage::SubscriptionSeals::make(keys).value();
    const engage::SubscriptionSeal asked{"news", "0123456789abcdef", "sms", "+989123456789", "482913",
                                         true,   from_ms(5)};
    const auto text = seals.seal(asked).value();
    EXPECT_EQ(seals.open(text), asked);
    EXPECT_FALSE(text.contains("482913"));
    EXPECT_EQ(engage::SubscriptionSeals::make(others).value().open(text), std::nullopt);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(seals.open(changed), std::nullopt) << i;
        EXPECT_EQ(seals.open(text.substr(0, i)), std::nullopt) << i;
    }
    auto long_one = asked;
    long_one.address = std::string(256, 'a');
    EXPECT_EQ(seals.seal(long_one), std::nullopt);
}

}  // namespace
}  // namespace chapar::web::test
