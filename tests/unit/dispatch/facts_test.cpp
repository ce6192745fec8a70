// What the policy is told of a message: from the column that was stored with it, and from its text where that says
// nothing.

#include "dispatch/facts.hpp"

#include <gtest/gtest.h>

#include "policy/request_fields.hpp"

namespace chapar::dispatch {
namespace {

model::Message message(std::string body) {
    model::Message out;
    out.recipient = "u1";
    out.plan = {{"sms", "+989121234567", {}, {}, {}}, {"email", "u@b.example", {}, {}, {}}};
    out.body = std::move(body);
    return out;
}

model::Message stored(std::string body, const std::vector<std::string>& paths) {
    auto out = message(std::move(body));
    out.fields = model::encode(policy::read_fields(out.body, "IR", paths), out.plan);
    return out;
}

const std::string body =
    R"({"to":{"phone":"09121234567","timezone":"Asia/Tehran"},"category":"offers","value":2,"dedupe_key":"d",)"
    R"("data":{"order":{"id":7,"note":")" +
    std::string(400, 'n') + R"("}}})";

TEST(Facts, are_taken_from_the_column_and_the_body_is_not_asked) {
    auto one = stored(body, {"order.id"});
    one.body = "not a request";
    const auto facts = read_facts(one, 0, "IR", {"order.id"});
    const auto subject = facts.subject();
    EXPECT_EQ(subject.category, "offers");
    EXPECT_EQ(subject.phone, "+989121234567");
    EXPECT_EQ(subject.value, 2);
    EXPECT_EQ(subject.data("order.id"), "7");
}

TEST(Facts, of_a_row_of_before_are_read_from_its_body) {
    const auto one = message(body);
    ASSERT_TRUE(one.fields.empty());
    EXPECT_EQ(read_facts(one, 0, "IR", {"order.id"}).fields, read_facts(stored(body, {"order.id"}), 0, "IR").fields);
}

TEST(Facts, that_a_rule_asks_for_since_a_reload_are_read_from_the_body) {
    const auto one = stored(body, {"order.id"});
    const auto facts = read_facts(one, 0, "IR", {"order.none", "order.id", "order.note"});
    const auto subject = facts.subject();
    EXPECT_EQ(subject.data("order.id"), "7");
    EXPECT_EQ(subject.data("order.none"), "");
    EXPECT_EQ(subject.data("order.note"), std::string(400, 'n')) << "too long for the column";
    ASSERT_NE(facts.fields.value_at("order.note"), nullptr) << "read on the worker, not when the rule asks";
    EXPECT_EQ(facts.fields.category, "offers");
}

TEST(Facts, of_those_that_a_digest_carries_come_from_their_column) {
    auto leader = stored(body, {"order.id"});
    auto other = stored(R"({"category":"news","data":{"order":{"id":8}}})", {"order.id"});
    other.body = "not a request";
    const auto facts = read_facts(leader, 0, "IR", {"order.id"});
    const auto whole = facts.subject().other(other, 0);
    ASSERT_NE(whole, nullptr);
    EXPECT_EQ(whole->category, "news");
    EXPECT_EQ(whole->data("order.id"), "8");
}

TEST(Facts, of_a_column_that_can_not_be_read_come_from_the_body) {
    const auto whole = stored(body, {"order.id"});
    for (std::size_t end = 0; end < whole.fields.size(); ++end) {
        auto cut = whole;
        cut.fields.resize(end);
        if (model::decode_policy_fields(cut.fields, cut.plan)) continue;  // it was cut between two members
        EXPECT_EQ(read_facts(cut, 0, "IR", {"order.id"}).fields, read_facts(whole, 0, "IR").fields) << end;
    }
}

}  // namespace
}  // namespace chapar::dispatch
