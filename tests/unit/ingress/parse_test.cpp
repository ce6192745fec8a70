#include <gtest/gtest.h>

#include "ingress/quota.hpp"
#include "net/http_endpoint.hpp"
#include "net/json_reader.hpp"
#include "net/rfc3339.hpp"

namespace chapar::net {
namespace {

std::string read(JsonReader& reader, std::string text) {
    text.reserve(text.size() + JsonReader::padding);
    const auto root = reader.read(text);
    return root ? "" : root.error();
}

TEST(Json, depth_members_and_duplicates_are_bounded) {
    JsonReader reader;
    reader.set_limits(4, 10);
    EXPECT_EQ(read(reader, R"({"a":{"b":[1]}})"), "");
    EXPECT_NE(read(reader, R"({"a":{"b":[[1]]}})"), "");
    EXPECT_NE(read(reader, R"({"a":1,"b":{"c":1,"c":2}})"), "");
    EXPECT_NE(read(reader, R"({"a":1,"\u0061":2})"), "");  // the same name in another spelling
    EXPECT_NE(read(reader, R"([{"a":1},{"b":{"x":1,"x":1}}])"), "");
    EXPECT_NE(read(reader, R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1})"), "");
    EXPECT_EQ(read(reader, R"({"a":1})"), "");  // and it goes on
    std::string many = "{";
    for (int i = 0; i < 40; ++i)
        many += "\"k" + std::to_string(i) + "\":1,";
    reader.set_limits(32, 1000);
    EXPECT_EQ(read(reader, many + "\"x\":1}"), "");
    EXPECT_NE(read(reader, many + "\"k7\":1}"), "");
}

TEST(Json, a_text_larger_than_any_before_is_read_too) {
    JsonReader reader;
    EXPECT_EQ(read(reader, "1"), "");
    EXPECT_EQ(read(reader, "\"" + std::string(500'000, 'x') + "\""), "");
    EXPECT_NE(read(reader, ""), "");
    EXPECT_NE(read(reader, "{} {}"), "");
    EXPECT_EQ(read(reader, "\xef\xbb\xbf{}"), "") << "a byte order mark means nothing";
    EXPECT_NE(read(reader, "123456789012345678901234567890"), "");
}

TEST(JsonText, says_where_and_why_it_is_none) {
    JsonReader reader;
    const std::pair<std::string, std::string> cases[] = {
        {R"({"a":1,})", "column 8: a comma before a closing brace"},
        {R"([1,2,])", "column 6: a comma before a closing bracket"},
        {"{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 3: a comma or a closing } is missing"},
        {R"({'a':1})", "column 2: a name stands in double quotes, not in single ones"},
        {R"({"a":'x'})", "column 6: a text stands in double quotes, not in single ones"},
        {R"({a:1})", "column 2: a name in double quotes is missing"},
        {R"({"a" 1})", "column 6: a colon is missing behind the name"},
        {R"({"نام":NaN})", "column 8: NaN is no JSON number"},
        {R"({"a":Infinity})", "column 6: Infinity is no JSON number"},
        {R"({"a":True})", "column 6: JSON writes true"},
        {R"({"a":None})", "column 6: JSON writes null"},
        {R"({"a":0912})", "column 6: a number does not begin with 0: a code or a phone number is a text in quotes"},
        {R"({"a":1.})", "column 8: a decimal point without digits behind it"},
        {R"({"a":1e})", "column 8: an exponent without digits"},
        {R"({"a":-})", "column 7: a minus without digits"},
        {R"({"a":"x)", "column 6: a text has no closing quote"},
        {R"({"a":[1)", "column 8: the text ends too early: an array has no closing ]"},
        {R"({"a":1)", "column 7: the text ends too early: an object has no closing }"},
        {R"({"a":[1}])", "column 8: } closes what [ opened"},
        {R"({} {})", "column 4: more follows after the value: one request has one JSON value"},
        {"", "column 1: there is no JSON value"},
        {"  \n ", "line 2, column 2: there is no JSON value"},
        {"{\"a\":\"x\ny\"}", "line 1, column 8: a line break inside of a text: write \\n, or close the quote"},
        {"{\"a\":\"x\ty\"}", "column 8: a control character inside of a text: write it as \\u00XX"},
        {R"({"a":"\x"})", "column 7: a backslash before a character that needs none"},
        {R"({"a":"\u12G4"})", "column 11: \\u is followed by four hexadecimal digits"},
        {"{\"a\":\"\xd3\xe1\"}", "column 7: the bytes are not UTF-8"},
        {R"({"a":1 // x
})",
         "line 1, column 8: a comma or a closing } is missing"},
        {R"({"a":/* x */1})", "column 6: JSON has no comments"},
        {"{\"a\":\xe2\x80\x9cx\xe2\x80\x9d}", "column 6: a text stands in straight double quotes"},
        {"\xef\xbb\xbf{\"a\":}", "column 6: a value is missing"},
    };
    for (const auto& [text, why] : cases)
        EXPECT_EQ(read(reader, text), why) << text;
}

TEST(Json, half_pairs_are_found_and_whole_ones_pass) {
    for (const auto* good :
         {R"("\ud83d\ude00")", R"("\\ud800")", R"("plain")", R"("\u0041\n")", R"("\uD83D\uDE00\uD83D\uDE00")"})
        EXPECT_FALSE(has_lone_surrogate(good)) << good;
    for (const auto* bad : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx\ude00")", R"("\ude00\ud83d")", R"("\\\ud83d")",
                            R"("\ud83d\u0041")"})
        EXPECT_TRUE(has_lone_surrogate(bad)) << bad;
}

TEST(Json, raw_members_are_found_at_the_top_only) {
    constexpr std::string_view object =
        R"( { "a" : {"data":1} , "s":"}\"{", "data" : { "x":[1,{"y":"]"}] } , "n":-1.5e3,"t":true } )";
    EXPECT_EQ(raw_member(object, "data"), R"({ "x":[1,{"y":"]"}] })");
    EXPECT_EQ(raw_member(object, "a"), R"({"data":1})");
    EXPECT_EQ(raw_member(object, "n"), "-1.5e3");
    EXPECT_EQ(raw_member(object, "t"), "true");
    EXPECT_EQ(raw_member(object, "s"), R"("}\"{")");
    EXPECT_EQ(raw_member(object, "missing"), "");
    EXPECT_EQ(raw_member("{}", "a"), "");
}

