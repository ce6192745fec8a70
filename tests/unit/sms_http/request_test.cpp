#include <gtest/gtest.h>

#include "support.hpp"

namespace chapar::sms::http {
namespace {

Settings of(const std::string& text) {
    Settings out;
    out.provider = parse_description(text, "x.toml");
    out.sender = "Shop";
    out.values["key"] = "k/e y";
    return out;
}

Call call_of(const Settings& settings, const std::vector<std::pair<std::string, std::string>>& messages) {
    std::vector<Letter> letters;
    for (const auto& [to, text] : messages) {
        const Sample sample(to, text);
        letters.push_back(compose(sample.message(), settings).value());
    }
    std::vector<const Values*> values;
    for (const auto& letter : letters)
        values.push_back(&letter.values);
    return make_call(settings.provider.send, settings, values);
}

TEST(request, every_value_is_escaped_for_its_place) {
    auto settings = of(described(R"(
[send.query]
who = "{to}"
[send.fields]
text = "{text}"
)"));
    const auto call = call_of(settings, {{"+989121234567", "a&b=c\n\"{to}%"}});
    EXPECT_EQ(call.url, "https://sms.example.com/v1/k%2Fe%20y/send?who=%2B989121234567");
    EXPECT_EQ(call.body, "text=a%26b%3Dc%0A%22%7Bto%7D%25");
}

TEST(request, a_text_can_not_end_a_json_string) {
    auto settings = of(described(R"(
encode = "json"
[send.fields]
text = "{text}"
count = { value = "{segments}", type = "number" }
flash = false
inner = { to = "{to.digits}" }
)"));
    const auto call = call_of(settings, {{"+989121234567", "\",\"to\":\"x\\\x01\xFF"}});
    EXPECT_EQ(call.body,
              "{\"count\":1,\"flash\":false,\"inner\":{\"to\":\"989121234567\"},"
              "\"text\":\"\\\",\\\"to\\\":\\\"x\\\\\\u0001\xEF\xBF\xBD\"}");
}

TEST(request, a_number_that_is_none_stays_a_string) {
    auto settings = of(described("encode = \"json\"\n[send.fields]\nline = { value = \"{from}\", type = \"number\" }"));
    EXPECT_EQ(call_of(settings, {{"+989121234567", "x"}}).body, "{\"line\":\"Shop\"}");
    settings.sender = "3000";
    EXPECT_EQ(call_of(settings, {{"+989121234567", "x"}}).body, "{\"line\":3000}");
}

TEST(request, several_recipients_become_lists_in_each_form) {
    const std::string answer = "[answer]\n[answer.item]\nlist = \"/m\"\nid = \"id\"\n";
    const auto make = [&](const std::string& fields) {
        return call_of(of(described("max_recipients = 10\n" + fields, answer)),
                       {{"+989121111111", "a"}, {"+989122222222", "b\"c"}});
    };
    EXPECT_EQ(make("encode = \"json\"\n[send.fields]\nm = { each = { to = \"{to}\", text = \"{text}\" } }").body,
              "{\"m\":[{\"text\":\"a\",\"to\":\"+989121111111\"},{\"text\":\"b\\\"c\",\"to\":\"+989122222222\"}]}");
    EXPECT_EQ(make("[send.fields]\nto = { each = \"{to.digits}\", join = \",\" }").body,
              "to=989121111111%2C989122222222");
    EXPECT_EQ(make("[send.fields]\nto = { each = \"{to.digits}\", repeat = true }").body,
              "to=989121111111&to=989122222222");
    EXPECT_EQ(make("[send.fields]\nto = { each = \"{text}\" }").body, "to=%5B%22a%22%2C%22b%5C%22c%22%5D");
}

TEST(request, an_optional_member_goes_when_its_name_stands_for_nothing) {
    auto settings = shipped("twilio");
    EXPECT_EQ(call_of(settings, {{"+989121234567", "x"}}).body.find("StatusCallback"), std::string::npos);
    settings.public_url = "https://sms.example.com/in/twilio";
    EXPECT_NE(call_of(settings, {{"+989121234567", "x"}})
                  .body.find("StatusCallback=https%3A%2F%2Fsms.example.com%2Fin%2Ftwilio%2Freceipt%3Fattempt%3D018f"),
              std::string::npos);
}

TEST(request, the_encoding_becomes_the_providers_word) {
    const auto settings = shipped("vonage");
    EXPECT_NE(call_of(settings, {{"+989121234567", "Hello"}}).body.find("type=text"), std::string::npos);
    EXPECT_NE(call_of(settings, {{"+989121234567", "سلام"}}).body.find("type=unicode"), std::string::npos);
}

TEST(request, an_endpoint_replaces_scheme_and_host_alone) {
    auto settings = shipped("kavenegar");
    settings.endpoint = "http://127.0.0.1:8080";
    EXPECT_EQ(call_of(settings, {{"+989121234567", "x"}}).url, "http://127.0.0.1:8080/v1/geheim/sms/sendarray.json");
}

TEST(request, a_provider_of_one_country_takes_its_numbers_only) {
    const auto settings = shipped("kavenegar");
    const Sample foreign("+14155550100", "x"), own("+989121234567", "x"), wrong("0912", "x");
    EXPECT_EQ(compose(foreign.message(), settings).error().blame, Blame::recipient);
    EXPECT_EQ(compose(own.message(), settings)->values.at("to.national"), "09121234567");
    EXPECT_FALSE(compose(Sample("+98a", "x").message(), settings));
    EXPECT_FALSE(compose(Sample("+989121234567", "").message(), settings));
}

TEST(request, a_message_brings_only_senders_that_are_allowed) {
    auto settings = shipped("kavenegar");
    EXPECT_EQ(compose(Sample("+989121234567", "x", "2000").message(), settings).error().blame, Blame::message);
    settings.source_allowed = {"20*"};
    EXPECT_EQ(compose(Sample("+989121234567", "x", "2000").message(), settings)->values.at("from"), "2000");
}

TEST(request, messages_agree_by_what_one_call_has_once) {
    auto settings = shipped("smsir");
    settings.source_allowed = {"*"};
    const auto a = *compose(Sample("+989121234567", "x").message(), settings);
    const auto b = *compose(Sample("+989121234568", "y").message(), settings);
    const auto c = *compose(Sample("+989121234568", "y", "2000").message(), settings);
    EXPECT_TRUE(agree(a, b, settings.provider.send));
    EXPECT_FALSE(agree(a, c, settings.provider.send));
}

TEST(request, an_attempt_has_one_number_of_63_bits) {
    EXPECT_EQ(attempt_number("a.1"), attempt_number("a.1"));
    EXPECT_NE(attempt_number("a.1"), attempt_number("a.2"));
    EXPECT_TRUE(is_json_number(attempt_number("a.1")));
}

}  // namespace
}  // namespace chapar::sms::http
