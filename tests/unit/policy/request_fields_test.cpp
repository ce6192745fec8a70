#include "policy/request_fields.hpp"

#include <gtest/gtest.h>

namespace chapar::policy {
namespace {

model::PolicyFields read(std::string_view body, const std::vector<std::string>& paths = {}) {
    return read_fields(body, "IR", paths);
}

TEST(RequestFields, each_is_read_from_where_the_request_says_it) {
    const auto fields = read(
        R"({"to":{"recipient":"u1","phone":"0912 123 4567","timezone":"Asia/Tehran","device_timezone":"Asia/Kabul"},)"
        R"("category":"offers","from":"shop@shop.example","household":"h1","dedupe_key":"d","dedupe_window_ms":60000,)"
        R"("fallback_after_ms":1000,"value":12.5,"test":true,"data":{"order":{"id":7}}})",
        {"order.id", "order.none"});
    EXPECT_EQ(fields.category, "offers");
    EXPECT_EQ(fields.sender, "shop@shop.example");
    EXPECT_EQ(fields.household, "h1");
    EXPECT_EQ(fields.device_zone, "Asia/Kabul");
    EXPECT_EQ(fields.person_zone, "Asia/Tehran");
    EXPECT_EQ(fields.phone, "+989121234567");
    EXPECT_EQ(fields.dedupe_key, "d");
    EXPECT_EQ(fields.dedupe_window, Milliseconds(60'000));
    EXPECT_EQ(fields.fallback_after, Milliseconds(1'000));
    EXPECT_EQ(fields.value, 12.5);
    EXPECT_TRUE(fields.is_test);
    EXPECT_EQ(*fields.value_at("order.id"), "7");
    EXPECT_EQ(*fields.value_at("order.none"), "");
}

TEST(RequestFields, the_profile_says_what_the_request_does_not) {
    const std::string_view body =
        R"({"to":{"recipient":"u1","timezone":"Asia/Tehran"},"profile":{"timezone":"Europe/Paris",)"
        R"("device_timezone":"Asia/Kabul","phone":"0151 12345678","country":"DE","household":"h2",)"
        R"("quiet":{"weekly":{ "every" : ["22:00-09:00"]}}}})";
    const auto fields = read(body);
    EXPECT_EQ(fields.person_zone, "Asia/Tehran");
    EXPECT_EQ(fields.device_zone, "Asia/Kabul");
    EXPECT_EQ(fields.phone, "+4915112345678");
    EXPECT_EQ(fields.household, "h2");
    EXPECT_EQ(fields.own_quiet, R"({"weekly":{"every":["22:00-09:00"]}})");
}

TEST(RequestFields, a_household_of_the_request_goes_before_that_of_a_profile) {
    EXPECT_EQ(read(R"({"profile":{"household":"h2"},"household":"h1"})").household, "h1");
    EXPECT_EQ(read(R"({"household":"h1","profile":{"household":"h2"}})").household, "h1");
    EXPECT_EQ(read(R"({"household":"","profile":{"household":"h2"}})").household, "h2");
}

TEST(RequestFields, values_of_other_kinds_are_their_json_and_null_is_none) {
    const std::string_view body = R"({"data":{"a":{"b":[1, 2]},"n":null,"t":true,"x":1.5,"e":""}})";
    const auto fields = read(body, {"a", "a.b", "n", "t", "x", "e", "a.b.c"});
    EXPECT_EQ(*fields.value_at("a"), R"({"b":[1,2]})");
    EXPECT_EQ(*fields.value_at("a.b"), "[1,2]");
    EXPECT_EQ(*fields.value_at("n"), "");
    EXPECT_EQ(*fields.value_at("t"), "true");
    EXPECT_EQ(*fields.value_at("x"), "1.5");
    EXPECT_EQ(*fields.value_at("e"), "");
    EXPECT_EQ(*fields.value_at("a.b.c"), "");
    EXPECT_EQ(value_at(body, "a.b"), "[1,2]") << "asked for one by one";
}

TEST(RequestFields, a_body_that_is_no_request_gives_none) {
    for (const std::string_view body : {"", "{", "[]", "7", "{\"to\":7,\"data\":[],\"value\":\"x\",\"test\":1}"}) {
        auto fields = read(body, {"a"});
        fields.data.clear();
        EXPECT_EQ(fields, model::PolicyFields{}) << body;
    }
}

}  // namespace
}  // namespace chapar::policy
