// From a leased message to its parts: whose language and whose clock.
#include "dispatch/prepare.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace chapar::dispatch {
namespace {

class PrepareTest : public testing::Test {
  protected:
    PrepareTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "prepare-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        std::filesystem::create_directories(folder_ / "t");
        std::ofstream(folder_ / "t/sms.liquid") << "{{ 'now' | jalali: '%d %H:%M' }} {{ 'now' | date: '%H:%M' }}";
        catalogue_ = render::open_catalogue(folder_, nullptr);
    }
    ~PrepareTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    PrepareTest(const PrepareTest&) = delete;
    PrepareTest& operator=(const PrepareTest&) = delete;

    std::string text(std::string body, std::string locale) {
        store::Queued queued;
        queued.message.body = std::move(body);
        queued.message.plan = {{"sms", "+989120000000", "t", catalogue_->find("t")->revision(), std::move(locale)}};
        constexpr std::int64_t at = 1721989205000;  // 2024-07-26 10:20:05 UTC
        const auto outgoing = prepare(queued, 1, *catalogue_, {"Asia/Tehran", "fa-IR"}, from_ms(at));
        if (!outgoing) return "refused: " + outgoing.error().detail;
        for (const auto& [name, part] : outgoing->content)
            if (name == "text") return part;
        return "(none)";
    }
    std::filesystem::path folder_;
    std::unique_ptr<render::Catalogue> catalogue_;
};

TEST_F(PrepareTest, the_recipients_zone_and_language_reach_the_filters) {
    EXPECT_EQ(text(R"({"to":{"phone":"x","timezone":"Pacific/Kiritimati"}})", "en"), "06 00:20 00:20");
}

TEST_F(PrepareTest, the_profiles_zone_stands_in_for_the_requests) {
    EXPECT_EQ(text(R"({"to":{"recipient":"u1"},"profile":{"timezone":"Europe/Berlin"}})", "en"), "05 12:20 12:20");
    EXPECT_EQ(text(R"({"to":{"timezone":"Asia/Tokyo"},"profile":{"timezone":"Europe/Berlin"}})", "en"),
              "05 19:20 19:20");
}

TEST_F(PrepareTest, an_sms_is_sent_as_its_content_says_and_not_as_the_mail) {
    const auto sender = [&](const std::string& content) {
        store::Queued queued;
        queued.message.body = R"({"from":"boss@shop.example","content":{"sms":{"text":"Hello")" + content + "}}}";
        queued.message.plan = {{"sms", "+989120000000", "", "", ""}};
        const auto outgoing = prepare(queued, 1, *catalogue_, {"Asia/Tehran", "fa-IR"}, from_ms(0));
        if (!outgoing) return "refused: " + outgoing.error().detail;
        for (const auto& [name, part] : outgoing->content)
            if (name == "from") return part;
        return std::string("(none)");
    };
    EXPECT_EQ(sender(""), "(none)");
    EXPECT_EQ(sender(R"(,"from":"Shop")"), "Shop");
}

TEST_F(PrepareTest, a_mail_that_is_no_advertising_says_that_a_program_wrote_it) {
    const auto said = [&](const std::string& channel, bool is_automatic, const std::string& headers) {
        store::Queued queued;
        queued.message.body =
            R"({"headers":{)" + headers + R"(},"content":{"sms":{"text":"t"},"email":{"subject":"s","text":"t"}}})";
        queued.message.plan = {{channel, "sara@example.com", "", "", ""}};
        SiteDefaults site{"Asia/Tehran", "fa-IR"};
        site.is_automatic = is_automatic;
        const auto outgoing = prepare(queued, 1, *catalogue_, site, from_ms(0));
        if (!outgoing) return "refused: " + outgoing.error().detail;
        std::string out;
        for (const auto& [name, value] : outgoing->headers)
            out += name + ": " + value + "\n";
        return out;
    };
    EXPECT_EQ(said("email", true, ""), "Auto-Submitted: auto-generated\n");
    EXPECT_EQ(said("email", false, ""), "");
    EXPECT_EQ(said("sms", true, ""), "");
    EXPECT_EQ(said("email", true, R"("auto-submitted":"no")"), "auto-submitted: no\n") << "the request's own stays";
}

TEST_F(PrepareTest, memory_that_is_short_is_no_verdict_on_a_message) {
    EXPECT_EQ(unreadable(simdjson::MEMALLOC).reason, model::Reason::given_back);
    EXPECT_EQ(unreadable(simdjson::TAPE_ERROR).reason, model::Reason::quarantined);
    store::Queued queued;
    queued.message.body = "{\"content\":";
    queued.message.plan = {{"sms", "+989120000000", "", "", ""}};
    const auto damaged = prepare(queued, 1, *catalogue_, {"Asia/Tehran", "fa-IR"}, from_ms(0));
    ASSERT_FALSE(damaged.has_value());
    EXPECT_EQ(damaged.error().reason, model::Reason::quarantined);
}

TEST_F(PrepareTest, the_sites_zone_and_language_stand_in_for_both) {
    EXPECT_EQ(text(R"({"to":{"phone":"x"}})", ""), "۰۵ ۱۳:۵۰ 13:50");
}

TEST_F(PrepareTest, a_message_leaves_by_a_line_that_carries_its_class) {
    const auto lines = config::parse_lines({"+983000=marketing", "Shop=otp,transactional", "2000=transactional"});
    const auto sender = [&](const std::string& class_name, const std::string& from) {
        store::Queued queued;
        queued.message.class_name = class_name;
        queued.message.body = R"({"from":"boss@shop.example","content":{"sms":{"text":"Hello")" +
                              (from.empty() ? "" : R"(,"from":")" + from + '"') + "}}}";
        queued.message.plan = {{"sms", "+989120000000", "", "", ""}};
        const auto outgoing = prepare(queued, 1, *catalogue_, {"Asia/Tehran", "fa-IR", lines}, from_ms(0));
        if (!outgoing) return "refused: " + outgoing.error().detail;
        for (const auto& [name, part] : outgoing->content)
            if (name == "from") return part;
        return std::string("(none)");
    };
    EXPECT_EQ(sender("marketing", ""), "+983000");
    EXPECT_EQ(sender("transactional", ""), "Shop");
    EXPECT_EQ(sender("transactional", "2000"), "2000");
    EXPECT_EQ(sender("marketing", "983000"), "+983000");
    EXPECT_EQ(sender("marketing", "Shop"), "refused: no line of the route carries class marketing as Shop");
    EXPECT_EQ(sender("news", ""), "refused: no line of the route carries class news");
}

}  // namespace
}  // namespace chapar::dispatch