TEST(Time, rfc_3339_both_ways) {
    EXPECT_EQ(format_time(*parse_time("2026-11-22T10:00:00Z")), "2026-11-22T10:00:00.000Z");
    EXPECT_EQ(format_time(from_ms(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(format_time(from_ms(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(format_time(from_ms(253'402'300'800'000)), "10000-01-01T00:00:00.000Z");
    EXPECT_EQ(format_time(*parse_time("2026-11-22T13:30:00.1234+03:30")), "2026-11-22T10:00:00.123Z");
    EXPECT_EQ(format_time(*parse_time("2024-02-29 23:59:59-01:00")), "2024-03-01T00:59:59.000Z");
    for (const auto* bad :
         {"", "yesterday", "2026-11-22", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
          "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z", "2026-11-22T10:00:00+3:30", "2026-11-22T10:00:00Zjunk",
          "2026-11-22T10:00:00.Z", "-026-11-22T10:00:00Z", "1969-12-31T00:00:00Z"})
        EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(Query, decodes_and_refuses_what_is_malformed) {
    std::vector<std::pair<std::string, std::string>> members;
    EXPECT_TRUE(parse_query("a=1&b=%D8%B3&&c&d=x+y", members));
    ASSERT_EQ(members.size(), 4u);
    EXPECT_EQ(members[1].second, "س");
    EXPECT_EQ(members[3].second, "x y");
    EXPECT_FALSE(parse_query("a=%zz", members));
    EXPECT_FALSE(parse_query("a=%4", members));
    EXPECT_FALSE(parse_query("a=%00", members));
}

TEST(Routing, finds_parameters_and_tells_the_methods) {
    EndpointRouter router;
    router.add({Method::get, "/v1/things/{id}", Access::anyone, Runs::on_loop, nullptr});
    router.add({Method::put, "/v1/things/{id}", Access::anyone, Runs::on_loop, nullptr});
    router.add({Method::post, "/v1/things/{id}/stop", Access::anyone, Runs::on_loop, nullptr});
    const auto found = router.find(Method::head, "/v1/things/a%2Fb");
    ASSERT_NE(found.endpoint, nullptr);
    EXPECT_EQ(found.parameters, std::vector<std::string>{"a/b"});
    EXPECT_EQ(router.find(Method::post, "/v1/things/x").allow, "GET, HEAD, PUT");
    for (const auto* nowhere :
         {"/v1/things", "/v1/things/", "/v1/things/x/y", "v1/things/x", "/", "", "/v1/things/x/stop/"}) {
        const auto match = router.find(Method::get, nowhere);
        EXPECT_TRUE(match.endpoint == nullptr && match.allow.empty()) << nowhere;
    }
}

TEST(Quota, a_bucket_holds_a_second_and_refills) {
    metrics::Registry registry;
    ingress::Quotas quotas(registry);
    auto& quota = quotas.of("shop");
    Monotonic now{std::chrono::hours(1)};
    for (int i = 0; i < 10; ++i) {
        ASSERT_FALSE(quota.wait(10, now)) << i;
        quota.take(10);
    }
    ASSERT_TRUE(quota.wait(10, now));
    EXPECT_LE(*quota.wait(10, now), Milliseconds{101});
    now += Milliseconds{150};
    EXPECT_FALSE(quota.wait(10, now));
    quota.take(10);
    EXPECT_TRUE(quota.wait(10, now));
    EXPECT_FALSE(quota.wait(0, now));  // no limit
    EXPECT_EQ(quota.in_flight(), 11);
    EXPECT_EQ(&quotas.of("shop"), &quota);
}

}  // namespace
}  // namespace chapar::net
