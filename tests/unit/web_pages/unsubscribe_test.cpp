// /u/SEAL: who posts exactly what RFC 8058 says is unsubscribed, and nothing else changes anything.
#include "web/pages/unsubscribe.hpp"

#include "room.hpp"

namespace chapar::web::test {
namespace {

using net::Method;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view one_click = "List-Unsubscribe=One-Click";

class Unsubscribe : public Room {
  protected:
    bool says_no(const std::string& channel = "email", const std::string& topic = "offers") {
        for (const auto& word : in_force(whom.person))
            if (word.channel == channel && word.topic == topic) return word.state == model::ConsentState::unsubscribed;
        return false;
    }
    bool has_header(const WebAnswer& answer, std::string_view name) {
        return std::ranges::any_of(answer.headers, [&](const auto& header) { return header.first == name; });
    }
    UnsubscribeHandler handler{deps};
};

TEST_F(Unsubscribe, the_provider_s_post_says_no_to_the_topic_on_its_channel) {
    const auto answer = post(handler, unsubscribe_path(), std::string(one_click));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, IsEmpty());
    for (const auto* name : {"Set-Cookie", "Location", "Refresh"})
        EXPECT_FALSE(has_header(answer, name)) << name;
    const auto words = in_force(whom.person);
    ASSERT_EQ(words.size(), 1U);
    EXPECT_EQ(words[0].channel, "email");
    EXPECT_EQ(words[0].topic, "offers");
    EXPECT_EQ(words[0].state, model::ConsentState::unsubscribed);
    EXPECT_EQ(words[0].source, "one-click unsubscribe");
    EXPECT_THAT(words[0].proof, HasSubstr("77"));
}

TEST_F(Unsubscribe, every_form_of_the_one_body_acts) {
    const std::string part =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--";
    int person = 0;
    for (const auto& [type, body] :
         {std::pair<std::string, std::string>("application/x-www-form-urlencoded", one_click),
          {"application/x-www-form-urlencoded; charset=utf-8", std::string(one_click) + "\r\n"},
          {"", std::string(one_click)},
          {"multipart/form-data; boundary=b", part},
          {"multipart/form-data; boundary=\"b\"", part + "\r\n"}}) {
        whom.person = "person-" + std::to_string(++person);
        EXPECT_EQ(ask(handler, request(Method::post, unsubscribe_path(), body, type)).get().status, 200) << type;
        EXPECT_TRUE(says_no()) << type;
    }
}

TEST_F(Unsubscribe, once_more_changes_nothing_and_is_answered_alike) {
    for (int i = 0; i < 3; ++i) {
        const auto answer = post(handler, unsubscribe_path(), std::string(one_click));
        EXPECT_EQ(answer.status, 200);
        EXPECT_THAT(answer.body, IsEmpty());
        clock.advance(std::chrono::hours(1));
    }
    const auto told = feed();
    ASSERT_EQ(told.size(), 1U) << "one line of the feed, whatever is repeated";
    EXPECT_EQ(told[0].kind, "unsubscribed");
    EXPECT_EQ(told[0].application, "shop");
    EXPECT_EQ(told[0].channel, "email");
    EXPECT_EQ(told[0].code, "offers");
    EXPECT_EQ(control.fences(), 3) << "also who says it again may not get what has not left";
}

TEST_F(Unsubscribe, any_other_post_is_refused_and_does_nothing) {
    for (const auto& [type, body] : {std::pair<std::string, std::string>("application/x-www-form-urlencoded", ""),
                                     {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click&x=1"},
                                     {"application/x-www-form-urlencoded", "list-unsubscribe=one-click"},
                                     {"application/x-www-form-urlencoded", "lang=fa"},
                                     {"application/json", std::string(one_click)},
                                     {"text/plain", std::string(one_click)},
                                     {"multipart/form-data; boundary=b", std::string(one_click)},
                                     {"application/x-www-form-urlencoded", std::string(20'000, 'a')}}) {
        EXPECT_EQ(ask(handler, request(Method::post, unsubscribe_path(), body, type)).get().status, 400)
            << body.substr(0, 40);
    }
    EXPECT_THAT(in_force(whom.person), IsEmpty());
    EXPECT_THAT(feed(), IsEmpty());
}

TEST_F(Unsubscribe, a_hundred_thousand_scanners_unsubscribe_nobody) {
    const auto path = unsubscribe_path();
    PreferencesHandler preferences{deps};
    const std::vector<std::string> queries{
        "", "List-Unsubscribe=One-Click", "confirm=1", "lang=en", "lang=fa&confirm=1&none=1", "%zz=%", "utm_source=x"};
    for (int i = 0; i < 100'000; ++i) {
        auto asked = request(i % 3 == 0 ? Method::head : Method::get, path);
        asked.query = queries[static_cast<std::size_t>(i) % queries.size()];
        if (i % 5 == 0) asked.body = one_click;  // a GET with a body is a GET
        if (i % 100 == 0) {
            asked.path = preferences_path();
            asked.rest = asked.path.substr(3);
            ASSERT_EQ(ask(preferences, std::move(asked)).get().status, 200);
            continue;
        }
        ASSERT_EQ(ask(handler, std::move(asked)).get().status, 200);
    }
    EXPECT_THAT(in_force(whom.person), IsEmpty());
    EXPECT_THAT(feed(), IsEmpty());
    EXPECT_EQ(control.fences(), 0);
}

TEST_F(Unsubscribe, the_answer_leaves_after_the_no_has_reached_every_lease) {
    control.hold();
    auto answer = ask(handler, request(Method::post, unsubscribe_path(), std::string(one_click)));
    while (control.held() == 0)
        std::this_thread::yield();
    EXPECT_TRUE(says_no()) << "the no is on disk by then";
    EXPECT_NE(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    control.release();
    EXPECT_EQ(answer.get().status, 200);
}

TEST_F(Unsubscribe, an_answered_no_is_never_lost_to_a_crash) {
    std::size_t answered = 0, lost = 0;
    for (int round = 0; round < 20; ++round) {
        UnsubscribeHandler asked_now{deps};
        std::vector<std::pair<std::string, std::future<WebAnswer>>> asked;
        for (int person = 0; person < 100; ++person) {
            whom.person = "p" + std::to_string(round) + "-" + std::to_string(person);
            asked.emplace_back(whom.person,
                               ask(asked_now, request(Method::post, unsubscribe_path(), std::string(one_click))));
        }
        asked[static_cast<std::size_t>(round) * 4].second.wait();  // the others are on their way
        store::MemoryPlace::crash(store);
        reopen();
        for (auto& [person, answer] : asked) {
            if (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) continue;
            try {
                if (answer.get().status != 200) continue;
            } catch (const std::future_error&) {
                continue;  // the crash came before its answer
            }
            ++answered;
            whom.person = person;
            lost += says_no() ? 0 : 1;
        }
    }
    EXPECT_GE(answered, 20U);
    EXPECT_EQ(lost, 0U);
}

TEST_F(Unsubscribe, what_can_not_be_kept_is_never_answered_as_done) {
    refuses = true;
    const auto answer = post(handler, unsubscribe_path(), std::string(one_click));
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(has_header(answer, "Retry-After"));
    EXPECT_EQ(post(handler, unsubscribe_path(), "confirm=1").status, 503);
    refuses = false;
    EXPECT_EQ(post(handler, unsubscribe_path(), std::string(one_click)).status, 200);
    EXPECT_TRUE(says_no());
}

TEST_F(Unsubscribe, what_is_no_seal_of_ours_gets_the_page_of_unknown_addresses) {
    const auto good = unsubscribe_path();
    auto changed = good;
    changed.back() = changed.back() == 'A' ? 'B' : 'A';
    const auto of_preferences = "/u/" + preferences_path().substr(3);
    for (const auto& path : {std::string("/u/"), std::string("/u/x"), changed, good + "x", of_preferences}) {
        EXPECT_TRUE(get(handler, path).is_not_found) << path;
        EXPECT_TRUE(post(handler, path, std::string(one_click)).is_not_found) << path;
    }
    EXPECT_THAT(in_force(whom.person), IsEmpty());
}

TEST_F(Unsubscribe, the_page_asks_and_its_form_acts) {
    const auto page = get(handler, unsubscribe_path(), "lang=en");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("lang=\"en\" dir=\"ltr\""));
    EXPECT_THAT(page.body, HasSubstr("Offers"));
    EXPECT_THAT(page.body, HasSubstr("name=\"confirm\""));
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_THAT(get(handler, unsubscribe_path()).body, HasSubstr("lang=\"fa\" dir=\"rtl\""));
    EXPECT_THAT(get(handler, unsubscribe_path()).body, HasSubstr("پیشنهادها"));
    EXPECT_FALSE(says_no());
    const auto done = post(handler, unsubscribe_path(), "confirm=1&lang=en");
    EXPECT_EQ(done.status, 200);
    EXPECT_THAT(done.body, HasSubstr("no longer comes"));
    EXPECT_THAT(done.body, HasSubstr("/p/"));
    EXPECT_TRUE(says_no());
}

TEST_F(Unsubscribe, the_style_has_the_nonce_of_its_policy_and_each_answer_its_own) {
    std::string before;
    for (int i = 0; i < 3; ++i) {
        const auto page = get(handler, unsubscribe_path());
        const auto policy = std::ranges::find(page.headers, "Content-Security-Policy",
                                              [](const auto& h) { return std::string_view(h.first); });
        ASSERT_NE(policy, page.headers.end());
        EXPECT_THAT(policy->second, HasSubstr("default-src 'none'"));
        EXPECT_THAT(policy->second, HasSubstr("form-action 'self'"));
        const auto at = policy->second.find("'nonce-") + 7;
        const auto nonce = policy->second.substr(at, policy->second.find('\'', at) - at);
        EXPECT_GE(nonce.size(), 22U);
        EXPECT_NE(nonce, before);
        EXPECT_THAT(page.body, HasSubstr("<style nonce=\"" + nonce + "\">"));
        before = nonce;
    }
}

TEST_F(Unsubscribe, who_wrote_to_an_id_is_known_by_the_id) {
    whom.person = "customer-1";
    EXPECT_EQ(post(handler, unsubscribe_path(), std::string(one_click)).status, 200);
    EXPECT_TRUE(says_no());
    const auto told = feed();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0].recipient, IsEmpty()) << "its message is gone: nothing would take the name out later";
}

}  // namespace
}  // namespace chapar::web::test
