#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace chapar::sms::http {
namespace {

std::string mistake(const std::string& text) {
    try {
        parse_description(text, "x.toml");
    } catch (const BadConfig& error) {
        return error.what();
    }
    return "no mistake was found";
}

using testing::HasSubstr;
using testing::StartsWith;

class Shipped : public testing::TestWithParam<const char*> {};

TEST_P(Shipped, description_is_read_and_needs_a_key) {
    const auto provider = shipped(GetParam()).provider;
    EXPECT_FALSE(provider.name.empty());
    EXPECT_TRUE(provider.required.contains("key"));
    EXPECT_TRUE(provider.answer.item_codes.ok.size() + provider.answer.codes.ok.size() > 0);
    EXPECT_TRUE(provider.webhook.receipt || provider.poll) << "nobody tells what became of a message";
    EXPECT_TRUE(provider.webhook.message);
}
INSTANTIATE_TEST_SUITE_P(Providers, Shipped, testing::Values("twilio", "vonage", "kavenegar", "smsir", "melipayamak"));

TEST(description, depth_that_would_use_up_the_stack_is_a_mistake_like_another) {
    std::string deep;
    for (int i = 0; i < 50'000; ++i)
        deep += "a.";
    EXPECT_THAT(mistake("name = \"A\"\n" + deep + "a=1\n"),
                testing::AllOf(StartsWith("x.toml:2:1: "), HasSubstr("nested deeper than 64 levels")));
    EXPECT_THAT(mistake("x = " + std::string(100'000, '[')), HasSubstr("nested deeper than 64 levels"));
}

TEST(description, an_expression_whose_brackets_would_use_up_the_stack_is_a_mistake) {
    const std::string deep = std::string(100'000, '(') + "a" + std::string(100'000, ')');
    const std::string text =
        "name = \"A\"\n[send]\nurl = \"https://x.example/\"\n[answer]\nformat = \"text\"\n[answer.item]\n"
        "id = 're:" +
        deep + "'\n";
    EXPECT_THAT(mistake(text), HasSubstr("at most 500 characters"));
}

TEST(description, a_mistake_is_named_by_file_line_and_column) {
    EXPECT_THAT(mistake("name = \"A\"\n[send]\nurl = \"ftp://x\"\n"),
                testing::AllOf(StartsWith("x.toml:3:7: "), HasSubstr("https://")));
    EXPECT_THAT(mistake("name = \"A\"\nname = 1\n"), StartsWith("x.toml:2:"));
    EXPECT_THAT(mistake("name = \"A\"\n[sned]\nurl = \"https://x\"\n"),
                testing::AllOf(StartsWith("x.toml:2:"), HasSubstr("unknown key \"sned\""), HasSubstr("\"send\"")));
}

TEST(description, a_name_that_stands_for_nothing_is_refused_with_the_nearest) {
    EXPECT_THAT(mistake(described("[send.fields]\nto = \"{txt}\"")),
                testing::AllOf(HasSubstr("x.toml:8:6"), HasSubstr("{txt}"), HasSubstr("\"text\"")));
    EXPECT_THAT(mistake(described("[send.fields]\nto = \"{secret}\"")), HasSubstr("[settings.required]"));
    EXPECT_THAT(mistake(described("[send.fields]\nto = \"{to\"")), HasSubstr("write {{ for a brace"));
}

TEST(description, what_can_not_go_together_is_refused) {
    EXPECT_THAT(mistake(described("max_recipients = 5")), HasSubstr("needs \"list\""));
    EXPECT_THAT(mistake(described("method = \"GET\"\nencode = \"json\"")), HasSubstr("GET has no body"));
    EXPECT_THAT(mistake(described("[send.fields]\na = { b = \"{to}\" }")), HasSubstr("objects are for"));
    EXPECT_THAT(mistake(described("[send.fields]\na = { value = \"x\", each = \"y\" }")), HasSubstr("either"));
    EXPECT_THAT(mistake(described("", "[answer]\n[answer.item]\nid = \"/id\"\nstatus = \"/s\"\n")),
                HasSubstr("what do its values mean"));
    EXPECT_THAT(mistake(described("auth = \"basic\"")), HasSubstr("\"user\" is missing"));
    EXPECT_THAT(mistake("name = \"A\"\n[send]\nurl = \"https://{to}.example.com/\"\n"), HasSubstr("host"));
}

TEST(description, a_price_is_told_once_and_in_a_currency) {
    const std::string receipt =
        "[webhook.receipt]\nid = \"id\"\nstatus = \"s\"\nprice = \"p\"\nstates = { 1 = \"delivered\" }\n";
    EXPECT_THAT(mistake(described("", "", receipt)), HasSubstr("\"currency\" is missing"));
    const auto twice = "[answer]\ncurrency = \"IRR\"\n[answer.item]\nid = \"/id\"\nprice = \"/p\"\n";
    EXPECT_THAT(mistake(described("", twice, "[webhook.receipt]\ncurrency = \"IRR\"" + receipt.substr(17))),
                HasSubstr("would count twice"));
    EXPECT_THAT(mistake(described("", "[answer]\ncurrency = \"toman\"\n[answer.item]\nid = \"/id\"\n")),
                testing::AllOf(HasSubstr("x.toml:9:12"), HasSubstr("\"IRR\"")));
}

TEST(description, rulings_and_readings_are_checked) {
    EXPECT_THAT(mistake(described("", "[answer]\n[answer.codes]\n7 = \"retry\"\n[answer.item]\nid = \"/id\"\n")),
                testing::AllOf(HasSubstr("x.toml:10:5"), HasSubstr("retry/lane")));
    EXPECT_THAT(mistake(described("", "[answer]\n[answer.http]\n42 = \"retry/lane\"\n[answer.item]\nid = \"/id\"\n")),
                HasSubstr("\"5xx\""));
    EXPECT_THAT(mistake(described("", "[answer]\nformat = \"text\"\n[answer.item]\nid = \"re:(\"\n")),
                HasSubstr("the expression is wrong"));
    EXPECT_THAT(mistake(described("", "[answer]\nformat = \"text\"\n[answer.item]\nid = \"re:OK\"\n")),
                HasSubstr("(group)"));
    EXPECT_THAT(mistake(described("", "", "[webhook.receipt]\nid = \"id\"\nstatus = \"s\"\n")), HasSubstr("states"));
}

TEST(description, a_missing_file_says_what_provider_may_be) {
    EXPECT_THROW(load_description("/nowhere/x.toml"), BadConfig);
    EXPECT_EQ(description_path("twilio", "/p"), "/p/twilio.toml");
    EXPECT_EQ(description_path("/etc/mine.toml", "/p"), "/etc/mine.toml");
}

}  // namespace
}  // namespace chapar::sms::http
