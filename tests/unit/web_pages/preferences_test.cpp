// /p/SEAL: the page shows what holds, and saves what is posted.
#include "web/pages/preferences.hpp"

#include "room.hpp"

namespace chapar::web::test {
namespace {

using net::Method;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Preferences : public Room {
  protected:
    /// One switch as the page shows it.
    bool is_checked(const std::string& page, const std::string& value) {
        const auto at = page.find("value=\"" + value + "\"", page.find("class=\"switch\""));
        const auto cell = page.find("name=\"on\" value=\"" + value + "\"");
        const auto from = cell == std::string::npos ? at : cell;
        EXPECT_NE(from, std::string::npos) << value;
        return page.substr(from, page.find('>', from) - from).contains("checked");
    }
    bool has_switch(const std::string& page, const std::string& name) {
        const auto at = page.find("name=\"" + name + "\" value=\"1\"");
        return at != std::string::npos && page.substr(at, page.find('>', at) - at).contains("checked");
    }
    std::string shown(const std::string& page) {
        std::string out;
        for (auto at = page.find("name=\"shown\" value=\""); at != std::string::npos;
             at = page.find("name=\"shown\" value=\"", at + 1)) {
            const auto from = at + std::string_view("name=\"shown\" value=\"").size();
            out += "&shown=" + page.substr(from, page.find('"', from) - from);
        }
        return out;
    }
    void put_profile(const std::string& json) {
        std::promise<void> done;
        store->put_recipient({"shop", whom.person, json, clock.now()}, [&](const Result<bool>&) { done.set_value(); });
        done.get_future().get();
    }
    PreferencesHandler handler{deps};
};

TEST_F(Preferences, the_page_shows_what_holds_for_whom_without_naming_them) {
    const auto page = get(handler, preferences_path(), "lang=en");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("s•••@e•••.com"));
    EXPECT_THAT(page.body, Not(HasSubstr("sara@example.com")));
    EXPECT_TRUE(is_checked(page.body, "email:offers"));
    EXPECT_FALSE(is_checked(page.body, "email:surveys")) << "off by default";
    EXPECT_THAT(page.body, Not(HasSubstr("sms:offers"))) << "no number of theirs is known";
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_THAT(page.body, HasSubstr("noindex"));
    EXPECT_THAT(in_force(whom.person), IsEmpty());
}

TEST_F(Preferences, a_person_of_several_addresses_has_a_switch_for_each_channel) {
    whom.person = "customer-1";
    put_profile(R"({"email":"sara@example.com","phone":"+989123456789","locale":"en"})");
    const auto page = get(handler, preferences_path());
    EXPECT_TRUE(is_checked(page.body, "email:offers"));
    EXPECT_TRUE(is_checked(page.body, "sms:offers"));
    EXPECT_THAT(page.body, HasSubstr("<legend>"));
    EXPECT_THAT(page.body, HasSubstr("name=\"language\""));
}

TEST_F(Preferences, what_is_saved_is_shown_and_holds) {
    const auto before = get(handler, preferences_path()).body;
    const auto done =
        post(handler, preferences_path(), "confirm=1&lang=en&on=email:surveys&untracked=1" + shown(before));
    EXPECT_EQ(done.status, 200);
    EXPECT_THAT(done.body, HasSubstr("Surveys"));
    EXPECT_THAT(done.body, HasSubstr("no longer comes"));
    const auto after = get(handler, preferences_path()).body;
    EXPECT_TRUE(is_checked(after, "email:surveys"));
    EXPECT_FALSE(is_checked(after, "email:offers"));
    EXPECT_FALSE(is_checked(after, "email:news"));
    EXPECT_TRUE(has_switch(after, "untracked"));
    EXPECT_EQ(control.fences(), 1);
    for (const auto& word : in_force(whom.person)) {
        EXPECT_EQ(word.source, "preferences page");
        EXPECT_THAT(word.proof, HasSubstr("77"));
    }
    const auto again =
        post(handler, preferences_path(), "confirm=1&lang=en&on=email:surveys&untracked=1" + shown(after));
    EXPECT_THAT(again.body, HasSubstr("Nothing changed"));
}

TEST_F(Preferences, who_unsubscribed_by_one_click_may_come_back_here) {
    UnsubscribeHandler unsubscribe{deps};
    ASSERT_EQ(post(unsubscribe, unsubscribe_path(), "List-Unsubscribe=One-Click").status, 200);
    clock.advance(std::chrono::minutes(1));
    const auto page = get(handler, preferences_path()).body;
    EXPECT_FALSE(is_checked(page, "email:offers"));
    ASSERT_EQ(post(handler, preferences_path(), "confirm=1&on=email:offers&on=email:news" + shown(page)).status, 200);
    EXPECT_TRUE(is_checked(get(handler, preferences_path()).body, "email:offers"));
}

TEST_F(Preferences, a_pause_says_until_when) {
    const auto page = get(handler, preferences_path()).body;
    const auto on = std::string("&on=email:offers&on=email:news") + shown(page);
    const auto done = post(handler, preferences_path(), "confirm=1&lang=en&pause=1" + on);
    EXPECT_THAT(done.body, HasSubstr("2030")) << "the date of its end";
    EXPECT_THAT(done.body, HasSubstr("until"));
    const auto paused = get(handler, preferences_path()).body;
    EXPECT_TRUE(has_switch(paused, "pause"));
    EXPECT_TRUE(is_checked(paused, "email:offers"));
    clock.advance(model::pause_length);
    EXPECT_FALSE(has_switch(get(handler, preferences_path()).body, "pause"));
}

TEST_F(Preferences, the_language_of_messages_is_the_profile_s) {
    whom.person = "customer-1";
    put_profile(R"({"email":"sara@example.com","locale":"fa-IR","attributes":{"n":1.50,"a":["ب"]}})");
    const auto page = get(handler, preferences_path()).body;
    ASSERT_EQ(
        post(handler, preferences_path(), "confirm=1&language=en&on=email:offers&on=email:news" + shown(page)).status,
        200);
    const auto kept = store->recipient("shop", whom.person).value();
    ASSERT_TRUE(kept);
    EXPECT_THAT(kept->profile, HasSubstr(R"("locale":"en")"));
    EXPECT_THAT(kept->profile, HasSubstr(R"("attributes":{"n":1.5,"a":["ب"]})"));
}

TEST_F(Preferences, a_post_without_confirm_does_nothing) {
    for (const auto* body : {"", "none=1", "List-Unsubscribe=One-Click", "on=email:offers&shown=email:offers"})
        EXPECT_EQ(post(handler, preferences_path(), body).status, 400) << body;
    EXPECT_THAT(in_force(whom.person), IsEmpty());
}

TEST_F(Preferences, what_can_not_be_kept_is_never_shown_as_saved) {
    refuses = true;
    EXPECT_EQ(post(handler, preferences_path(), "confirm=1&none=1").status, 503);
    refuses = false;
    EXPECT_THAT(in_force(whom.person), IsEmpty());
}

TEST_F(Preferences, what_stands_in_the_settings_stands_as_text) {
    settings_->categories[0].title.fa = "<b>\"&'";
    const auto page = get(handler, preferences_path()).body;
    EXPECT_THAT(page, Not(HasSubstr("<b>")));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;"));
    whom.topic = "\"><script>alert(1)</script>";
    EXPECT_THAT(get(handler, preferences_path()).body, Not(HasSubstr("<script")));
    UnsubscribeHandler unsubscribe{deps};
    EXPECT_THAT(get(unsubscribe, unsubscribe_path()).body, Not(HasSubstr("<script")));
}

TEST_F(Preferences, a_seal_of_another_use_opens_nothing) {
    const auto other = "/p/" + unsubscribe_path().substr(3);
    EXPECT_TRUE(get(handler, other).is_not_found);
    EXPECT_TRUE(post(handler, other, "confirm=1&none=1").is_not_found);
}

class PageFiles : public Room {};

TEST_F(PageFiles, a_page_of_the_folder_takes_the_place_of_the_built_in_one) {
    UnsubscribeHandler handler{deps};
    EXPECT_EQ(book.use({{"_pages/unsubscribe.liquid", "<p>own {{ topic_title }} {{ lang }}</p>"}}), "");
    EXPECT_EQ(get(handler, unsubscribe_path(), "lang=en").body, "<p>own Offers en</p>");
    EXPECT_EQ(book.use({}), "");
    EXPECT_THAT(get(handler, unsubscribe_path()).body, HasSubstr("<!doctype html>"));
}

TEST_F(PageFiles, a_broken_page_changes_nothing_and_says_where) {
    UnsubscribeHandler handler{deps};
    ASSERT_EQ(book.use({{"_pages/unsubscribe.liquid", "<p>own</p>"}}), "");
    const auto trouble =
        book.use({{"_pages/unsubscribe.liquid", "<p>newer</p>"}, {"_pages/saved.liquid", "x\n{% if %}"}});
    EXPECT_THAT(trouble, HasSubstr("_pages/saved.liquid:2"));
    EXPECT_EQ(get(handler, unsubscribe_path()).body, "<p>own</p>") << "all of them or none";
}

TEST_F(PageFiles, a_page_that_fails_while_it_is_shown_is_the_built_in_one) {
    UnsubscribeHandler handler{deps};
    ASSERT_EQ(book.use({{"_pages/unsubscribe.liquid", "{{ 1 | divided_by: 0 }}"}}), "");
    EXPECT_THAT(get(handler, unsubscribe_path()).body, HasSubstr("name=\"confirm\""));
}

}  // namespace
}  // namespace chapar::web::test
